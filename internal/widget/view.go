// Package widget computes the numbers behind each widget and renders their HTML
// and SVG.
//
// The structs of view.go are the JSON of GET /v2/widgets/{name}. The HTML of
// POST /v2/widgets/{name} draws the same numbers. All text is in the requested
// language. A null value is missing, and State says why.
package widget

import (
	"blush.example/blush/biomarker"
	"blush.example/blush/internal/insight"
)

// The names of the widgets.
const (
	NameBiomarker       = "biomarker"
	NameMetric          = "metric"
	NameGraph           = "graph"
	NameMain            = "main"
	NameRecommendations = "recommendations"
	NameTodos           = "todos"
)

// State says what a widget can show.
type State string

// The states.
const (
	Ready       State = "ready"       // a value is shown
	Placeholder State = "placeholder" // no scan was named
	Locked      State = "locked"      // the journey has not unlocked it yet, or the sandbox locks it
	NoData      State = "no_data"     // nothing was measured or answered yet, or a required field is not known
	Processing  State = "processing"  // the scan is being computed
	Refused     State = "refused"     // measured, but the value cannot be trusted; of a score: a notice forbids it
	Failed      State = "error"       // the scan could not be computed
)

// The states of each widget. A biomarker may have any state, the others only these.
var (
	States         = []State{Ready, Placeholder, Locked, NoData, Processing, Refused, Failed}
	InsightStates  = []State{Ready, Locked, NoData, Refused} // of a metric and a profile
	GraphStates    = []State{Ready, Locked, NoData, Refused}
	AdviceStates   = []State{Ready, NoData} // of recommendations
	TodoListStates = []State{Ready}         // every user has a journey
)

// Level compares a biomarker's value with the usual range of adults at rest.
type Level = biomarker.Level

// The levels.
const (
	Good    = biomarker.Good
	Neutral = biomarker.Neutral
	Bad     = biomarker.Bad
)

// Levels lists them, the best first.
var Levels = []Level{Good, Neutral, Bad}

// What a point of a graph may stand for, and where a value may come from.
var (
	Aggregations = []string{"none", "day", "week"}
	Sources      = []string{"scan", insight.Cuff}
)

// Envelope has the fields that every widget's JSON starts with.
type Envelope[T any] struct {
	// Locked insights have null in every field that may be null.
	Locked   bool   `json:"locked"`
	Widget   string `json:"widget"`
	Language string `json:"language"`
	Data     T      `json:"data"`
}

// Biomarker is one value of one scan, or, for blood_pressure, of a cuff.
// Every confidence is 0..100 in all widgets.
type Biomarker struct {
	Parameter  string  `json:"parameter"`
	Name       string  `json:"name"`
	State      State   `json:"state" set:"states"`
	FaceScanID *string `json:"face_scan_id"`
	// Value is in Unit; for blood_pressure it is the systolic one.
	Value     *float64 `json:"value"`
	Diastolic *float64 `json:"diastolic"` // mmHg; of blood_pressure alone
	Unit      string   `json:"unit"`
	UnitName  string   `json:"unit_name"` // the unit as the language writes it
	Decimals  int      `json:"decimals"`  // decimal places that its values are shown with
	// Display is the value as the language writes it, without its unit.
	Display *string `json:"display"`
	// Interval is the 90 % interval, in Unit; null for a cuff. docs/accuracy.md says how often it contains the true value.
	Interval     *[2]float64 `json:"interval"`
	IntervalText *string     `json:"interval_text"` // e.g. "Most likely 61 to 67": with Decimals, rounded outwards
	Confidence   *float64    `json:"confidence"`    // 0..100; null for a cuff
	// ConfidenceText is e.g. "93% confidence": rounded down, and never 100.
	ConfidenceText *string `json:"confidence_text"`
	// Range is the usual range of adults at rest, in Unit; RangeSource is its source.
	Range       *[2]float64 `json:"range"`
	RangeSource string      `json:"range_source"`
	UsualText   *string     `json:"usual_text"`              // what the usual range is, or why there is none
	Ranges      []Range     `json:"ranges" nullable:"false"` // the whole scale, in order
	Scale       [2]float64  `json:"scale"`                   // what is drawn, in Unit
	Drawing     Drawing     `json:"drawing"`
	Zone        *Level      `json:"zone" set:"levels"`
	ZoneName    *string     `json:"zone_name"`
	Change      *Change     `json:"change"` // since the previous value
	// MeasuredAt has the offset of the scan's or the reading's own time zone.
	MeasuredAt *string  `json:"measured_at" format:"date-time"`
	Source     *string  `json:"source" set:"sources"`
	SourceText *string  `json:"source_text"`          // e.g. "Cuff, 3 days ago"
	Stale      bool     `json:"stale"`                // a cuff reading that is more than 30 days old
	StaleText  *string  `json:"stale_text"`           // what to do about that
	Reason     *string  `json:"reason" set:"reasons"` // why there is no value
	ReasonText *string  `json:"reason_text"`
	Notices    []Notice `json:"notices" nullable:"false"` // safety texts
	// Note explains a value that could be misread; null for other values.
	Note *string `json:"note"`
	// Title is the heading instead of a value, e.g. "No value"; null if there is a value.
	Title *string `json:"title"`
	// Text describes the whole tile in a few sentences.
	Text     string `json:"text"`
	Footnote string `json:"footnote"`
}

