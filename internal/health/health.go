// Package health computes the six metrics, the three profiles, the journey and
// the advice from a person's scans, answers and cuff readings. It is pure: no
// clock, no store, no network. The same [History] at the same moment always gives
// the same [Insights], in whatever order the data arrived.
//
// The model is open. Every constant is in data/ with its unit, its source and
// whether it has been checked. Every score names its inputs and their weights.
// docs/metrics.md works each formula by hand.
package health

import (
	"slices"
	"time"
)

// ScanPoint is what a scan contributes: its values, nil where they were refused.
type ScanPoint struct {
	// At is when the scan was made, in the scan's own time zone, which decides whether it was morning.
	At time.Time
	// AtRest says that the person was resting. Other scans do not count.
	AtRest bool
	// Confidence is the probability, 0..1, that the heart rate is right. It is the scan's weight.
	Confidence  float64
	HeartRate   *float64 // bpm
	SDNN        *float64 // ms
	RMSSD       *float64 // ms
	StressIndex *float64 // points, Gaussian form
	// Balance is PNS - SNS from hrv.Balance, for the scan's mean interval, SDNN and RMSSD.
	Balance *float64
}

// Answer is one answer to a question of the catalogue.
type Answer struct {
	Key   string
	Value float64
	At    time.Time
}

// Cuff is one blood pressure reading taken with a cuff, in mmHg.
type Cuff struct {
	Systolic, Diastolic float64
	At                  time.Time
}

// History is all data about a person.
type History struct {
	// BirthDate is YYYY-MM-DD; empty when unknown.
	BirthDate string
	// Sex is one of blush.Sexes; empty when unknown.
	Sex string
	// Language decides which questionnaires can be asked; empty means English.
	Language string
	Scans    []ScanPoint
	Answers  []Answer
	Cuffs    []Cuff
}

// Metric names one of the six insights.
type Metric string

// The six metrics. Higher is better for every one.
const (
	MentalStress     Metric = "mental_stress"
	MentalHealthRisk Metric = "mental_health_risk"
	EnergyBalance    Metric = "energy_balance"
	SleepQuality     Metric = "sleep_quality"
	GeneralFitness   Metric = "general_fitness"
	Hypertension     Metric = "hypertension"
)

// Metrics lists the six in the order in which they are shown.
var Metrics = []Metric{MentalStress, MentalHealthRisk, EnergyBalance, SleepQuality, GeneralFitness, Hypertension}

// ByMetric has a value for each metric, as the API's objects do.
type ByMetric[T any] struct {
	MentalStress     T `json:"mental_stress"`
	MentalHealthRisk T `json:"mental_health_risk"`
	EnergyBalance    T `json:"energy_balance"`
	SleepQuality     T `json:"sleep_quality"`
	GeneralFitness   T `json:"general_fitness"`
	Hypertension     T `json:"hypertension"`
}

// ForEach makes the value for each metric.
func ForEach[T any](of func(Metric) T) ByMetric[T] {
	return ByMetric[T]{of(MentalStress), of(MentalHealthRisk), of(EnergyBalance), of(SleepQuality), of(GeneralFitness), of(Hypertension)}
}

// aliases are other names that integrators use.
var aliases = map[string]Metric{
	"hypertension_risk":     Hypertension,
	"general_fitness_level": GeneralFitness,
	"mental_health":         MentalHealthRisk,
}

// ParseMetric reads a metric's name or alias.
func ParseMetric(s string) (Metric, bool) {
	for _, m := range Metrics {
		if s == string(m) {
			return m, true
		}
	}
	m, ok := aliases[s]
	return m, ok
}

// Status says how complete an insight is.
type Status string

// The statuses.
const (
	NoData       Status = "no_data"
	Preliminary  Status = "preliminary"  // at most one scan
	Confirming   Status = "confirming"   // confidence below 75
	Validated    Status = "validated"    // confidence 75 or more
	Reconfirming Status = "reconfirming" // no scan for 7 days or more
)

