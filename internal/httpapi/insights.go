package httpapi

import (
	"context"
	"math"
	"net/http"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/scan"
)

// Insight is one of the six metrics now. If values are null, locked says that the journey
// has not unlocked them or the sandbox locks them, or missing and notices say why.
type Insight struct {
	Name       string        `json:"name" doc:"In the language of the answer."`
	About      string        `json:"about" doc:"One sentence about what it means."`
	Score      *float64      `json:"score" doc:"0..100, higher is better."`
	Interval   *[2]float64   `json:"interval" doc:"The 80 % interval of the model."`
	Confidence *float64      `json:"confidence" doc:"0..100: how much of the possible data is known. Null when locked."`
	Zone       *health.Zone  `json:"zone" set:"zones"`
	Status     health.Status `json:"status" set:"statuses" doc:"reconfirming: no scan for 7 days or more."`
	Locked     bool          `json:"locked"`
	UpdatedAt  *string       `json:"updated_at" format:"date-time" doc:"The time of the newest input used."`
	// Inputs explain the score.
	Inputs   []ScoreInput   `json:"inputs" nullable:"false"`
	Missing  []MissingField `json:"missing" nullable:"false"`
	Notices  []HealthNotice `json:"notices" nullable:"false"`
	Previous *Previous      `json:"previous" doc:"At the end of the previous day with new data."`
}

// ScoreInput is one part of a score.
type ScoreInput struct {
	Name     string  `json:"name"`
	Title    string  `json:"title"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit" doc:"SD: standard deviations from the median person, + is better."`
	Count    float64 `json:"count" doc:"Scans, answers or readings behind it, each weighted by confidence and age."`
	Weight   float64 `json:"weight" doc:"Its share, 0..1, of the effect of all inputs on this score."`
	Points   float64 `json:"points" doc:"How much of the score is due to it: the score minus the score with the reference person's input."`
	Verified bool    `json:"verified" doc:"False until all constants that it uses have been checked against their sources."`
}

// MissingField is a field that is unknown or too old.
type MissingField struct {
	Field    string `json:"field" doc:"birth_date, sex, scans, blood_pressure or the lookup_key of a question."`
	Title    string `json:"title"`
	Required bool   `json:"required" doc:"Without it there is no score; the others would raise the confidence."`
	Stale    bool   `json:"stale" doc:"It was answered too long ago."`
}

// HealthNotice is a text that must be shown with the object that contains it.
type HealthNotice struct {
	Code     string          `json:"code"`
	Severity health.Severity `json:"severity" set:"severities"`
	Text     string          `json:"text"`
}

// Previous is an earlier value of a metric.
type Previous struct {
	Score      *float64 `json:"score"`
	Confidence float64  `json:"confidence"`
	At         string   `json:"at" format:"date-time"`
}

// InsightSet holds the six.
type InsightSet struct{ health.ByMetric[Insight] }

// UserMetrics has the six metrics of a user.
type UserMetrics struct {
	UserID       string     `json:"user_id" format:"uuid"`
	At           string     `json:"at" format:"date-time" doc:"When this was computed: now."`
	UpdatedAt    *string    `json:"updated_at" format:"date-time" doc:"The time of the newest scan, answer or reading."`
	ModelVersion string     `json:"model_version"`
	Language     string     `json:"language"`
	Metrics      InsightSet `json:"metrics"`
	// Notices apply to all metrics, locked or not.
	Notices         []HealthNotice `json:"notices" nullable:"false"`
	Recommendations []Advice       `json:"recommendations" nullable:"false"`
}

// Advice is one recommendation, or one thing to do.
type Advice struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	// Insight is the insight that it comes from, or the first one that it unlocks.
	Insight  string `json:"insight" doc:"A metric or profile; empty when none."`
	Source   string `json:"source"`
	Verified bool   `json:"verified" doc:"False until the wording has been checked against the source."`
}

// UserProfile is one of the three views of a user.
type UserProfile struct {
	UserID       string         `json:"user_id" format:"uuid"`
	Name         string         `json:"name" set:"profiles"`
	Title        string         `json:"title"`
	Score        *float64       `json:"score" doc:"0..1."`
	Confidence   *float64       `json:"confidence" doc:"0..100; null when locked."`
	Assessment   *health.Zone   `json:"assessment" set:"zones"`
	StatusLabel  *string        `json:"status_label" doc:"A letter for each of its parts, the metrics in their order; in physical the third is the resting heart rate. {zone_letters}."`
	Locked       bool           `json:"locked"`
	Metrics      []ProfileEntry `json:"metrics" nullable:"false"`
	UpdatedAt    *string        `json:"updated_at" format:"date-time"`
	ModelVersion string         `json:"model_version"`
	Language     string         `json:"language"`
	Notices      []HealthNotice `json:"notices" nullable:"false"`
}