// Drawing places the value, its interval and the usual range on the scale. The HTML widgets and the components draw it in the same way.
type Drawing struct {
	Bar Bar        `json:"bar"`
	Arc HalfCircle `json:"arc"`
}

// Bar is the scale as a line. Positions are percent of its length.
type Bar struct {
	Usual *Stretch `json:"usual"` // the usual range
	// Low and High are the numbers at the ends of Usual, or at the ends of the line if there is no Usual; empty if there is no value.
	Low      string   `json:"low"`
	High     string   `json:"high"`
	Interval *Stretch `json:"interval"`
	At       *float64 `json:"at"` // the value
}

// Stretch is a part of a line, in percent of its length.
type Stretch struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// HalfCircle is the scale as a half circle, as parts of an SVG with this view box.
type HalfCircle struct {
	ViewBox  string  `json:"view_box"`
	Parts    []Part  `json:"parts" nullable:"false"`
	Interval *string `json:"interval"` // a path; also null if it would be narrower than the dot
	Dot      *Spot   `json:"dot"`      // the value
	Marks    []Mark  `json:"marks" nullable:"false"`
}

// Part is a stroke of the half circle.
type Part struct {
	Path  string `json:"path"`
	Usual bool   `json:"usual"` // the usual range, which is drawn broader
}

// Spot is a point in the view box.
type Spot struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Mark is a number next to the half circle.
type Mark struct {
	// X and Y are percent of the picture's width and height.
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Anchor string  `json:"anchor" enum:"start,middle,end"`
	Down   float64 `json:"down"` // how many pixels the number is drawn below Y
	Text   string  `json:"text"`
	Minor  bool    `json:"minor"` // left out if there is little room
}

// Range is a part of a scale: From ≤ value < To.
type Range struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	Zone string  `json:"zone" set:"range_zones"` // a Level for a biomarker, a Zone for a metric
	Name string  `json:"name"`
}

// Change compares a value with the one before.
type Change struct {
	// By is the difference, in the value's unit; for blood_pressure, of the systolic values.
	By float64 `json:"by"`
	// Direction is up, down or same. It is also same if the difference is within the uncertainty of both values.
	Direction string  `json:"direction" enum:"up,down,same"`
	Previous  float64 `json:"previous"`
	Since     string  `json:"since" format:"date-time"`
	Text      string  `json:"text"` // e.g. "4 lower than on 3 May", with the time if both are of the same day
}

// Metric is one of the six insights. Higher is better for every one.
type Metric struct {
	Parameter string   `json:"parameter"`
	Name      string   `json:"name"`
	State     State    `json:"state" set:"insight_states"`
	Score     *float64 `json:"score"` // 0..100
	Display   *string  `json:"display"`
	UnitName  string   `json:"unit_name"` // e.g. "of 100"
	// Direction says which end of the scale is good: "Higher is better".
	Direction string `json:"direction"`
	// Interval is the 80 % interval of the model; the bar shows it.
	Interval     *[2]float64 `json:"interval"`
	IntervalText *string     `json:"interval_text"`
	Confidence   *float64    `json:"confidence"` // 0..100
	// ConfidenceText is e.g. "data 60% complete".
	ConfidenceText *string  `json:"confidence_text"`
	Ranges         []Range  `json:"ranges" nullable:"false"`
	Bar            ScoreBar `json:"bar"`
	Zone           *string  `json:"zone" set:"zones"`
	ZoneName       *string  `json:"zone_name"`
	Status         *string  `json:"status" set:"statuses"`
	StatusName     *string  `json:"status_name"`
	// StatusText says what the status means for the person.
	StatusText *string  `json:"status_text"`
	Previous   *float64 `json:"previous"` // the score before the newest scan or answer
	Change     *Change  `json:"change"`
	// Reason is the code of the one of Notices that forbids a score; null if none does.
	Reason *string `json:"reason"`
	// Title is the heading instead of a score, e.g. "No data yet"; null if there is a score.
	Title *string `json:"title"`
	Text  string  `json:"text"`  // the result in one sentence
	About string  `json:"about"` // what the metric is
	// How says in one sentence what the score was computed from.
	How     *string   `json:"how"`
	Inputs  []Input   `json:"inputs" nullable:"false"`
	Missing []Missing `json:"missing" nullable:"false"`
	// MissingText says in one sentence what would make the score more certain; null if nothing would.
	MissingText *string  `json:"missing_text"`
	Notices     []Notice `json:"notices" nullable:"false"`
	UpdatedAt   *string  `json:"updated_at" format:"date-time"`
	Footnote    string   `json:"footnote"`
}