// Statuses lists them in the order in which an insight reaches them.
var Statuses = []Status{NoData, Preliminary, Confirming, Validated, Reconfirming}

const (
	validatedFrom     = 75.0 // confidence
	reconfirmingAfter = 7 * 24 * time.Hour
)

// Zone is the third of the scale that a score is in.
type Zone string

// The zones.
const (
	Suboptimal Zone = "suboptimal" // below 33.3
	Normal     Zone = "normal"
	Optimal    Zone = "optimal" // 66.7 and more
)

// The borders of the zones.
const (
	normalFrom  = 100.0 / 3
	optimalFrom = 200.0 / 3
)

// zones has each zone with its first score and its letter, the lowest first.
var zones = []struct {
	zone   Zone
	from   float64
	letter string
}{{Suboptimal, 0, "R"}, {Normal, normalFrom, "Y"}, {Optimal, optimalFrom, "G"}}

// Zones lists them, the lowest first.
var Zones = func() (out []Zone) {
	for _, z := range zones {
		out = append(out, z.zone)
	}
	return out
}()

// Letter stands for the zone in a profile's label.
func (z Zone) Letter() string { return zones[slices.Index(Zones, z)].letter }

// From is the zone's first score.
func (z Zone) From() float64 { return zones[slices.Index(Zones, z)].from }

// ZoneOf returns the zone of a score 0..100.
func ZoneOf(score float64) Zone {
	of := Zones[0]
	for _, z := range zones {
		if score >= z.from {
			of = z.zone
		}
	}
	return of
}

// Input is one part of a score: why the score is what it is.
type Input struct {
	Name string `json:"name"`
	// Value is the value of the input, in Unit: standard deviations from the median
	// person ("SD", + is better) or a measured value.
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Count is the number of scans, answers or readings behind it, each weighted by its confidence and age.
	Count float64 `json:"count"`
	// Weight is the input's share, 0..1, of the effect of all inputs on this score.
	Weight float64 `json:"weight"`
	// Points is how much of the score is due to this input: the score minus the score
	// that it would be with the reference person's input.
	Points float64 `json:"points"`
	// Verified is false until all constants that this input uses have been checked against their sources.
	Verified bool `json:"verified"`
}

// Missing names a field that is unknown or too old.
type Missing struct {
	// Field is birth_date, sex, scans, blood_pressure or the key of a question.
	Field string `json:"field"`
	// Required fields are needed for the score. The others would raise its confidence.
	Required bool `json:"required"`
	// Stale fields were answered too long ago.
	Stale bool `json:"stale"`
}

// Severity orders notices.
type Severity string

// The severities.
const (
	Info    Severity = "info"
	Warning Severity = "warning"
	Urgent  Severity = "urgent"
)

// Severities lists them, the mildest first.
var Severities = []Severity{Info, Warning, Urgent}

// Notice is a text that must be shown with an insight. Its words are [Text] of "notice."+Code.
type Notice struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
}

// Insight is one metric at a moment. If Score is nil, Withheld or the missing fields say why.
type Insight struct {
	Metric Metric   `json:"metric"`
	Score  *float64 `json:"score"` // 0..100
	// Interval is the 80 % interval of the score under the model.
	Interval *[2]float64 `json:"interval"`
	// Confidence is 0..100: how much of the possible data is known.
	Confidence float64 `json:"confidence"`
	Zone       *Zone   `json:"zone"`
	Status     Status  `json:"status"`
	Locked     bool    `json:"locked"`
	// UpdatedAt is the time of the newest input used.
	UpdatedAt *time.Time `json:"updated_at"`
	Inputs    []Input    `json:"inputs"`
	Missing   []Missing  `json:"missing"`
	Notices   []Notice   `json:"notices"`
	// Withheld is the one of Notices that forbids a score; nil if none does.
	Withheld *Notice `json:"withheld"`

	mean, variance float64 // of the latent score, for the profiles
}

