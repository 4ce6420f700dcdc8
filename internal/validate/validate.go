// Package validate runs the engine on recordings with a reference and reports how
// often and by how much it is wrong. The recordings are data sets in their
// published layouts, your own recordings and simulated suites. Commonly used
// methods are measured on the same recordings. The package also fits the engine's
// calibration.
package validate

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/rppg"
)

// Set is a collection of recordings with references.
type Set struct {
	Name string
	// Reference says what the values are compared with, and how it is determined.
	Reference  string
	Recordings []Recording
}

// Recording is one recording that can be loaded, cut into windows of Seconds (0: whole).
type Recording struct {
	// Case is the recording's situation: a scenario, a task, a light.
	Case, ID, Person string
	Seconds          float64
	Load             func(ctx context.Context) (Loaded, error)
}

// Loaded is a recording in memory.
type Loaded struct {
	Trace *rppg.Trace
	// Reference returns the true values between two times in s from the first frame, or false where they aren't
	// known.
	Reference func(from, to float64) (Reference, bool)
	// Tone, Light and Motion group the results; empty: unknown.
	Tone, Light, Motion string
}

// Reference has the true values of a window; 0 where unknown.
type Reference struct {
	HeartRate, RespiratoryRate float64 // bpm, breaths/min
	SDNN, RMSSD                float64 // ms
	// Beats are the reference beats in s from the start of the window.
	Beats []float64
	// Course says whether the rate is steady or changing around the window; empty where unknown.
	Course string
	// Refuse is set where the right answer is a refusal.
	Refuse bool
}

// Scan is the outcome of one window.
type Scan struct {
	Set       string  `json:"set"`
	Case      string  `json:"case,omitempty"`
	ID        string  `json:"id"`
	Person    string  `json:"person,omitempty"`
	FromS     float64 `json:"from_s"`
	DurationS float64 `json:"duration_s"`
	Tone      string  `json:"tone,omitempty"`
	Light     string  `json:"light,omitempty"`
	Motion    string  `json:"motion,omitempty"`

	Reference Reference `json:"-"`
	// Truth is the reference heart rate in bpm, 0 where unknown.
	Truth float64 `json:"reference_bpm"`
	// Guess is the engine's best guess in bpm even when it refuses; 0 where it has none.
	Guess float64 `json:"guess_bpm"`
	// Baselines are the rates in bpm of the methods [Baselines], in their order.
	Baselines [3]float64 `json:"baselines_bpm"`

	HeartRate   biomarker.Estimate `json:"heart_rate"`
	Respiration biomarker.Estimate `json:"respiratory_rate"`
	SDNN        biomarker.Estimate `json:"heart_rate_variability"`
	RMSSD       biomarker.Estimate `json:"rmssd"`
	// Others are the estimates of the other biomarkers with a reference.
	Others   map[biomarker.Name]biomarker.Estimate `json:"others,omitempty"`
	Features engine.Features                       `json:"features"`
	Finger   bool                                  `json:"finger,omitempty"`
	// BeatSD is the SD of the beats' timing errors in ms, 0 where unknown.
	BeatSD float64 `json:"beat_sd_ms,omitempty"`
	// Error says why the recording could not be read; then nothing else is set.
	Error string `json:"error,omitempty"`
}

// Accepted reports whether a heart rate was given.
func (s *Scan) Accepted() bool { return s.HeartRate.Value != nil }

// Options of a run.
type Options struct {
	Engine engine.Options
	// Workers is the number of recordings processed concurrently; 0 means one per core.
	Workers int
	// Progress is called after each recording, from any goroutine.
	Progress func(done, all int)
}

// Run analyses every window of every recording. A recording that cannot be read
// becomes one Scan with an Error; only a cancelled context ends the run early.
func Run(ctx context.Context, set Set, o Options) ([]Scan, error) {
	scans, err := run(ctx, set, []engine.Options{o.Engine}, o)
	if err != nil {
		return nil, err
	}
	return scans[0], nil
}

// run is Run with several engines, for all of which each recording is loaded once; o.Engine isn't used. The scans
// of all engines have the same order.
func run(ctx context.Context, set Set, engines []engine.Options, o Options) ([][]Scan, error) {
	results, err := forEach(ctx, set, o, func(rec Recording) [][]Scan { return analyse(ctx, set, rec, engines) })
	if err != nil {
		return nil, err
	}
	scans := make([][]Scan, len(engines))
	for _, r := range results {
		for e := range engines {
			scans[e] = append(scans[e], r[e]...)
		}
	}
	return scans, nil
}

