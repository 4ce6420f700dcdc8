// Package blush defines the types of the service and its kinds of error. It
// contains no logic.
package blush

import (
	"encoding/json"
	"slices"
	"time"
)

// Environment separates test data from real data: a DEV key sees only what DEV keys created.
type Environment string

// The two environments of every customer.
const (
	Dev  Environment = "dev"
	Live Environment = "live"
)

// Customer is a company that registers users.
type Customer struct {
	ID        string
	Name      string
	CreatedAt time.Time
	// FrameAncestors lists the origins that may embed this customer's pages; none means any HTTPS origin and this machine.
	FrameAncestors []string
	Page           PageSettings
	Keep           Retention
}

// Retention says how many days a customer's data is kept; 0: until it is erased.
type Retention struct {
	Traces  int // the colours over time of each scan; they never outlive the results
	Results int // scans with their results, waves and estimates, and the metrics of each day
	Audit   int // entries of the audit trail
}

// PageSettings say how a customer's pages look and what they ask.
type PageSettings struct {
	// Accent and AccentDark are the accents of the two themes, "#rrggbb".
	// An empty Accent means the product's own; an empty AccentDark is derived from Accent.
	Accent     string `json:"accent,omitempty"`
	AccentDark string `json:"accent_dark,omitempty"`
	// Logo is a PNG, or nil.
	Logo []byte `json:"logo,omitempty"`
	// NoQuestions keeps the scan page from asking how the user is.
	NoQuestions bool `json:"no_questions,omitempty"`
	// Language has two letters. The pages use it for users whose own language is not known. Empty: English.
	Language string `json:"language,omitempty"`
	// Biomarkers lists the biomarkers that a scan continues for; nil means all that a scan can give.
	Biomarkers []string `json:"biomarkers,omitempty"`
}

// APIKey is a customer's credential, kept as a keyed hash.
type APIKey struct {
	ID          string
	CustomerID  string
	Alias       string
	Environment Environment
	// Prefix is the visible start of the key, for people to tell keys apart.
	Prefix    string
	Hash      []byte
	CreatedAt time.Time
	RevokedAt *time.Time
	// ExpiresAt is when the key stops working; nil: never.
	ExpiresAt *time.Time
	// Scopes are what it may do; nil: everything.
	Scopes     []KeyScope
	LastUsedAt *time.Time
}

// User is one end user of a customer in one environment.
type User struct {
	ID          string
	CustomerID  string
	Customer    string // the customer's name
	Environment Environment
	ExternalID  *string
	BirthDate   *string  // YYYY-MM-DD
	Sex         *string  // one of Sexes
	Language    *string  // two letters
	Locked      []string // the insights that the sandbox locks, whatever the journey has unlocked
	CreatedAt   time.Time
	Adult       *bool // sent to a scan page's token instead of BirthDate; nil if BirthDate is not known
}

// The sexes at birth.
const (
	Male   = "M"
	Female = "F"
)

// Sexes lists them.
var Sexes = []string{Male, Female}

// UserRef names a user within a customer: exactly one field is set.
type UserRef struct {
	ID         string
	ExternalID string
}

// ScanStatus is the state of a scan.
type ScanStatus string

// The states of a scan.
const (
	Processing ScanStatus = "processing"
	Done       ScanStatus = "done"
	Failed     ScanStatus = "failed"
)

// ScanStatuses lists them.
var ScanStatuses = []ScanStatus{Processing, Done, Failed}

// Qualities are how good the recording of a scan can be, the best first.
var Qualities = []string{"good", "fair", "poor"}

// ScanDuration is how long the scan page records at least, for all biomarkers that one scan gives (web/pages/scan/plan.ts).
const ScanDuration = time.Minute

// Scan is one session in front of the camera with its result.
type Scan struct {
	ID        string
	UserID    string
	Status    ScanStatus
	CreatedAt time.Time
	Timezone  string
	AtRest    *bool
	// Source is browser, api, video or synthetic.
	Source string
	// InputHash is the SHA-256 of what was submitted: the same id with another hash is a conflict.
	InputHash []byte
	// Result is the engine's result as JSON; nil until Status is Done.
	Result json.RawMessage
	// FinishedAt is when the result of a video was stored; nil: the scan was stored with its result.
	FinishedAt *time.Time
	// Failure tells the user why a Failed scan has no result.
	Failure string
	// Point is written with a scan that is Done; it is not read with it.
	Point *ScanPoint
	// Bytes is the size of what was submitted, which counts for quotas; it is not read with a scan.
	Bytes int64
}

