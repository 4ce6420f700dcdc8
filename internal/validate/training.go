package validate

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// Training returns the scans on which a calibration is fitted: the suites easy, hard, tone, rates, refuse, real
// and dead of faces; some of these faces as one region, as four, or without the background; and fingers with
// pulses of all strengths, and without a pulse. The seed must lie from [FirstCalibration] to below [FirstTest].
func Training(scans int, seed uint32, seconds float64) (Set, error) {
	if seed < FirstCalibration || seed >= FirstTest {
		return Set{}, fmt.Errorf("seed %d: calibrations use %d to %d, so that no scan is both fitted and tested", seed, FirstCalibration, FirstTest-1)
	}
	set := Set{Name: "training", Reference: "simulated beats"}
	for _, name := range []string{"easy", "hard", "tone", "rates", "refuse", "real", "dead"} {
		suite, err := Suite(name, scans, seed, seconds)
		if err != nil {
			return Set{}, err
		}
		for i, rec := range suite.Recordings {
			if rec.Case == "lamp_faint" || rec.Case == "lamp_overexposed" { // hardly visible on the wall: it can't be recognised, so it must not set a limit
				continue
			}
			lamp := strings.HasPrefix(rec.Case, "lamp")
			rec.Case = name
			if name != "rates" { // fast rates are used only with fewer regions
				set.Recordings = append(set.Recordings, rec)
			}
			less := map[int]func(*rppg.Trace) *rppg.Trace{0: simulate.JoinRegions, 1: fourRegions, 2: faceAlone}[i%4]
			if less != nil && (!lamp || i%4 != 2) { // without the background, a lamp in a pulse's colour can't be recognised
				set.Recordings = append(set.Recordings, Recording{Case: name + " fewer", ID: rec.ID + "/fewer",
					Load: func(ctx context.Context) (Loaded, error) {
						l, err := rec.Load(ctx)
						l.Trace = less(l.Trace)
						return l, err
					}})
			}
		}
	}
	set.Recordings = append(set.Recordings, fingers(2*scans, seed, seconds)...) // shared by two models
	return set, nil
}

// fingers draws fingertips: two cases with a steady hand and a pulse of any strength, and those of the suite
// fingers. Cases without a pulse come three times, so that a share of one in some hundred can be measured.
// Pressure at the rate of a heart is left out, since one region can't distinguish it from a pulse.
func fingers(scans int, seed uint32, seconds float64) []Recording {
	draws := []func(seed uint64) simulate.Scene{
		func(seed uint64) simulate.Scene { return steadyFinger(seed, seconds) },
		func(seed uint64) simulate.Scene { return steadyFinger(seed, seconds) },
	}
	for _, c := range simulate.Suite("fingers") {
		times := 1
		switch {
		case c.Name == "pressed":
			times = 0
		case slices.Contains(simulate.DeadFingers, c.Name):
			times = 3
		}
		for range times {
			draws = append(draws, func(seed uint64) simulate.Scene { return c.Scene(seed, seconds) })
		}
	}
	var out []Recording
	for i := range len(draws) * scans {
		out = append(out, Recording{Case: "finger", ID: fmt.Sprintf("finger/%d/%d", seed, i),
			Load: func(context.Context) (Loaded, error) {
				return simulated(draws[i/scans](uint64(seed)*scansPerSeed + uint64(i))), nil
			}})
	}
	return out
}

// steadyFinger draws a finger whose pulse has any strength from 1 to 1/200, or none.
func steadyFinger(seed uint64, seconds float64) simulate.Scene {
	s := simulate.Finger(seed, seconds)
	s.PulseGain = math.Exp(-math.Log(200) * float64(seed%97) / 96)
	s.Motion.Sway *= 1 + float64(seed%5)
	if seed%7 == 0 {
		s.Motion.Burst = 0.02
	}
	s.Pulse = seed%4 != 0
	return s
}

// faceAlone leaves out the background.
func faceAlone(tr *rppg.Trace) *rppg.Trace {
	if tr == nil {
		return tr
	}
	out := *tr
	out.Background = nil
	return &out
}

// fourRegions keeps four patches: a forehead, two cheeks, a nose. A trace without them stays as it is.
func fourRegions(tr *rppg.Trace) *rppg.Trace {
	if tr == nil {
		return tr
	}
	out := *tr
	out.Regions = nil
	for _, name := range []string{"forehead_2", "cheek_left_2", "cheek_right_1", "nose"} {
		i := slices.IndexFunc(tr.Regions, func(r rppg.Region) bool { return r.Name == name })
		if i < 0 {
			return tr
		}
		out.Regions = append(out.Regions, tr.Regions[i])
	}
	return &out
}
