package validate

import (
	"cmp"
	"slices"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/engine"
)

// Tolerance is the largest error in bpm at which a heart rate counts as right.
const Tolerance = engine.Tolerance

// Row is one line of the table: one method on one set, or a part of one.
type Row struct {
	Suite  string `json:"suite"`
	Case   string `json:"case,omitempty"`
	Method string `json:"method"`
	// Scans is the number of scans that could be read, Failed that of the others.
	Scans  int `json:"scans"`
	Failed int `json:"failed,omitempty"`
	// Seconds is the median length of the windows.
	Seconds float64 `json:"seconds"`
	// The figures of all scans with a reference rate, nothing refused: nil without any.
	MAE     *float64   `json:"mae_bpm"`
	Within5 *float64   `json:"within_5"`
	P95     *float64   `json:"p95_bpm"`
	All     *Agreement `json:"all"`
	// Coverage is the share of scans that were given a heart rate, 0..1.
	Coverage float64  `json:"coverage"`
	Accepted Accepted `json:"accepted"`
	// ECE is the expected calibration error of the confidence, IntervalCoverage the share of 90 % intervals that
	// contain the reference; nil for methods without confidence.
	ECE              *float64 `json:"ece,omitempty"`
	IntervalCoverage *float64 `json:"interval_coverage,omitempty"`
	Reliability      []Bin    `json:"reliability,omitempty"`
	// Reasons counts the refusals of the heart rate.
	Reasons     map[biomarker.Reason]int `json:"reasons,omitempty"`
	Respiration *Other                   `json:"respiratory_rate,omitempty"`
	SDNN        *Other                   `json:"heart_rate_variability,omitempty"`
	RMSSD       *Other                   `json:"rmssd,omitempty"`
	// Others are the figures of the other biomarkers with a reference.
	Others map[biomarker.Name]*Other `json:"others,omitempty"`
	// BeatSD is the median SD of the beats' timing in ms over the accepted scans.
	BeatSD *float64 `json:"beat_sd_ms,omitempty"`
	// Cases and By divide the row: Cases by case, and By by tone, light, motion, course of the rate and heart-rate
	// band.
	Cases []Row            `json:"cases,omitempty"`
	By    map[string][]Row `json:"by,omitempty"`
}

// Accepted are the figures of the scans with a reference rate that were given a heart rate: nil without any.
type Accepted struct {
	MAE     *float64   `json:"mae_bpm"`
	Within5 *float64   `json:"within_5"`
	P95     *float64   `json:"p95_bpm"`
	All     *Agreement `json:"all"`
}

// Other are the figures of another biomarker, in its unit.
type Other struct {
	Unit string `json:"unit"`
	// Coverage is the share of scans with a reference that were given a value, 0..1.
	Coverage  float64    `json:"coverage"`
	Agreement *Agreement `json:"accepted"`
	// IntervalCoverage is the share of 90 % intervals that contain the reference.
	IntervalCoverage *float64 `json:"interval_coverage"`
}

// Ours is the name of the engine in the method column.
const Ours = "blush"

// Table makes the rows of one set: the engine first, with its cases and groups, then the baselines.
func Table(set Set, scans []Scan) []Row {
	row := engineRow(set.Name, "", scans)
	for _, g := range groups(scans, func(s *Scan) string { return s.Case }) {
		row.Cases = append(row.Cases, engineRow(set.Name, g.name, g.scans))
	}
	row.By = map[string][]Row{}
	for _, by := range []struct {
		name string
		key  func(*Scan) string
	}{
		{"tone", func(s *Scan) string { return s.Tone }},
		{"light", func(s *Scan) string { return s.Light }},
		{"motion", func(s *Scan) string { return s.Motion }},
		{"course", func(s *Scan) string { return s.Reference.Course }},
		{"heart_rate", func(s *Scan) string { return band(s.Truth) }},
	} {
		parts := groups(scans, by.key)
		if by.name == "heart_rate" { // from the lowest band to the highest, which do not overlap
			slices.SortFunc(parts, func(a, b group) int { return cmp.Compare(a.scans[0].Truth, b.scans[0].Truth) })
		}
		for _, g := range parts {
			if g.name != "" {
				row.By[by.name] = append(row.By[by.name], engineRow(set.Name, g.name, g.scans))
			}
		}
	}
	rows := []Row{row}
	for k, name := range Baselines {
		b := baselineRow(set.Name, "", name, k, scans)
		for _, g := range groups(scans, func(s *Scan) string { return s.Case }) {
			b.Cases = append(b.Cases, baselineRow(set.Name, g.name, name, k, g.scans))
		}
		rows = append(rows, b)
	}
	return rows
}