// forEach calls work for each recording of a set, with o.Workers concurrent calls, and returns the results in the
// order of the recordings.
func forEach[T any](ctx context.Context, set Set, o Options, work func(Recording) T) ([]T, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	results := make([]T, len(set.Recordings))
	var next, done atomic.Int64
	var wait sync.WaitGroup
	for range min(o.Workers, len(set.Recordings)) {
		wait.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(set.Recordings) || ctx.Err() != nil {
					return
				}
				results[i] = work(set.Recordings[i])
				if n := int(done.Add(1)); o.Progress != nil {
					o.Progress(n, len(set.Recordings))
				}
			}
		})
	}
	wait.Wait()
	return results, ctx.Err()
}

// analyse loads one recording and analyses its windows with each engine.
func analyse(ctx context.Context, set Set, rec Recording, engines []engine.Options) [][]Scan {
	failed := func(s Scan) [][]Scan { return slices.Repeat([][]Scan{{s}}, len(engines)) }
	base := Scan{Set: set.Name, Case: rec.Case, ID: rec.ID, Person: rec.Person}
	loaded, err := rec.Load(ctx)
	if err != nil {
		base.Error = err.Error()
		return failed(base)
	}
	base.Tone, base.Light, base.Motion = loaded.Tone, loaded.Light, loaded.Motion
	scans := make([][]Scan, len(engines))
	for _, w := range windows(loaded.Trace, rec.Seconds) {
		ref, ok := loaded.Reference(w.from, w.to)
		if !ok {
			continue
		}
		s := base
		s.Baselines = baselines(w.trace)
		s.FromS, s.DurationS, s.Reference, s.Truth = w.from, w.to-w.from, ref, ref.HeartRate
		for e, opt := range engines {
			s.measure(w.trace, opt)
			scans[e] = append(scans[e], s)
		}
	}
	if len(scans[0]) == 0 {
		base.Error = fmt.Sprintf("no window of %g s has a reference", rec.Seconds)
		return failed(base)
	}
	return scans
}

// measure fills a scan with what the engine says about a trace.
func (s *Scan) measure(tr *rppg.Trace, opt engine.Options) {
	res := engine.Analyze(tr, opt)
	find := func(n biomarker.Name) biomarker.Estimate {
		e, _ := res.Find(n)
		return e
	}
	s.HeartRate, s.Respiration = find(biomarker.HeartRate), find(biomarker.RespiratoryRate)
	s.SDNN, s.RMSSD = find(biomarker.HeartRateVariability), find(biomarker.RMSSD)
	s.Others = map[biomarker.Name]biomarker.Estimate{}
	for _, m := range markers {
		s.Others[m.name] = find(m.name)
	}
	s.Features, s.Guess, s.Finger = res.Features, res.Guess, tr.Site == rppg.Finger
	var beats []float64
	for _, b := range res.Beats {
		beats = append(beats, b.Time)
	}
	s.BeatSD = beatSD(beats, s.Reference.Beats)
}

// window is a part of a trace with its place in s from the first frame.
type window struct {
	trace    *rppg.Trace
	from, to float64
}

// windows cuts a trace into adjoining windows of the given length in s; a remainder shorter than nine tenths of it
// is left out. 0 keeps the trace whole.
func windows(tr *rppg.Trace, seconds float64) []window {
	length := tr.Duration()
	if seconds <= 0 || length <= seconds {
		return []window{{tr, 0, length}}
	}
	var out []window
	for from := 0.0; from+0.9*seconds <= length; from += seconds {
		out = append(out, window{cut(tr, from, from+seconds), from, min(length, from+seconds)})
	}
	return out
}

// cut returns the part of a trace between two times in s from its first frame.
func cut(tr *rppg.Trace, from, to float64) *rppg.Trace {
	start := slices.Min(tr.TimeMS)
	part := *tr
	part.TimeMS, part.Regions, part.Background = nil, make([]rppg.Region, len(tr.Regions)), nil
	part.ShoulderDY, part.FaceBox, part.Landmarks = nil, nil, nil
	for k := range part.Regions {
		part.Regions[k].Name = tr.Regions[k].Name
	}
	if tr.Background != nil {
		part.Background = &rppg.Region{Name: tr.Background.Name}
	}
	for i, ms := range tr.TimeMS {
		if t := (ms - start) / 1000; t >= from && t < to {
			part.Append(tr.Sample(i))
		}
	}
	drop(tr, &part)
	return &part
}

// drop removes from a part the columns that the whole trace lacks.
func drop(whole, part *rppg.Trace) {
	if whole.ShoulderDY == nil {
		part.ShoulderDY = nil
	}
	if whole.FaceBox == nil {
		part.FaceBox = nil
	}
	if whole.Landmarks == nil {
		part.Landmarks = nil
	}
	for k := range whole.Regions {
		dropColumns(&whole.Regions[k], &part.Regions[k])
	}
	if whole.Background != nil {
		dropColumns(whole.Background, part.Background)
	}
}

func dropColumns(whole, part *rppg.Region) {
	if whole.Pixels == nil {
		part.Pixels = nil
	}
	if whole.Clipped == nil {
		part.Clipped = nil
	}
	if whole.Skin == nil {
		part.Skin = nil
	}
}