// Withholding lists the codes of the notices that can forbid a score.
var Withholding = []string{"screen_positive", "cuff_urgent", "cuff_high", "hypertension_known", "diabetes", "pregnancy", "outlook_pregnancy", "outside_age", "outlook_age"}

// withhold gives a notice instead of a score, whatever else is known.
func (in *Insight) withhold(n Notice) {
	in.Notices, in.Withheld = append(in.Notices, n), &n
}

// Profile returns one profile by its name.
func (in Insights) Profile(name string) Profile {
	for _, p := range in.Profiles {
		if p.Name == name {
			return p
		}
	}
	return Profile{Name: name}
}

// ModelVersion is the version of the model and its norms. It changes with every constant.
func ModelVersion() string { return data().model.Version }

// Memory is how long a scan counts. [Compute] needs no older scans, but the journey does.
func Memory() time.Duration { return time.Duration(data().model.ScanDays) * day }

// CuffMemory is how long a cuff reading counts.
func CuffMemory() time.Duration { return time.Duration(data().model.Risk.CuffDays) * day }

// Insights is the result of [Compute].
type Insights struct {
	At           time.Time `json:"at"`
	ModelVersion string    `json:"model_version"`
	Metrics      []Insight `json:"metrics"`
	Profiles     []Profile `json:"profiles"`
	// Notices apply to all insights, locked or not: what a score does not mean, and safety texts.
	Notices []Notice `json:"notices"`
}

// Of returns one metric.
func (in Insights) Of(m Metric) Insight {
	for _, i := range in.Metrics {
		if i.Metric == m {
			return i
		}
	}
	return Insight{Metric: m, Status: NoData}
}

// Compute returns the insights of a person at a moment, from the data up to then.
func Compute(h History, at time.Time) Insights {
	p := prepare(h, at)
	out := Insights{At: at, ModelVersion: data().model.Version}
	for _, m := range Metrics {
		out.Metrics = append(out.Metrics, p.metric(m))
	}
	out.Profiles = p.profiles(out.Metrics)
	out.Notices = append(p.safety(), Notice{"wellness_only", Info})
	return out
}

// ComputeOne returns one metric of a person at a moment, as [Compute] does.
func ComputeOne(h History, m Metric, at time.Time) Insight {
	p := prepare(h, at)
	return p.metric(m)
}

// metric computes one of the six.
func (p *person) metric(m Metric) Insight {
	in := Insight{Metric: m, Status: NoData, Inputs: []Input{}, Missing: p.unknown(), Notices: []Notice{}}
	if p.minor() {
		in.withhold(outsideAge)
		return in
	}
	switch m {
	case GeneralFitness:
		p.fitness(&in)
	case Hypertension:
		p.hypertension(&in)
	case MentalHealthRisk:
		p.mentalHealth(&in)
	default:
		p.latentMetric(&in)
	}
	return in
}

// adult is the lowest age, in years, for any score, because the norms are for adults.
const adult = 18

var outsideAge = Notice{"outside_age", Info}

// minor says whether the person is known to be younger.
func (p *person) minor() bool { return p.age >= 0 && p.age < adult }

// settle sets the score of an insight, and everything that follows from it.
func (p *person) settle(in *Insight, score, confidence, mean, variance float64, newest time.Time) {
	low, high := 100*phi(mean-intervalZ*sqrt(variance)), 100*phi(mean+intervalZ*sqrt(variance))
	zone := ZoneOf(score)
	in.Score, in.Interval, in.Zone = &score, &[2]float64{min(low, score), max(high, score)}, &zone
	in.Confidence, in.mean, in.variance = min(confidence, 100), mean, variance
	in.UpdatedAt = &newest
	switch {
	case len(p.scans) > 0 && p.at.Sub(p.scans[len(p.scans)-1].At) >= reconfirmingAfter:
		in.Status = Reconfirming
	case len(p.scans) <= 1:
		in.Status = Preliminary
	case in.Confidence < validatedFrom:
		in.Status = Confirming
	default:
		in.Status = Validated
	}
}