// group is the scans that share a key.
type group struct {
	name  string
	scans []Scan
}

// groups splits scans by a key, in the order in which keys first appear.
func groups(scans []Scan, key func(*Scan) string) []group {
	var out []group
	for i := range scans {
		k := key(&scans[i])
		j := slices.IndexFunc(out, func(g group) bool { return g.name == k })
		if j < 0 {
			j = len(out)
			out = append(out, group{name: k})
		}
		out[j].scans = append(out[j].scans, scans[i])
	}
	return out
}

// band names the band of a heart rate in bpm.
func band(bpm float64) string {
	switch {
	case bpm <= 0:
		return ""
	case bpm < 60:
		return "below 60 bpm"
	case bpm < 80:
		return "60-80 bpm"
	case bpm < 100:
		return "80-100 bpm"
	case bpm < 130:
		return "100-130 bpm"
	case bpm < 160:
		return "130-160 bpm"
	}
	return "160 bpm and more"
}

func (s *Scan) pair(bpm float64) pair {
	return pair{bpm, s.Truth, cmp.Or(s.Person, s.ID)}
}

// tally accumulates the engine's results over scans.
type tally struct {
	all, accepted              []pair
	confidence, lengths, beats []float64
	right                      []bool
	given, held, intervals     int
}

// add adds one scan that could be read.
func (t *tally) add(s *Scan) {
	t.lengths = append(t.lengths, s.DurationS)
	if s.Truth > 0 {
		t.all = append(t.all, s.pair(s.Guess))
	}
	if s.Accepted() {
		t.accept(s)
	}
	if s.Truth > 0 || s.Reference.Refuse {
		d := s.Guess - s.Truth
		t.confidence = append(t.confidence, s.HeartRate.Confidence)
		t.right = append(t.right, s.Truth > 0 && !s.Reference.Refuse && d <= Tolerance && d >= -Tolerance)
	}
}

// accept adds a scan that was given a heart rate.
func (t *tally) accept(s *Scan) {
	t.given++
	if s.BeatSD > 0 {
		t.beats = append(t.beats, s.BeatSD)
	}
	if s.Truth <= 0 {
		return
	}
	t.accepted = append(t.accepted, s.pair(*s.HeartRate.Value))
	if v := s.HeartRate.Interval; v != nil {
		t.intervals++
		if s.Truth >= v[0] && s.Truth <= v[1] {
			t.held++
		}
	}
}

// engineRow computes the engine's figures over scans.
func engineRow(suite, part string, scans []Scan) Row {
	r := Row{Suite: suite, Case: part, Method: Ours, Reasons: map[biomarker.Reason]int{}}
	var t tally
	for i := range scans {
		s := &scans[i]
		if s.Error != "" {
			r.Failed++
			continue
		}
		r.Scans++
		t.add(s)
		if why := s.HeartRate.Reason; why != nil && !s.Accepted() {
			r.Reasons[*why]++
		}
	}
	r.Seconds = median(t.lengths)
	r.Coverage = share(t.given, r.Scans)
	r.All = agree(t.all)
	r.MAE, r.Within5, r.P95 = headline(r.All)
	r.Accepted.All = agree(t.accepted)
	r.Accepted.MAE, r.Accepted.Within5, r.Accepted.P95 = headline(r.Accepted.All)
	if len(t.confidence) > 0 {
		bins, ece := reliability(t.confidence, t.right)
		r.Reliability, r.ECE = bins, &ece
	}
	if t.intervals > 0 {
		v := share(t.held, t.intervals)
		r.IntervalCoverage = &v
	}
	if len(t.beats) > 0 {
		v := median(t.beats)
		r.BeatSD = &v
	}
	r.addOthers(scans)
	return r
}

