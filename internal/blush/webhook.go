package blush

import (
	"encoding/json"
	"slices"
	"time"
)

// EventType names a kind of event, as in the requests to webhooks.
type EventType string

// The events.
const (
	ScanDone         EventType = "scan.done"         // a scan gave a heart rate
	ScanRefused      EventType = "scan.refused"      // a scan was analysed and gave none
	ScanFailed       EventType = "scan.failed"       // a video could not be analysed
	MetricChanged    EventType = "metric.changed"    // a metric has a new score or status
	NoticeRaised     EventType = "notice.raised"     // a person must be told something about a reading or about answers
	UserErased       EventType = "user.erased"       // with everything measured
	ConsentWithdrawn EventType = "consent.withdrawn" // every consent to one version of a text
	WebhookTest      EventType = "webhook.test"      // sent to one webhook at the customer's request
)

// EventTypes are the types that a webhook can subscribe to.
var EventTypes = []EventType{ScanDone, ScanRefused, ScanFailed, MetricChanged, NoticeRaised, UserErased, ConsentWithdrawn}

// Event is something that happened and that is sent to a customer's webhooks.
type Event struct {
	ID   string // the same for every webhook, attempt and replay
	Type EventType
	At   time.Time
	// UserID is the user that the event is about, and with whom it is erased; empty when there is none, or none any more.
	UserID string
	// ObjectID is the scan or reading whose values it contains, or empty.
	ObjectID string
	Data     json.RawMessage // ids only
	Sealed   []byte          // the values, for webhooks that want them; nil: none
}

// Webhook is a URL to which a customer's events are sent, in one environment.
type Webhook struct {
	ID          string
	CustomerID  string
	Environment Environment
	URL         string
	Description string
	Events      []EventType
	// Values says whether it is sent the values too, and not only ids.
	Values bool
	Secret []byte // signs the requests; sealed
	// OldSecret signs too until OldSecretUntil; nil when there is none.
	OldSecret      []byte
	OldSecretUntil *time.Time
	CreatedAt      time.Time
	// KeyID names the API key that made it, or the one that replaced that key; empty for the operator.
	KeyID string
	// DisabledAt is set while nothing is sent; DisabledReason says why.
	DisabledAt     *time.Time
	DisabledReason DisabledReason
	// FailingSince is the first failure since the last success.
	FailingSince *time.Time
	// Failures counts the attempts without an answer since the last answer; nothing is tried before PausedUntil.
	Failures    int
	PausedUntil *time.Time
}

// DisabledReason says why a webhook is sent nothing.
type DisabledReason string

// The reasons.
const (
	DisabledByCustomer DisabledReason = "customer"
	DisabledFailing    DisabledReason = "failing" // every attempt failed for as long as a delivery is retried
	DisabledGone       DisabledReason = "gone"    // it answered 410
)

// DisabledReasons lists them.
var DisabledReasons = []DisabledReason{DisabledByCustomer, DisabledFailing, DisabledGone}

// DeliveryStatus is the state of a delivery.
type DeliveryStatus string

// The states of a delivery.
const (
	DeliveryPending DeliveryStatus = "pending"
	Delivered       DeliveryStatus = "delivered"
	DeliveryFailed  DeliveryStatus = "failed"
)

// DeliveryEnds are the states in which a delivery is not tried again; DeliveryStatuses are all.
var (
	DeliveryEnds     = []DeliveryStatus{Delivered, DeliveryFailed}
	DeliveryStatuses = append([]DeliveryStatus{DeliveryPending}, DeliveryEnds...)
)

// ReplayAny replays deliveries however they ended.
const ReplayAny = "any"

// Delivery is one event on its way to one webhook.
type Delivery struct {
	Event
	ID        string
	WebhookID string
	CreatedAt time.Time
	Status    DeliveryStatus
	// Turn is raised by each replay. The current turn began at TurnAt.
	Turn   int64
	TurnAt time.Time
	// Attempts are those of this turn. The last began at LastAt.
	Attempts   int
	NextAt     *time.Time
	LastAt     *time.Time
	LastStatus int           // the HTTP status of the answer, 0 without one
	LastTook   time.Duration // of the last attempt
	LastFault  DeliveryFault
}

// DeliveryFault says why an attempt failed.
type DeliveryFault string

// The faults.
const (
	FaultStatus     DeliveryFault = "status"            // an answer that is not a success
	FaultRedirect   DeliveryFault = "redirect"          // they are not followed
	FaultTimeout    DeliveryFault = "timeout"           // no answer in time
	FaultAddress    DeliveryFault = "forbidden_address" // the host name resolves to a private or special address
	FaultName       DeliveryFault = "unknown_host"
	FaultTLS        DeliveryFault = "tls" // the certificate or the handshake
	FaultConnection DeliveryFault = "connection"
	FaultDisabled   DeliveryFault = "disabled" // the webhook was disabled meanwhile
)

// AttemptFaults are those of an attempt; DeliveryFaults has also FaultDisabled, which means that none was made.
var (
	AttemptFaults  = []DeliveryFault{FaultStatus, FaultRedirect, FaultTimeout, FaultAddress, FaultName, FaultTLS, FaultConnection}
	DeliveryFaults = append(slices.Clone(AttemptFaults), FaultDisabled)
)
