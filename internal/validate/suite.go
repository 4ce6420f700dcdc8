package validate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// Seeds of simulated scans are disjoint by construction: scan i of seed S is drawn
// from S<<32 + i. S below [FirstCalibration] is for building the engine, S from there to
// below [FirstTest] for fitting its calibration, S from [FirstTest] on for stating its accuracy.
const (
	FirstCalibration = 100
	FirstTest        = 1000
	scansPerSeed     = 1 << 32
)

// single is the suite of the scenes in real and dead, each with all its patches averaged into one region.
const single = "single"

// SuiteNames lists the names of the suites that [Suite] returns.
func SuiteNames() []string { return append(slices.Clone(simulate.Suites), single, films) }

// suiteCase is a case of a suite: one recording for each seed.
type suiteCase struct {
	name string
	load func(ctx context.Context, seed uint64, seconds float64) (Loaded, error)
}

// from returns suite cases for cases of the simulator.
func from(cases []simulate.Case, load func(simulate.Scene) Loaded) (out []suiteCase) {
	for _, c := range cases {
		out = append(out, suiteCase{c.Name, func(_ context.Context, seed uint64, seconds float64) (Loaded, error) {
			return load(c.Scene(seed, seconds)), nil
		}})
	}
	return out
}

// Suite returns scans made by the simulator, the same number of each case of a suite of [SuiteNames].
func Suite(name string, scans int, seed uint32, seconds float64) (Set, error) {
	var cases []suiteCase
	switch name {
	case films:
		cases = filmedCases()
	case single:
		cases = from(slices.Concat(simulate.Suite("real"), simulate.Suite("dead")), asOne)
	default:
		cases = from(simulate.Suite(name), simulated)
	}
	if cases == nil {
		return Set{}, fmt.Errorf("no suite is called %q; the suites are %s", name, strings.Join(SuiteNames(), ", "))
	}
	if scans < 1 || seconds < 1 || seconds > 7200 {
		return Set{}, fmt.Errorf("%d scans of %g s: want at least 1 scan of 1 to 7200 s", scans, seconds)
	}
	set := Set{Name: name, Reference: "simulated beats: 60 x intervals / (last beat - first beat) in the same scan"}
	for _, c := range cases {
		for i := range scans {
			s := uint64(seed)*scansPerSeed + uint64(i)
			set.Recordings = append(set.Recordings, Recording{
				Case: c.name, ID: fmt.Sprintf("%s/%s/%d/%d", name, c.name, seed, i),
				Load: func(ctx context.Context) (Loaded, error) { return c.load(ctx, s, seconds) },
			})
		}
	}
	return set, nil
}

// asOne makes the trace of a scene with all its patches averaged into one region.
func asOne(scene simulate.Scene) Loaded {
	l := simulated(scene)
	l.Trace = simulate.JoinRegions(l.Trace)
	return l
}

// simulated makes the trace of a scene and its reference.
func simulated(scene simulate.Scene) Loaded {
	tr, truth := scene.Trace()
	return known(scene, tr, truth)
}

// known combines a recording of a scene with its true values.
func known(scene simulate.Scene, tr *rppg.Trace, truth simulate.Truth) Loaded {
	ref := Reference{Refuse: !truth.HasPulse}
	if truth.HasPulse {
		ref = Reference{HeartRate: truth.HeartRate, RespiratoryRate: truth.RespiratoryRate,
			SDNN: truth.SDNN, RMSSD: truth.RMSSD, Beats: truth.Beats}
	}
	return Loaded{Trace: tr, Tone: truth.Tone, Light: lightOf(scene), Motion: motionOf(scene),
		Reference: func(float64, float64) (Reference, bool) { return ref, true }}
}

// lightOf names the worst disturbance by a scene's light.
func lightOf(s simulate.Scene) string {
	switch {
	case s.Light.Line > 0, s.Light.Lamp.Size > 0:
		return "periodic"
	case s.Light.Screen > 0:
		return "screen"
	case s.Camera.Noise > 5:
		return "low"
	case s.Light.Drift < 0.004:
		return "steady"
	}
	return "ordinary"
}

// motionOf names the strongest motion of a scene.
func motionOf(s simulate.Scene) string {
	switch {
	case s.Motion.Amplitude > 0, s.Motion.Rock > 0:
		return "periodic"
	case s.Motion.Hand > 0:
		return "held"
	case s.Motion.Burst > 0:
		return "talking"
	case s.Motion.Sway < 0.002:
		return "still"
	case s.Motion.Sway < 0.006:
		return "slight"
	}
	return "moving"
}
