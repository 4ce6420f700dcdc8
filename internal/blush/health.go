package blush

import (
	"encoding/json"
	"time"
)

// ScanPoint is what a finished scan adds to a person's history. The values are
// those of the metrics, nil where they were refused.
type ScanPoint struct {
	ScanID      string
	UserID      string
	At          time.Time
	Timezone    string
	AtRest      *bool
	Confidence  float64  // of the heart rate, 0..1
	HeartRate   *float64 // bpm
	SDNN        *float64 // ms
	RMSSD       *float64 // ms
	StressIndex *float64 // points
	// Estimates holds every biomarker of the scan by its name.
	Estimates map[string]PointEstimate
}

// PointEstimate is one estimate of a [ScanPoint], in the unit of the catalogue.
// A refused one has no value and a reason.
type PointEstimate struct {
	Value      *float64 `json:"v,omitempty"`
	Low        float64  `json:"l,omitempty"`
	High       float64  `json:"h,omitempty"`
	Confidence float64  `json:"c"`
	Reason     string   `json:"r,omitempty"`
}

// Answer is one answer to a question of the catalogue.
type Answer struct {
	ID     string
	UserID string
	Key    string
	// Instrument is the questionnaire that the question belongs to, empty for our own.
	Instrument string
	Value      float64
	At         time.Time
	Timezone   string
}

// Reading is a blood pressure that a person measured with a cuff.
type Reading struct {
	ID         string
	UserID     string
	Systolic   float64  // mmHg
	Diastolic  float64  // mmHg
	Pulse      *float64 // bpm
	MeasuredAt time.Time
	Timezone   string
	Source     string // cuff
	CreatedAt  time.Time
}

// Consent is a text that a person agreed to, by its version and hash.
type Consent struct {
	ID          string
	UserID      string
	Version     string
	TextHash    string // hexadecimal SHA-256 of the text that was shown
	Language    string
	GivenAt     time.Time
	WithdrawnAt *time.Time
}

// InsightDay holds the insights as they stood at the end of a day on which
// something was learnt.
type InsightDay struct {
	Day      string // YYYY-MM-DD where the person was
	At       time.Time
	Timezone string
	Insights json.RawMessage
}

// InsightState says whether the days kept for a person still hold.
type InsightState struct {
	// Revision is raised by everything that is learnt.
	Revision int64
	// StaleFrom is the earliest time of what was learnt since; nil when all holds.
	StaleFrom *time.Time
	// ModelVersion is of the model that made the days; empty when none did.
	ModelVersion string
	// Journey names the journey that Progress is about.
	Journey  string
	Progress json.RawMessage
}
