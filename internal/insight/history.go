package insight

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// Step is the period that one point of a history covers.
type Step string

// The steps. Days are those of the place where the person was; weeks begin on Monday.
const (
	EachScan Step = "scan" // every scan or reading; for a metric, every day with new data
	Daily    Step = "day"
	Weekly   Step = "week"
)

// HistoryRequest asks for a biomarker or a metric over time.
type HistoryRequest struct {
	// Parameter is a biomarker, a metric (aliases too), a profile or blush.BloodPressure.
	Parameter string
	// Start and Stop are calendar days YYYY-MM-DD, both included. An empty Stop is today where the person is.
	Start, Stop string
	// Days is the number of days up to Stop if Start is empty; 0 means all.
	Days int
	// Step is empty to choose it by the length of the period.
	Step Step
	// Language is the requested language; empty means the user's.
	Language string
}

// History is a biomarker or a metric over time, the oldest point first.
type History struct {
	Parameter string // without aliases
	// Metric is true for metrics and profiles, whose values are 0..100.
	Metric bool
	Unit   string
	// Range is the range of values that the parameter may have.
	Range [2]float64
	// Start and Stop are the first and the last day; Start is empty if it is open.
	Start, Stop string
	Step        Step
	Locked      bool // not unlocked yet: no points
	Points      []HistoryPoint
	// Summary sums up the single values of the period; nil if there are none.
	Summary *Summary
	// Reasons counts the scans of the whole period without a value, by reason.
	Reasons map[string]int
	// Withheld is the notice that forbids the newest score of the period; nil if none does.
	Withheld *health.Notice
	// Language of the texts, Progress of the user, and when this was read.
	Language string
	Progress health.Progress
	Now      time.Time
}

// HistoryPoint is one value, or a gap with its reason.
type HistoryPoint struct {
	// At is the time of the scan, or of the newest scan of a day or week, in the person's time zone.
	At time.Time
	// Day is the calendar day, or the Monday of the week.
	Day string
	// Value is nil for a gap. Low and High are its interval: 90 % for scans, 80 % for metrics, nil for readings.
	Value, Low, High *float64
	// Diastolic is set for blush.BloodPressure only, in mmHg.
	Diastolic *float64
	// Confidence is 0..1, for biomarkers and metrics alike; 1 for cuff readings.
	Confidence float64
	// Reason says why there is no value: the scan's reason; for a metric the code of the notice that forbids the score, otherwise no_data.
	Reason string
	// Count and Refused are the scans, readings or days in the point with a value and without.
	Count, Refused int
	// ScanID is set when the point is one scan.
	ScanID string
	// ModelStatus is a metric's status then.
	ModelStatus health.Status
}

// Summary sums up all scans, readings or days of a period.
type Summary struct {
	Mean, Low, High float64 // of the values
	Last            HistoryPoint
}

// Sum sums up points in order of time; nil if none has a value.
func Sum(points []HistoryPoint) *Summary {
	var out *Summary
	n := 0.0
	for _, p := range points {
		if p.Value == nil {
			continue
		}
		if out == nil {
			out = &Summary{Low: *p.Value, High: *p.Value}
		}
		n++
		out.Mean += (*p.Value - out.Mean) / n
		out.Low, out.High, out.Last = min(out.Low, *p.Value), max(out.High, *p.Value), p
	}
	return out
}

// maxSpan is the longest period of one history.
const maxSpan = 20 * 366 * 24 * time.Hour

// History returns a biomarker, metric or profile over time.
func (s *Service) History(ctx context.Context, c blush.Caller, ref blush.UserRef, req HistoryRequest) (History, error) {
	from, to, err := req.period(s.now())
	if err != nil {
		return History{}, err
	}
	out, err := req.subject()
	if err != nil {
		return History{}, err
	}
	u, err := s.reach(ctx, c, ref, blush.HistoryRead)
	if err != nil {
		return History{}, err
	}
	progress, err := s.refresh(ctx, u.ID, atOnce)
	if err != nil {
		return History{}, err
	}
	lang, err := s.language(ctx, req.Language, u)
	if err != nil {
		return History{}, err
	}
	out.Progress, out.Now, out.Language = progress.Progress, s.now(), lang
	if err := s.fill(ctx, u, req, from, to, progress.revision, &out); err != nil {
		return History{}, err
	}
	return out, nil
}

