package blush

import (
	"context"
	"sync"
	"time"
)

// Action names what was done, as in the audit trail.
type Action string

// The actions.
const (
	UserCreate       Action = "user.create"
	UserRead         Action = "user.read"
	UserList         Action = "user.list"
	UserUpdate       Action = "user.update"
	UserDelete       Action = "user.delete"
	UserExport       Action = "user.export"
	TokenCreate      Action = "token.create"
	TokenRevoke      Action = "token.revoke"
	TokenRevokeAll   Action = "token.revoke_all"
	ScanCreate       Action = "scan.create"
	ScanRead         Action = "scan.read"
	ScanReadLatest   Action = "scan.read_latest"
	ScanReadWaveform Action = "scan.read_waveform"
	ScanList         Action = "scan.list"
	ScanExport       Action = "scan.export" // of all users of a customer, or of one
	ScanDelete       Action = "scan.delete"
	InsightRead      Action = "insight.read"
	JourneyRead      Action = "journey.read"
	HistoryRead      Action = "history.read"
	HistoryImport    Action = "history.import"
	ReportRead       Action = "report.read" // of a scan, which the object names, or of a period
	QuestionList     Action = "question.list"
	QuestionAnswer   Action = "question.answer"
	ReadingCreate    Action = "reading.create"
	ReadingRead      Action = "reading.read"
	ReadingList      Action = "reading.list"
	ReadingDelete    Action = "reading.delete"
	ConsentGive      Action = "consent.give"
	ConsentWithdraw  Action = "consent.withdraw"
	ConsentList      Action = "consent.list"
	AnswerReplay     Action = "answer.replay" // the answer to a request that was sent again
	AuditList        Action = "audit.list"
	AuditPrune       Action = "audit.prune" // entries were taken out by retention
	CommandRun       Action = "command.run" // an operator ran a command, which the object names
	CustomerCreate   Action = "customer.create"
	CustomerUpdate   Action = "customer.update"
	CustomerDelete   Action = "customer.delete"
	CustomerRotate   Action = "customer.rotate_key" // a new key that encrypts its users' data
	KeyCreate        Action = "key.create"
	KeyRotate        Action = "key.rotate"
	KeyRevoke        Action = "key.revoke"
	SigningKeyRotate Action = "signing_key.rotate"
	SecretRotate     Action = "secret.rotate"
	SecretRetire     Action = "secret.retire"
	RetentionDelete  Action = "retention.delete" // data older than the customer keeps it
	WebhookCreate    Action = "webhook.create"
	WebhookList      Action = "webhook.list"
	WebhookRead      Action = "webhook.read"
	WebhookUpdate    Action = "webhook.update"
	WebhookDelete    Action = "webhook.delete"
	WebhookRotate    Action = "webhook.rotate"
	WebhookTested    Action = "webhook.test"
	WebhookDeliver   Action = "webhook.deliveries" // its log was read
	WebhookReplay    Action = "webhook.replay"
)

// Actions lists them.
var Actions = []Action{
	UserCreate, UserRead, UserList, UserUpdate, UserDelete, UserExport, TokenCreate, TokenRevoke, TokenRevokeAll, ScanCreate, ScanRead,
	ScanReadLatest, ScanReadWaveform, ScanList, ScanExport, ScanDelete, InsightRead, JourneyRead, HistoryRead, HistoryImport, ReportRead, QuestionList,
	QuestionAnswer, ReadingCreate, ReadingRead, ReadingList, ReadingDelete, ConsentGive, ConsentWithdraw, ConsentList, AnswerReplay, AuditList, AuditPrune,
	CommandRun, CustomerCreate, CustomerUpdate, CustomerDelete, CustomerRotate, KeyCreate, KeyRotate, KeyRevoke, SigningKeyRotate, SecretRotate,
	SecretRetire, RetentionDelete,
	WebhookCreate, WebhookList, WebhookRead, WebhookUpdate, WebhookDelete, WebhookRotate, WebhookTested, WebhookDeliver, WebhookReplay,
}

// Allowed is the outcome of what was allowed, as the API writes it.
const Allowed = "allowed"

// Refusals are the kinds of error that refuse access to personal data, and so are outcomes in the audit trail.
var Refusals = []Kind{Unauthorized, Forbidden, NotFound}

// AuditEntry records one access to a person's data, one that was refused, or an
// operator's command. It holds no personal data itself.
type AuditEntry struct {
	At          time.Time
	CustomerID  string
	Environment Environment // empty: neither
	Kind        CallerKind
	// CredentialID is the id of the key or token, even of one that is no longer valid. For an operator it is the account on the machine, e.g. uid:1000.
	CredentialID string
	Action       Action
	UserID       string
	ObjectID     string
	RequestID    string
	// Network is where the request came from: /24 of an IPv4 address, /48 of an IPv6 address.
	Network string
	// Outcome is the kind of the refusal, empty for what was allowed.
	Outcome Kind
}

// Trail collects the audit entries that are written under one context.
type Trail struct {
	mu      sync.Mutex
	entries []AuditEntry
}

type trailKey struct{}

// WithTrail returns a context whose audit entries are collected.
func WithTrail(ctx context.Context) (context.Context, *Trail) {
	t := &Trail{}
	return context.WithValue(ctx, trailKey{}, t), t
}

// NoteEntry adds an audit entry that was written to the context's [Trail], if it has one.
func NoteEntry(ctx context.Context, a AuditEntry) {
	if t, ok := ctx.Value(trailKey{}).(*Trail); ok {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.entries = append(t.entries, a)
	}
}

// Entries returns what was written so far.
func (t *Trail) Entries() []AuditEntry {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.entries
}
