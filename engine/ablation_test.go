package engine

import (
	"math"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// sceneOf makes the trace of a case in a suite.
func sceneOf(t *testing.T, suite, name string, seed uint64) *rppg.Trace {
	t.Helper()
	for _, c := range simulate.Suite(suite) {
		if c.Name == name {
			tr, _ := c.Scene(seed, 30).Trace()
			return tr
		}
	}
	t.Fatalf("no case %s in %s", name, suite)
	return nil
}

// redLamp is a picture, without a background, under a lamp of a colour that no pulse has.
func redLamp() *rppg.Trace {
	tr, _ := simulate.Scenario("photo", false, 61, 30).Trace()
	tr.Background = nil
	for _, r := range tr.Regions {
		for i, ms := range tr.TimeMS {
			r.R[i] *= 1 + 0.008*math.Sin(2*math.Pi*1.15*ms/1000)
		}
	}
	return tr
}

// Each step that can be left out changes the result that it is meant to change.
func TestEachStepCanBeLeftOut(t *testing.T) {
	rate := func(r *Result) biomarker.Estimate { e, _ := r.Find(biomarker.HeartRate); return e }
	refused := func(why biomarker.Reason) func(with, without *Result) bool {
		return func(with, without *Result) bool {
			return because(rate(with)) == why && because(rate(without)) != why
		}
	}
	// wider: the same value has a wider interval than without the step.
	wider := func(with, without *Result) bool {
		a, b := rate(with), rate(without)
		return a.Value != nil && b.Value != nil && *a.Value == *b.Value && a.Interval[1]-a.Interval[0] > b.Interval[1]-b.Interval[0]
	}
	hears := func(with, without *Result) bool { return with.Features.PatchesSNR > without.Features.PatchesSNR }
	typical := func(change func(*rppg.Trace)) *rppg.Trace {
		tr, _ := simulate.Scenario("typical", false, 62, 30).Trace()
		if change != nil {
			change(tr)
		}
		return tr
	}
	type test struct {
		tr    *rppg.Trace
		also  string // left out with and without the step
		holds func(with, without *Result) bool
	}
	unrounded := typical(nil)
	tests := map[string]test{
		"rounding": {unrounded, "", func(with, without *Result) bool {
			rounded := Analyze(unrounded.Rounded(), Options{Disable: Ablation{Rounding: true}})
			return with.Features.SNR == rounded.Features.SNR && with.Features.SNR != without.Features.SNR
		}},
		"steps": {sceneOf(t, "hard", "screen", 2), "", func(with, without *Result) bool { return with.Features.SNR > without.Features.SNR+2 }},
		"copies": {copies(typical(nil), 16), "", func(with, without *Result) bool {
			return !with.Features.HasPatches && without.Features.HasPatches
		}},
		"patches": {typical(func(tr *rppg.Trace) { // hair over a patch
			for i := range tr.TimeMS {
				tr.Regions[3].G[i] *= 1 + 0.1*math.Sin(float64(i*i))
			}
		}), "", func(with, without *Result) bool {
			return with.Features.HalfCorrelation > without.Features.HalfCorrelation
		}},
		"whiten": {sceneOf(t, "fingers", "finger_drifting", 2), "", func(with, without *Result) bool {
			return with.Features.Margin != without.Features.Margin
		}},
		"count": {typical(nil), "", func(with, without *Result) bool {
			mean := dsp.Mean(without.Track.BPM)
			return *rate(without).Value == mean && *rate(with).Value != mean
		}},
		"colour": {coloured(typical(nil), [3]float64{0.11, 0.68, 0.72}), "", func(with, without *Result) bool {
			var none rppg.PulseColour
			return without.Features.PulseColour == none.Unit() && with.Features.PulseColour[2] > 0.6 && hears(with, without)
		}},
		"gains":        {sceneOf(t, "real", "lamps", 1), "", hears},
		"background":   {sceneOf(t, "dead", "lamp_pulse", 2), "suppressed", refused(biomarker.NoPulse)},
		"other-colour": {redLamp(), "suppressed", refused(biomarker.NoPulse)},
		"unrelated":    {sceneOf(t, "dead", "hearts8", 2), "", refused(biomarker.NoPulse)},
		"turning": {sceneOf(t, "real", "moving", 1), "", func(with, without *Result) bool {
			return with.Features.DiscordAtMost < without.Features.DiscordAtMost
		}},
		"moved":       {sceneOf(t, "dead", "rocked", 1), "", refused(biomarker.TooMuchMotion)},
		"slow-change": {sceneOf(t, "dead", "virtual", 106), "", refused(biomarker.NoPulse)},
		"repeats":     {repeat(typical(nil), 400, 700), "replay,trembling", refused(biomarker.Frozen)},
		"replay":      {sceneOf(t, "dead", "loop", 1), "repetition", refused(biomarker.Frozen)},
		"repetition":  {again(typical(nil), 9), "", refused(biomarker.Frozen)},
		"trembling":   {sceneOf(t, "dead", "still", 1), "", refused(biomarker.Frozen)},
		"changed":     {sceneOf(t, "dead", "joined", 2), "", refused(biomarker.FaceChanged)},
		"mask": {typical(func(tr *rppg.Trace) {
			for i, r := range tr.Regions {
				if strings.HasPrefix(r.Name, "cheek") {
					tr.Regions[i].Skin = make([]float64, len(r.Skin))
				}
			}
		}), "", refused(biomarker.NotEnoughSkin)},
		"red-limit": {sceneOf(t, "real", "bright", 1), "", func(with, without *Result) bool {
			return because(rate(without)) == biomarker.Clipped && because(rate(with)) != biomarker.Clipped
		}},
		"fewer":     {sceneOf(t, "rhythms", "dropped", 0), "", wider},
		"recount":   {sceneOf(t, "rhythms", "slow breath", 1), "", wider},
		"slow-ends": {sceneOf(t, "rhythms", "block 2:1", 16), "", wider},
		"one-by-one": {sceneOf(t, "rhythms", "pauses", 3), "", func(with, without *Result) bool {
			return with.Features.OneByOne && !without.Features.OneByOne
		}},
		"pauses":   {sceneOf(t, "rhythms", "dropped", 2), "", refused(biomarker.IrregularRhythm)},
		"disputed": {sceneOf(t, "rhythms", "block 3:2", 2), "pauses", refused(biomarker.IrregularRhythm)},
		"off-grid": {sceneOf(t, "rhythms", "slow", 1), "", refused(biomarker.OutOfRange)},
		"mixture":  {sceneOf(t, "fingers", "finger_two", 3), "", wider},
		"slips":    {sceneOf(t, "fingers", "finger_two", 3), "", wider},
		"clock":    {typical(func(tr *rppg.Trace) { tr.Device.Timing = rppg.TimingNominal }), "", wider},
		"monitor":  {sceneOf(t, "fingers", "finger_three", 2), "", wider},
		"one-colour": {sceneOf(t, "fingers", "finger_one", 1), "", func(with, without *Result) bool {
			return rate(with).Confidence != rate(without).Confidence
		}},
		"POS": {}, "mean colour": {}, "LCMV": {}, "LCMV regions": {},
		"LCMV patches": {typical(nil), "", func(with, without *Result) bool {
			return with.Features.PatchesAgreement > 0 && without.Features.PatchesAgreement == 0
		}},
	}
	for _, s := range AblationSteps() {
		c, ok := tests[s.Name]
		if !ok {
			if !slices.ContainsFunc(rules, func(r rule) bool { return r.step == s.Name }) {
				t.Errorf("%s is not tested", s.Name)
			}
			continue
		}
		if c.tr == nil { // one candidate of several
			c = test{typical(nil), "", func(with, without *Result) bool {
				return with.Features.Margin != without.Features.Margin
			}}
		}
		var also []string
		if c.also != "" {
			also = strings.Split(c.also, ",")
		}
		common, err := Without(also...)
		if err != nil {
			t.Fatal(err)
		}
		off, err := Without(append(also, s.Name)...)
		if err != nil {
			t.Fatal(err)
		}
		with, without := Analyze(c.tr, Options{Disable: common}), Analyze(c.tr, Options{Disable: off})
		if !c.holds(with, without) {
			t.Errorf("%s changes nothing that it is there for: with it %s, without %s", s.Name, show(rate(with)), show(rate(without)))
		}
	}
}

// rule is a case that a step takes for a phantom, or prevents from being taken for one.
type rule struct {
	step string
	is   Features
	not  bool
}

var rules = []rule{
	{"even", Features{Behind: 0.05, BehindClear: 2, DiscordAtMost: 0.01, Likeness: 1}, false},
	{"alike", Features{Behind: 0.5, BehindClear: 9, BehindAlike: 0.5, Likeness: 1}, true},
	{"white-light", Features{White: 0.99, Uniformity: 0.9, Likeness: 1}, false},
	{"white-wave", Features{White: 0.995, Uniformity: 0.5, SNR: 5, Likeness: 1}, false},
	{"mechanical", Features{BackgroundLight: 255, Uniformity: 0.99, Steadiness: 0.97, Likeness: 1}, false},
	{"not-in-patches", Features{HasPatches: true, PatchesSNR: -9, Likeness: 1}, false},
	{"slow-change", Features{SlowChange: 0.0001, Likeness: 1}, false},
	{"motionless", Features{StillShare: 0.9, Likeness: 1}, false},
	{"other-colour", Features{SNR: 5, Likeness: 0.1}, false},
	{"unrelated", Features{Discord: 2, Likeness: 1}, false},
	{"moved", Features{Sway: 0.01, Pushed: 0.99, Likeness: 1}, false},
	{"suppressed", Features{HasPatches: true, SNR: 16, PatchesSNR: -2, Uniformity: 0.99, Likeness: 1}, false},
	{"sliding", Features{HasPatches: true, White: 0.99, Uniformity: 0.1, Likeness: 1}, false},
}

// A rule is left out by its own name and by no other.
func TestOnlyOneRuleIsLeftOut(t *testing.T) {
	for _, r := range rules {
		for _, s := range AblationSteps() {
			f := r.is
			f.off, _ = Without(s.Name)
			if got := EvidenceOf(f, 30).Phantom > 0; got != (s.Name != r.step != r.not) {
				t.Errorf("without %s: what %s is for is a phantom: %v", s.Name, r.step, got)
			}
		}
	}
}

func TestStepsHaveNames(t *testing.T) {
	var all []string
	for _, s := range AblationSteps() {
		if s.Name == "" || s.Does == "" || slices.Contains(all, s.Name) {
			t.Errorf("%+v", s)
		}
		all = append(all, s.Name)
		if a, err := Without(s.Name); err != nil || !slices.Equal(a.Names(), []string{s.Name}) {
			t.Errorf("without %s: %v, %v", s.Name, a.Names(), err)
		}
	}
	if a, err := Without(all...); err != nil || !slices.Equal(a.Names(), all) {
		t.Errorf("without all: %v, %v", a.Names(), err)
	}
	if _, err := Without("nothing of the kind"); err == nil || !strings.Contains(err.Error(), "LCMV patches") {
		t.Errorf("an unknown step: %v", err)
	}
}
