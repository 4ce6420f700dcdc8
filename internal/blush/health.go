package blush

import (
	"encoding/json"
	"time"
)

// BloodPressure names the pair of systolic and diastolic pressure of a reading from a cuff, where a biomarker, a metric or a
// profile could stand, too.
const BloodPressure = "blood_pressure"

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
	Value      *float64
	Low, High  float64 // 0 without a value
	Confidence float64 // 0..1
	Reason     string
}

// EstimateAt is one biomarker of one scan, as a point of a graph.
type EstimateAt struct {
	ScanID   string
	At       time.Time
	Timezone string
	PointEstimate
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

// InsightDay holds the insights at the end of a day that brought new data.
type InsightDay struct {
	Day      string // YYYY-MM-DD where the person was
	At       time.Time
	Timezone string
	Scores   map[string]Score // of the metrics and profiles by their names
}

// Score is a metric or a profile of a past day.
type Score struct {
	Score *float64 `json:"score,omitempty"` // 0..100, for profiles too
	// Interval is the 80 % interval under the model; nil without a score, and for profiles.
	Interval   *[2]float64 `json:"interval,omitempty"`
	Confidence float64     `json:"confidence"`       // 0..100
	Status     string      `json:"status,omitempty"` // empty for profiles
}

// ScoreAt is one metric or profile of one day, as a point of a graph.
type ScoreAt struct {
	Day      string
	At       time.Time
	Timezone string
	Score
}

// InsightState says whether the days stored for a person are still current.
type InsightState struct {
	User User // the person
	// Revision is raised by each piece of new data.
	Revision int64
	// StaleFrom is the earliest time of the data that the days do not include yet; nil when they are current.
	StaleFrom *time.Time
	// ModelVersion is the version of the model that computed the days; empty when there are none.
	ModelVersion string
	// Journey names the journey that Progress is about.
	Journey  string
	Progress json.RawMessage
	// OwnJourney is that of the person's customer, nil where it is the default one.
	OwnJourney json.RawMessage
}
