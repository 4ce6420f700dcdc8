package blush

import (
	"encoding/json"
	"time"
)

// EventType is what happened, by the name that webhooks are sent with.
type EventType string

// The events.
const (
	ScanDone         EventType = "scan.done"         // a scan gave a heart rate
	ScanRefused      EventType = "scan.refused"      // a scan was analysed and gave none
	ScanFailed       EventType = "scan.failed"       // a video could not be analysed
	MetricChanged    EventType = "metric.changed"    // the newest score or status of a metric
	NoticeRaised     EventType = "notice.raised"     // something that must be said about a reading or about answers
	UserErased       EventType = "user.erased"       // with everything measured
	ConsentWithdrawn EventType = "consent.withdrawn" // every consent to one version of a text
	WebhookTest      EventType = "webhook.test"      // asked for by the customer, of one webhook
)

// EventTypes are those that a webhook is asked to be told of.
var EventTypes = []EventType{ScanDone, ScanRefused, ScanFailed, MetricChanged, NoticeRaised, UserErased, ConsentWithdrawn}

// Event is something that happened and that a customer's webhooks are told of.
type Event struct {
	ID   string // the same for every webhook, attempt and replay
	Type EventType
	At   time.Time
	// UserID is of whom it speaks and with whom it is erased; empty when that is nobody, or nobody any more.
	UserID string
	// ObjectID is the scan or reading whose values it holds, or empty.
	ObjectID string
	Data     json.RawMessage // ids alone
	Sealed   []byte          // the values, for webhooks that want them; nil: none
}

// Webhook is where a customer wants to be told of events, in one environment.
type Webhook struct {
	ID          string
	CustomerID  string
	Environment Environment
	URL         string
	Description string
	Events      []EventType
	// Values says whether it wants more than ids.
	Values bool
	Secret []byte // sealed; it signs
	// OldSecret signs beside it until OldSecretUntil; nil when there is none.
	OldSecret      []byte
	OldSecretUntil *time.Time
	CreatedAt      time.Time
	// KeyID names the API key that made it, or the one that replaced that key; empty for the operator.
	KeyID string
	// DisabledAt is set while nothing is sent; DisabledWhy says why not.
	DisabledAt  *time.Time
	DisabledWhy DisabledWhy
	// FailingSince is the first failure since the last success.
	FailingSince *time.Time
	// Failures counts the attempts without an answer since the last answer; nothing is tried before PausedUntil.
	Failures    int
	PausedUntil *time.Time
}

// DisabledWhy says why a webhook is sent nothing.
type DisabledWhy string

// The reasons.
const (
	DisabledByCustomer DisabledWhy = "customer"
	DisabledFailing    DisabledWhy = "failing" // nothing arrived for as long as a delivery is tried
	DisabledGone       DisabledWhy = "gone"    // it answered 410
)

// DisabledWhys lists them.
var DisabledWhys = []DisabledWhy{DisabledByCustomer, DisabledFailing, DisabledGone}

// DeliveryStatus is where a delivery stands.
type DeliveryStatus string

// The life of a delivery.
const (
	DeliveryPending DeliveryStatus = "pending"
	Delivered       DeliveryStatus = "delivered"
	DeliveryFailed  DeliveryStatus = "failed"
)

// DeliveryStatuses lists them.
var DeliveryStatuses = []DeliveryStatus{DeliveryPending, Delivered, DeliveryFailed}

// Delivery is one event on its way to one webhook.
type Delivery struct {
	Event
	ID        string
	WebhookID string
	CreatedAt time.Time
	Status    DeliveryStatus
	// Turn is raised by each replay, and began at TurnAt.
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
	FaultStatus     DeliveryFault = "status"            // an answer that is no success
	FaultRedirect   DeliveryFault = "redirect"          // they are not followed
	FaultTimeout    DeliveryFault = "timeout"           // no answer in time
	FaultAddress    DeliveryFault = "forbidden_address" // the name stands for a private or special address
	FaultName       DeliveryFault = "unknown_host"
	FaultTLS        DeliveryFault = "tls" // the certificate or the handshake
	FaultConnection DeliveryFault = "connection"
	FaultDisabled   DeliveryFault = "disabled" // the webhook was disabled meanwhile
)

// DeliveryFaults lists them.
var DeliveryFaults = []DeliveryFault{FaultStatus, FaultRedirect, FaultTimeout, FaultAddress, FaultName, FaultTLS, FaultConnection, FaultDisabled}