// ScoreBar is the scale of a score as a line. Positions are percent of its length.
type ScoreBar struct {
	Zones    []ScoreZone `json:"zones" nullable:"false"`
	Interval *Stretch    `json:"interval"`
	At       *float64    `json:"at"`       // the score
	Previous *float64    `json:"previous"` // the score before
}

// ScoreZone is one zone of the line.
type ScoreZone struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
	Zone string  `json:"zone" set:"zones"`
	Name string  `json:"name"`
	Here bool    `json:"here"` // the score is in this zone
}

// Input is one part of a score.
type Input struct {
	Name   string  `json:"name"`
	Title  string  `json:"title"`
	Weight float64 `json:"weight"` // percent of what determines this score, 0..100
	Points float64 `json:"points"` // points of the score that are due to this input
	Value  float64 `json:"value"`  // in Unit
	Unit   string  `json:"unit"`   // "SD" means standard deviations from the median person, + is better
	Count  float64 `json:"count"`
	// Verified is false while a constant that it uses has not been checked against its source.
	Verified bool `json:"verified"`
}

// Missing names an input that is not known yet.
type Missing struct {
	Field    string `json:"field"`
	Title    string `json:"title"`
	Required bool   `json:"required"`
	Stale    bool   `json:"stale"`
}

// Notice is a text that must be shown with an insight.
type Notice struct {
	Code     string `json:"code"`
	Severity string `json:"severity" set:"severities"`
	Text     string `json:"text"`
}

// Graph is a biomarker or a metric over time.
type Graph struct {
	Parameter string `json:"parameter"`
	Name      string `json:"name"`
	Title     string `json:"title"` // the caller's title, or the name
	State     State  `json:"state" set:"graph_states"`
	Unit      string `json:"unit"`
	UnitName  string `json:"unit_name"`
	Decimals  int    `json:"decimals"`            // decimal places that its values are shown with
	Start     string `json:"start" format:"date"` // first day shown
	Stop      string `json:"stop" format:"date"`  // last day shown
	// Aggregation is what one point stands for: a scan, a day or a week.
	Aggregation string `json:"aggregation" set:"aggregations"`
	// Latest is the newest value of the period; null if there is none.
	Latest      *Newest    `json:"latest"`
	Points      []Point    `json:"points" nullable:"false"`
	Ranges      []Range    `json:"ranges" nullable:"false"` // the parts of the scale; of blood_pressure the usual ranges of its two values
	RangeSource string     `json:"range_source"`
	Scale       [2]float64 `json:"scale"`
	Lines       []GridLine `json:"lines" nullable:"false"`   // the round values of the scale where a drawing has horizontal lines
	Refused     []Refusal  `json:"refused" nullable:"false"` // why scans of the period gave no value, the most frequent first
	// Reason is the code of the notice that forbids the newest score of the period; null if none does, and of a biomarker.
	Reason   *string  `json:"reason"`
	Notices  []Notice `json:"notices" nullable:"false"` // the notice of Reason
	Text     string   `json:"text"`
	Footnote string   `json:"footnote"`
}

// GridLine is a round value of a graph's scale.
type GridLine struct {
	Value float64 `json:"value"`
	Text  string  `json:"text"` // as the language writes it, without its unit
}

// Newest is the newest value of a graph: of one scan, reading or day, also if its points stand for weeks.
type Newest struct {
	Timestamp string   `json:"timestamp" format:"date-time"`
	Value     float64  `json:"value"`
	Diastolic *float64 `json:"diastolic"` // mmHg; of blood_pressure alone
	Display   string   `json:"display"`   // as the language writes it, without its unit
	Text      string   `json:"text"`      // e.g. "Latest: 64 bpm, 26 Nov 2026"
}

