package blush

import (
	"context"
	"sync"
	"time"
)

// Action is what an access did, by its name in the audit trail.
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
	ScanDelete       Action = "scan.delete"
	InsightRead      Action = "insight.read"
	JourneyRead      Action = "journey.read"
	HistoryRead      Action = "history.read"
	HistoryImport    Action = "history.import"
	QuestionList     Action = "question.list"
	QuestionAnswer   Action = "question.answer"
	ReadingCreate    Action = "reading.create"
	ReadingList      Action = "reading.list"
	ReadingDelete    Action = "reading.delete"
	ConsentGive      Action = "consent.give"
	ConsentWithdraw  Action = "consent.withdraw"
	ConsentList      Action = "consent.list"
	AnswerReplay     Action = "answer.replay" // the answer to a request that was sent again
	CustomerDelete   Action = "customer.delete"
	CustomerRotate   Action = "customer.rotate_key" // that its users' data is encrypted with
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

// AuditEntry records one access to a person's data. It holds no personal data itself.
type AuditEntry struct {
	At           time.Time
	CustomerID   string
	Kind         CallerKind
	CredentialID string
	Action       Action
	UserID       string
	ObjectID     string
	RequestID    string
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

// Written adds an entry that was written to the trail of its context, if that has one.
func Written(ctx context.Context, a AuditEntry) {
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