// addOthers fills in the figures of the other biomarkers.
func (r *Row) addOthers(scans []Scan) {
	r.Respiration = other(scans, func(s *Scan) (biomarker.Estimate, float64, bool) {
		return s.Respiration, s.Reference.RespiratoryRate, s.Reference.RespiratoryRate > 0
	})
	r.SDNN = other(scans, func(s *Scan) (biomarker.Estimate, float64, bool) {
		return s.SDNN, s.Reference.SDNN, s.Reference.SDNN > 0
	})
	r.RMSSD = other(scans, func(s *Scan) (biomarker.Estimate, float64, bool) {
		return s.RMSSD, s.Reference.RMSSD, s.Reference.RMSSD > 0
	})
	for _, m := range markers {
		o := other(scans, func(s *Scan) (biomarker.Estimate, float64, bool) {
			truth, ok := m.truth(&s.Reference)
			return s.Others[m.name], truth, ok
		})
		if o == nil {
			continue
		}
		if r.Others == nil {
			r.Others = map[biomarker.Name]*Other{}
		}
		r.Others[m.name] = o
	}
}

// baselineRow computes the figures of a baseline, which refuses nothing.
func baselineRow(suite, part, name string, k int, scans []Scan) Row {
	r := Row{Suite: suite, Case: part, Method: name}
	var all []pair
	var lengths []float64
	given := 0
	for i := range scans {
		s := &scans[i]
		if s.Error != "" {
			r.Failed++
			continue
		}
		r.Scans++
		lengths = append(lengths, s.DurationS)
		if s.Baselines[k] <= 0 { // it had nothing to read
			continue
		}
		given++
		if s.Truth > 0 {
			all = append(all, s.pair(s.Baselines[k]))
		}
	}
	r.Seconds, r.Coverage, r.All = median(lengths), share(given, r.Scans), agree(all)
	r.MAE, r.Within5, r.P95 = headline(r.All)
	r.Accepted = Accepted{r.MAE, r.Within5, r.P95, r.All}
	return r
}

func headline(a *Agreement) (mae, within5, p95 *float64) {
	if a == nil {
		return nil, nil, nil
	}
	return &a.MAE, &a.Within5, &a.P95
}

// other computes the figures of another biomarker over the scans with a reference for it; nil without any.
func other(scans []Scan, get func(*Scan) (biomarker.Estimate, float64, bool)) *Other {
	var o Other
	var pairs []pair
	var known, held, intervals int
	for i := range scans {
		if scans[i].Error != "" {
			continue
		}
		e, truth, ok := get(&scans[i])
		if !ok {
			continue
		}
		known++
		o.Unit = e.Unit
		if e.Value == nil {
			continue
		}
		pairs = append(pairs, pair{*e.Value, truth, cmp.Or(scans[i].Person, scans[i].ID)})
		if v := e.Interval; v != nil {
			intervals++
			if truth >= v[0] && truth <= v[1] {
				held++
			}
		}
	}
	if known == 0 {
		return nil
	}
	o.Coverage, o.Agreement = share(len(pairs), known), agree(pairs)
	if intervals > 0 {
		v := share(held, intervals)
		o.IntervalCoverage = &v
	}
	return &o
}

func share(k, n int) float64 {
	if n == 0 {
		return 0
	}
	return float64(k) / float64(n)
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return dsp.UpperMedian(slices.Clone(x))
}