// Point is one value over time, or a gap where scans gave none.
type Point struct {
	// Timestamp is the time of the scan, or the first moment of the day or week.
	Timestamp      string   `json:"timestamp" format:"date-time"`
	Value          *float64 `json:"value"`           // null: a gap
	Diastolic      *float64 `json:"diastolic"`       // mmHg; of blood_pressure alone
	Display        *string  `json:"display"`         // as the language writes it, without its unit
	Confidence     *float64 `json:"confidence"`      // 0..100
	ConfidenceText *string  `json:"confidence_text"` // for a score: how complete its data is
	// Interval is the value's interval: 90 % for a scan, 80 % for a metric, null for a cuff; for several values, the mean of their intervals.
	Interval     *[2]float64 `json:"interval"`
	IntervalText *string     `json:"interval_text"`
	Count        int         `json:"count"`   // scans, readings or days of this point with a value
	Refused      int         `json:"refused"` // those without a value
	// Reason is why there is no value; if there are several reasons, the most frequent one. For a score it is the code of the notice that forbade it, otherwise no_data.
	Reason     *string `json:"reason" set:"gap_reasons"`
	ReasonText *string `json:"reason_text"`
}

// Refusal counts the scans of a period that gave no value for one reason.
type Refusal struct {
	Reason string `json:"reason" set:"reasons"`
	Text   string `json:"text"`
	Count  int    `json:"count"`
}

// Main is the three profiles as one figure.
type Main struct {
	State    State     `json:"state" set:"insight_states"`
	Profiles []Profile `json:"profiles" nullable:"false"`
	Notices  []Notice  `json:"notices" nullable:"false"`
	Text     string    `json:"text"`
	Footnote string    `json:"footnote"`
}

// Profile is one of the views of a person.
type Profile struct {
	Profile        string   `json:"profile" set:"profiles"`
	Name           string   `json:"name"`
	State          State    `json:"state" set:"insight_states"`
	Locked         bool     `json:"locked"`
	Score          *float64 `json:"score"` // 0..100
	Display        *string  `json:"display"`
	Title          *string  `json:"title"`           // the heading instead of a score; null if there is a score
	Confidence     *float64 `json:"confidence"`      // 0..100
	ConfidenceText *string  `json:"confidence_text"` // how complete its data is
	Zone           *string  `json:"zone" set:"zones"`
	ZoneName       *string  `json:"zone_name"`
	Members        []Member `json:"members" nullable:"false"`
}

// Member is a metric within a profile.
type Member struct {
	Parameter string   `json:"parameter"`
	Name      string   `json:"name"`
	Locked    bool     `json:"locked"`
	Score     *float64 `json:"score"` // 0..100
	Zone      *string  `json:"zone" set:"zones"`
	ZoneName  *string  `json:"zone_name"`
	Status    *string  `json:"status" set:"statuses"`
}

// Recommendations is what the insights suggest.
type Recommendations struct {
	State    State            `json:"state" set:"advice_states"`
	Title    string           `json:"title"`
	Items    []Recommendation `json:"items" nullable:"false"`
	Notices  []Notice         `json:"notices" nullable:"false"`
	Text     string           `json:"text"`
	Footnote string           `json:"footnote"`
}

// Recommendation names the insight it came from and its source.
type Recommendation struct {
	ID          string `json:"id"`
	Text        string `json:"text"`
	Insight     string `json:"insight"`
	InsightName string `json:"insight_name"`
	Source      string `json:"source"`
}

// Todos is what to do next: the journey's steps, then what the insights suggest.
type Todos struct {
	State    State  `json:"state" set:"todo_list_states"`
	Title    string `json:"title"`
	Done     int    `json:"done"` // steps of the journey
	Steps    int    `json:"steps"`
	Items    []Todo `json:"items" nullable:"false"`
	Text     string `json:"text"`
	Footnote string `json:"footnote"`
}

// Todo is one thing to do.
type Todo struct {
	ID   string `json:"id"`
	Kind string `json:"kind" enum:"step,insight"`
	Text string `json:"text"`
	Done bool   `json:"done"`
	// Have of Need parts are done; both are 0 for a suggestion of an insight.
	Have int `json:"have"`
	Need int `json:"need"`
	// Unlocks names the insights that a step unlocks.
	Unlocks []string `json:"unlocks" nullable:"false"`
	// Because names the insight that suggests it; empty for a step.
	Because string `json:"because"`
	Source  string `json:"source"`
}