// subject returns the history for a request's parameter, without its points.
func (req HistoryRequest) subject() (History, error) {
	out := History{Parameter: req.Parameter, Step: req.Step, Range: [2]float64{0, 100}, Unit: "points", Points: []HistoryPoint{}}
	kind, measured := biomarker.Find(biomarker.Name(req.Parameter))
	switch {
	case req.Parameter == blush.BloodPressure:
		systolic, _ := biomarker.Find(biomarker.SystolicBloodPressure)
		out.Unit, out.Range = systolic.Unit, [2]float64{systolic.Min, systolic.Max}
	case measured:
		out.Unit, out.Range = kind.Unit, [2]float64{kind.Min, kind.Max}
	default:
		out.Metric = true
		if m, ok := health.ParseMetric(req.Parameter); ok {
			out.Parameter = string(m)
		} else if out.Parameter, ok = health.ParseProfile(req.Parameter); !ok {
			return History{}, blush.Field("parameter must be a biomarker, a metric or a profile.", "enum", "parameter")
		}
	}
	return out, nil
}

// fill reads the points of a history whose Progress, of that revision, is known.
func (s *Service) fill(ctx context.Context, u blush.User, req HistoryRequest, from, to time.Time, revision int64, out *History) (err error) {
	kind, _ := biomarker.Find(biomarker.Name(req.Parameter))
	out.Locked, out.Reasons = out.Progress.IsLocked(out.Parameter), map[string]int{}
	switch {
	case out.Locked:
	case out.Metric:
		out.Points, err = s.metricPoints(ctx, u.ID, out.Parameter, from, to)
	case out.Parameter == blush.BloodPressure || !kind.FromScan:
		out.Points, err = s.readingPoints(ctx, u.ID, out.Parameter, from, to)
	default:
		out.Points, err = s.scanPoints(ctx, u.ID, out.Parameter, from, to)
	}
	if err != nil {
		return err
	}
	if out.Start, out.Stop, err = s.days(ctx, u.ID, req, out.Points); err != nil {
		return err
	}
	out.Points = slices.DeleteFunc(out.Points, func(p HistoryPoint) bool { return p.Day < out.Start || p.Day > out.Stop })
	out.Summary = Sum(out.Points)
	for _, p := range out.Points {
		if p.Value == nil && !out.Metric {
			out.Reasons[p.Reason]++
		}
	}
	if out.Step == "" {
		out.Step = stepFor(out.Points)
	}
	out.Points = GroupByStep(out.Points, out.Step, out.Metric)
	return s.explain(ctx, u, revision, out)
}

// explain finds the notices that forbade the scores of a metric's gaps. They are computed, because they reveal answers
// and are therefore not stored with the days.
func (s *Service) explain(ctx context.Context, u blush.User, revision int64, out *History) error {
	m, ok := health.ParseMetric(out.Parameter)
	if !ok {
		return nil
	}
	var gaps []*HistoryPoint
	for i := range out.Points {
		if out.Points[i].Value == nil {
			gaps = append(gaps, &out.Points[i])
		}
	}
	if len(gaps) == 0 {
		return nil
	}
	slices.SortStableFunc(gaps, func(a, b *HistoryPoint) int { return a.At.Compare(b.At) })
	l, err := s.cache.of(ctx, s, u.ID, revision, gaps[0].At.Add(-lookback()))
	if err != nil {
		return err
	}
	w, last := l.walk(u), &out.Points[len(out.Points)-1]
	for _, p := range gaps {
		n := health.ComputeOne(w.to(p.At), m, p.At).Withheld
		if n == nil {
			continue
		}
		p.Reason = n.Code
		if p == last {
			out.Withheld = n
		}
	}
	return nil
}