// ProfileEntry is a metric of a profile.
type ProfileEntry struct {
	Name       string        `json:"name"`
	Title      string        `json:"title"`
	Score      *float64      `json:"score" doc:"0..100."`
	Confidence *float64      `json:"confidence" doc:"0..100."`
	Zone       *health.Zone  `json:"zone" set:"zones"`
	Status     health.Status `json:"status" set:"statuses"`
	Locked     bool          `json:"locked"`
}

// UserJourney is how far a user has come.
type UserJourney struct {
	UserID   string        `json:"user_id" format:"uuid"`
	Language string        `json:"language"`
	Done     float64       `json:"done" doc:"Share of the steps that are done, 0..1."`
	Steps    []JourneyStep `json:"steps" nullable:"false"`
	Locked   []string      `json:"locked" nullable:"false" doc:"Metrics, profiles and biomarkers that no finished step has unlocked yet, and those that the sandbox locks."`
	Todos    []Advice      `json:"todos" nullable:"false" doc:"What to do next."`
}

// JourneyStep is one step. It is done when it has all that it needs, and then stays done.
type JourneyStep struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Done    bool     `json:"done"`
	Have    int      `json:"have" doc:"How many of the needed scans, answers, fields and readings exist."`
	Need    int      `json:"need"`
	Unlocks []string `json:"unlocks" nullable:"false"`
}

// InsightQuery names a user and the language of the texts.
type InsightQuery struct {
	UserName
	InLanguage
}

type metricsResponse struct{ Body UserMetrics }

type profileRequest struct {
	InsightQuery
	Profile string `path:"profile" doc:"{profiles}; also energy_sleep, sleep_energy."`
}

type profileResponse struct{ Body orFHIR[UserProfile] }

type journeyResponse struct{ Body UserJourney }

const healthTag = "Health"

func (a *API) metrics() {
	route(a, operation{method: http.MethodGet, path: "/v2/metrics", id: "get-metrics", tag: healthTag, summary: "Get a user's metrics",
		access: orDashboard, needs: blush.KeyRead, audit: actions(blush.InsightRead),
		doc:    "The current values of all six metrics, each with its interval, confidence, inputs with their weights, and missing fields.",
		errors: []int{404}}, a.getMetrics)
	route(a, operation{method: http.MethodGet, path: "/v2/userprofiles/{profile}", id: "get-user-profile", tag: healthTag, summary: "Get a user's profile",
		tolerant: true, access: orDashboard, needs: blush.KeyRead, audit: actions(blush.InsightRead),
		fhir:   alsoFHIR,
		doc:    "One of the three views of a person. Its score is 0 to 1.",
		errors: []int{404}}, a.getProfile)
	route(a, operation{method: http.MethodGet, path: "/v2/journey", id: "get-journey", tag: healthTag, summary: "Get a user's health journey",
		tolerant: true, access: orDashboard, needs: blush.KeyRead, audit: actions(blush.JourneyRead),
		doc:    "The steps, what each unlocks, and how far the user is.",
		errors: []int{404}}, a.getJourney)
}

func (a *API) getMetrics(ctx context.Context, c blush.Caller, in *InsightQuery) (*metricsResponse, error) {
	r, err := a.insights.Insights(ctx, c, in.ref(), in.Language)
	if err != nil {
		return nil, err
	}
	set := InsightSet{health.ForEach(func(m health.Metric) Insight { return insightFrom(r, m) })}
	return &metricsResponse{UserMetrics{
		UserID: r.User.ID, At: r.At.UTC().Format(time.RFC3339), UpdatedAt: written(r.UpdatedAt), ModelVersion: r.ModelVersion, Language: r.Language,
		Metrics: set, Notices: notices(r.Language, r.Notices), Recommendations: advice(r, r.Recommendations),
	}}, nil
}