// ScanUse is how much was submitted in a day: the number of scans and their bytes.
type ScanUse struct{ Scans, Bytes int64 }

// CallerKind is the kind of credential behind a request.
type CallerKind string

// The credentials.
const (
	ByAPIKey   CallerKind = "api_key"
	ByToken    CallerKind = "token"
	ByOperator CallerKind = "operator" // a command on the server's own machine
	ByUnknown  CallerKind = "unknown"  // no credential, or one that was never valid
)

// CallerKinds lists them.
var CallerKinds = []CallerKind{ByAPIKey, ByToken, ByOperator, ByUnknown}

// KeyScope limits what an API key may do.
type KeyScope string

// The scopes of API keys.
const (
	KeyRead     KeyScope = "read"     // users, scans, metrics, widgets; make action tokens, which may do no more than the key
	KeyWrite    KeyScope = "write"    // register and change users, submit scans, answers, readings, consents; revoke tokens
	KeyScanURL  KeyScope = "scan-url" // addresses of the scan page
	KeyWebhooks KeyScope = "webhooks" // everything about webhooks
	KeyExport   KeyScope = "export"   // all that is held about a user
	KeyErase    KeyScope = "erase"    // users, scans, readings
	KeyAudit    KeyScope = "audit"    // the audit trail: who did what
)

// KeyScopes lists them.
var KeyScopes = []KeyScope{KeyRead, KeyWrite, KeyScanURL, KeyWebhooks, KeyExport, KeyErase, KeyAudit}

// ScopeNames returns the names of what a key with these scopes may do; nil means everything.
func ScopeNames(scopes []KeyScope) []string {
	if scopes == nil {
		scopes = KeyScopes
	}
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return names
}

// Scope limits what an action token may do.
type Scope string

// The scopes of action tokens. A token made for the API may do what users may
// do; a token inside a URL may do only what that page needs.
const (
	ScopeAPI       Scope = "api"
	ScopeScan      Scope = "scan"
	ScopeDashboard Scope = "dashboard"
	ScopeResults   Scope = "results"
)

// Scopes lists them.
var Scopes = []Scope{ScopeAPI, ScopeScan, ScopeDashboard, ScopeResults}

// Caller is who makes a request: it is the first argument of every operation.
type Caller struct {
	Kind         CallerKind
	CustomerID   string
	Customer     string
	Environment  Environment
	CredentialID string // key id or token id, for the audit trail
	UserID       string // the only user that a token may access; empty for a key
	Scope        Scope
	ScanID       string    // the only scan a results token may read
	Since        time.Time // when the token was made
	// KeyScopes are those of the key, or of the key that made the token; nil: everything.
	// A page's token may do only what that page needs.
	KeyScopes []KeyScope
	RequestID string
	Network   string // where the request came from, for the audit trail
}

// May says whether the caller's key, or the key that made its token, has a scope.
func (c Caller) May(s KeyScope) bool {
	return c.KeyScopes == nil || slices.Contains(c.KeyScopes, s)
}

// clockMargin is how far the clocks of two servers may be apart.
const clockMargin = time.Minute

// Sees says whether the caller may read a scan of its customer. A token sees only scans of its user: a results page's
// token only its one scan, a scan page's token only scans made since the page was opened.
func (c Caller) Sees(sc Scan) bool {
	if c.Kind != ByToken {
		return true
	}
	return sc.UserID == c.UserID && (c.Scope != ScopeResults || sc.ID == c.ScanID) &&
		(c.Scope != ScopeScan || !sc.CreatedAt.Before(c.Since.Add(-clockMargin)))
}

// OneScanOnly says whether the caller sees only the scan itself, not the person's history
// or the insights: a page about one scan, or a key that may not read.
func (c Caller) OneScanOnly() bool {
	return c.Kind == ByToken && (c.Scope == ScopeScan || c.Scope == ScopeResults) || !c.May(KeyRead)
}

// Once returns the values of a list, each once, in its order; nil if it is nil.
func Once[T comparable](list []T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, 0, len(list))
	for _, v := range list {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// InOrder returns those of all that some names, each once, in the order of all; nil if some is nil.
func InOrder[T comparable](all, some []T) []T {
	if some == nil {
		return nil
	}
	out := make([]T, 0, len(some))
	for _, v := range all {
		if slices.Contains(some, v) {
			out = append(out, v)
		}
	}
	return out
}