// days returns the first and the last day of a request. Without a Stop, the last day is today in the time zone of the person's
// newest data, because east of Greenwich a day begins before it does in UTC.
func (s *Service) days(ctx context.Context, userID string, req HistoryRequest, points []HistoryPoint) (start, stop string, err error) {
	start, stop = req.Start, req.Stop
	if stop == "" {
		now, here := s.now(), time.UTC
		newest, ok, err := s.store.InsightDayBefore(ctx, userID, string(health.MentalStress), now.Add(time.Hour), "9999")
		if err != nil {
			return "", "", err
		}
		if ok {
			here = blush.Location(newest.Timezone)
		}
		if n := len(points); n > 0 && (!ok || points[n-1].At.After(newest.At)) {
			here = points[n-1].At.Location()
		}
		stop = now.In(here).Format(time.DateOnly)
		for _, p := range points { // the person flew west over the date line
			stop = max(stop, p.Day)
		}
	}
	if last, bad := time.Parse(time.DateOnly, stop); start == "" && req.Days > 0 && bad == nil {
		start = last.AddDate(0, 0, 1-req.Days).Format(time.DateOnly)
	}
	return start, stop, nil
}

// period turns the days of a request into times that include them in every time zone.
func (r HistoryRequest) period(now time.Time) (from, to time.Time, err error) {
	day := func(s, name string, open time.Time) time.Time {
		if s == "" || err != nil {
			return open
		}
		t, bad := time.Parse(time.DateOnly, s)
		if bad != nil || t.Year() < 1 {
			err = blush.Field(name+" must be a day, YYYY-MM-DD.", "date_parsing", name)
		}
		return t
	}
	to = day(r.Stop, "stop", now).Add(48 * time.Hour)
	open := maxSpan
	if r.Days > 0 {
		open = time.Duration(r.Days+4) * 24 * time.Hour
	}
	from = day(r.Start, "start", to.Add(-open)).Add(-24 * time.Hour)
	switch {
	case err != nil:
	case r.Start != "" && r.Stop != "" && r.Stop < r.Start:
		err = blush.Field("stop must not be before start.", "value_error", "stop")
	case to.Sub(from) > maxSpan+96*time.Hour:
		err = blush.Field("A history must not be longer than 20 years.", "value_error", "start")
	case r.Step != "" && r.Step != EachScan && r.Step != Daily && r.Step != Weekly:
		err = blush.Field("step must be scan, day or week.", "enum", "step")
	}
	return from, to, err
}

// stepFor chooses a step for which a graph stays readable: at most about 200 points.
func stepFor(points []HistoryPoint) Step {
	days := 0
	for i, p := range points {
		if i == 0 || p.Day != points[i-1].Day {
			days++
		}
	}
	switch {
	case len(points) <= 200:
		return EachScan
	case days <= 200:
		return Daily
	}
	return Weekly
}

func (s *Service) scanPoints(ctx context.Context, userID, parameter string, from, to time.Time) ([]HistoryPoint, error) {
	scans, err := s.store.EstimatesOf(ctx, userID, parameter, from, to)
	if err != nil {
		return nil, err
	}
	points := make([]HistoryPoint, len(scans))
	for i, e := range scans {
		p := HistoryPoint{At: e.At.In(blush.Location(e.Timezone)), Confidence: e.Confidence, ScanID: e.ScanID}
		p.Day = p.At.Format(time.DateOnly)
		if e.Value != nil {
			p.Value, p.Low, p.High, p.Count = e.Value, &scans[i].Low, &scans[i].High, 1
		} else {
			p.Reason, p.Refused = e.Reason, 1
		}
		points[i] = p
	}
	return points, nil
}

func (s *Service) readingPoints(ctx context.Context, userID, parameter string, from, to time.Time) ([]HistoryPoint, error) {
	readings, err := s.store.ReadingsBetween(ctx, userID, from, to)
	if err != nil {
		return nil, err
	}
	points := make([]HistoryPoint, len(readings))
	for i, r := range readings {
		p := HistoryPoint{At: r.MeasuredAt.In(blush.Location(r.Timezone)), Confidence: 1, Count: 1}
		p.Day = p.At.Format(time.DateOnly)
		systolic, diastolic := r.Systolic, r.Diastolic
		switch parameter {
		case blush.BloodPressure:
			p.Value, p.Diastolic = &systolic, &diastolic
		case string(biomarker.SystolicBloodPressure):
			p.Value = &systolic
		default:
			p.Value = &diastolic
		}
		points[i] = p
	}
	return points, nil
}