func (a *API) getProfile(ctx context.Context, c blush.Caller, in *profileRequest) (*profileResponse, error) {
	name, ok := health.ParseProfile(in.Profile)
	if !ok {
		return nil, blush.Field("profile must be "+inWords("{profiles}")+".", "enum", "profile")
	}
	r, err := a.insights.Insights(ctx, c, in.ref(), in.Language)
	if err != nil {
		return nil, err
	}
	if recordOf(ctx).fhir {
		b, err := a.profileBundle(ctx, c, r, name)
		return &profileResponse{orFHIR[UserProfile]{fhir: b}}, err
	}
	p := r.Profile(name)
	out := UserProfile{
		UserID: r.User.ID, Name: p.Name, Title: health.Text(r.Language, "profile."+p.Name), Assessment: p.Assessment, Locked: p.Locked,
		Metrics: []ProfileEntry{}, ModelVersion: r.ModelVersion, Language: r.Language, Notices: notices(r.Language, r.Notices),
	}
	if !p.Locked {
		out.Confidence, out.StatusLabel, out.UpdatedAt = scan.Tenth(&p.Confidence), &p.StatusLabel, written(r.UpdatedAt)
	}
	if p.Score != nil {
		out.Score = ptr(math.Round(1000**p.Score) / 1000)
	}
	for _, m := range p.Members {
		metric, ok := health.ParseMetric(m)
		if !ok {
			continue // the resting heart rate counts, but is not a metric
		}
		i := insightFrom(r, metric)
		out.Metrics = append(out.Metrics, ProfileEntry{Name: m, Title: i.Name, Score: i.Score, Confidence: i.Confidence, Zone: i.Zone, Status: i.Status, Locked: i.Locked})
	}
	return &profileResponse{orFHIR[UserProfile]{own: out}}, nil
}

func (a *API) getJourney(ctx context.Context, c blush.Caller, in *InsightQuery) (*journeyResponse, error) {
	r, err := a.insights.Journey(ctx, c, in.ref(), in.Language)
	if err != nil {
		return nil, err
	}
	out := UserJourney{UserID: r.User.ID, Language: r.Language, Done: r.Progress.Done(), Steps: []JourneyStep{}, Locked: r.Progress.Locked, Todos: advice(r, r.Todos)}
	for _, s := range r.Progress.Steps {
		out.Steps = append(out.Steps, JourneyStep{ID: s.ID, Title: r.Journey.Title(r.Language, s.ID), Done: s.Done, Have: s.Have, Need: s.Need, Unlocks: s.Unlocks})
	}
	return &journeyResponse{out}, nil
}

// insightFrom converts one metric of a report to the form of the API.
func insightFrom(r insight.Report, m health.Metric) Insight {
	in := r.Of(m)
	out := Insight{
		Name: health.Text(r.Language, "metric."+string(m)), About: health.Text(r.Language, "metric."+string(m)+".about"),
		Score: scan.Tenth(in.Score), Zone: in.Zone, Status: in.Status, Locked: in.Locked, UpdatedAt: written(in.UpdatedAt),
		Inputs: []ScoreInput{}, Missing: []MissingField{}, Notices: notices(r.Language, in.Notices),
	}
	if in.Interval != nil {
		out.Interval = &[2]float64{*scan.Tenth(&in.Interval[0]), *scan.Tenth(&in.Interval[1])}
	}
	if !in.Locked {
		out.Confidence = scan.Tenth(&in.Confidence)
	}
	for _, i := range in.Inputs {
		out.Inputs = append(out.Inputs, ScoreInput{Name: i.Name, Title: health.Text(r.Language, "input."+i.Name), Value: i.Value, Unit: i.Unit, Count: i.Count,
			Weight: i.Weight, Points: i.Points, Verified: i.Verified})
	}
	for _, x := range in.Missing {
		out.Missing = append(out.Missing, MissingField{Field: x.Field, Title: health.FieldTitle(r.Language, x.Field), Required: x.Required, Stale: x.Stale})
	}
	if p, ok := r.Previous[string(m)]; ok {
		out.Previous = &Previous{Score: scan.Tenth(p.Score), Confidence: *scan.Tenth(&p.Confidence), At: *written(r.PreviousAt)}
	}
	return out
}

func notices(lang string, in []health.Notice) []HealthNotice {
	out := make([]HealthNotice, len(in))
	for i, n := range in {
		out[i] = HealthNotice{Code: n.Code, Severity: n.Severity, Text: health.Text(lang, "notice."+n.Code)}
	}
	return out
}

func advice(r insight.Report, in []health.Advice) []Advice {
	out := make([]Advice, len(in))
	for i, ad := range in {
		text := health.Text(r.Language, ad.TextKey)
		if text == "" { // a step of a customer's own journey
			text = r.Journey.Title(r.Language, ad.ID)
		}
		out[i] = Advice{ID: ad.ID, Text: text, Insight: ad.Insight, Source: ad.Source.Title, Verified: ad.Source.Verified}
	}
	return out
}

// written returns a time in its own time zone as text; nil if there is none.
func written(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return ptr(t.Format(time.RFC3339))
}

func ptr[T any](v T) *T { return &v }