func (s *Service) metricPoints(ctx context.Context, userID, parameter string, from, to time.Time) ([]HistoryPoint, error) {
	days, err := s.store.ScoresOf(ctx, userID, parameter, from, to)
	if err != nil {
		return nil, err
	}
	points := make([]HistoryPoint, len(days))
	for i, d := range days {
		p := HistoryPoint{At: d.At.In(blush.Location(d.Timezone)), Day: d.Day, Confidence: d.Confidence / 100, ModelStatus: health.Status(d.Status)}
		if d.Score.Score != nil {
			p.Value, p.Count = d.Score.Score, 1
			if d.Interval != nil {
				p.Low, p.High = &d.Interval[0], &d.Interval[1]
			}
		} else {
			p.Reason, p.Refused = string(health.NoData), 1
		}
		points[i] = p
	}
	return points, nil
}

// weeks finds the first day of the week of a day. It remembers the last week,
// because the days of a history follow each other.
type weeks struct{ monday, next string }

func (w *weeks) of(day string) string {
	if day >= w.monday && day < w.next {
		return w.monday
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	first := t.AddDate(0, 0, -(int(t.Weekday())+6)%7)
	w.monday, w.next = first.Format(time.DateOnly), first.AddDate(0, 0, 7).Format(time.DateOnly)
	return w.monday
}

// GroupByStep makes one point of each day or week. For a biomarker it is the mean of the scans,
// weighted by their confidence. For a metric, which itself covers past data, it is the last.
func GroupByStep(points []HistoryPoint, step Step, metric bool) []HistoryPoint {
	if step == EachScan {
		return points
	}
	var w weeks
	first := func(p HistoryPoint) string {
		if step == Weekly {
			return w.of(p.Day)
		}
		return p.Day
	}
	byDay := func(a, b HistoryPoint) int { return strings.Compare(a.Day, b.Day) }
	if !slices.IsSortedFunc(points, byDay) { // the person flew over the date line
		points = slices.Clone(points)
		slices.SortStableFunc(points, byDay)
	}
	out := []HistoryPoint{}
	for len(points) > 0 {
		day, n := first(points[0]), 1
		for n < len(points) && first(points[n]) == day {
			n++
		}
		p := points[n-1]
		if !metric {
			p = mean(points[:n])
		}
		p.Day = day
		out = append(out, p)
		points = points[n:]
	}
	return out
}

// mean makes one point of several of a day or week, in order of time. Its bounds are the means
// of theirs: the errors of scans of one day have common causes, so more scans do not make
// the mean more certain.
func mean(points []HistoryPoint) HistoryPoint {
	last := points[len(points)-1]
	out := HistoryPoint{At: last.At}
	if len(points) == 1 {
		out.ScanID = last.ScanID
	}
	var value, low, high, diastolic average
	var reasons map[string]int
	for i := range points {
		p := &points[i]
		out.Count += p.Count
		out.Refused += p.Refused
		if p.Value == nil {
			if reasons == nil {
				reasons = map[string]int{}
			}
			reasons[p.Reason]++
			continue
		}
		out.Confidence += p.Confidence
		w := max(p.Confidence, 0.01)
		value.add(p.Value, w)
		low.add(p.Low, w)
		high.add(p.High, w)
		diastolic.add(p.Diastolic, w)
	}
	out.Value, out.Low, out.High, out.Diastolic = value.of(), low.of(), high.of(), diastolic.of()
	if out.Count > 0 {
		out.Confidence /= float64(out.Count)
		return out
	}
	out.Confidence = last.Confidence
	out.Reason = slices.MaxFunc(sortedKeys(reasons), func(a, b string) int { return cmp.Compare(reasons[a], reasons[b]) })
	return out
}

// average is a weighted mean of the values that are not nil.
type average struct{ sum, weight float64 }

func (a *average) add(v *float64, weight float64) {
	if v != nil {
		a.sum += weight * *v
		a.weight += weight
	}
}

// of returns the mean; nil if there were no values.
func (a average) of() *float64 {
	if a.weight == 0 {
		return nil
	}
	v := a.sum / a.weight
	return &v
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
