package validate

import (
	"math/rand/v2"
	"slices"
	"testing"

	"blush.example/blush/engine"
	"blush.example/blush/face"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// drawn makes scans of 30 s whose probability of being right is known: logit = -4 + 5 m + 3 half for faces, - 4 +
// 6 m + SNR / 6 dB for one region, m being the margin / 3, and with the agreement for m for fingers of two
// colours; a right guess errs by a normal of SD 3 (1 - m).
func drawn(r *rand.Rand, n int, finger, face bool) []Scan {
	scans := make([]Scan, n)
	for i := range scans {
		m := r.Float64()
		f := engine.Features{Margin: 3 * m, Agreement: r.Float64(), SNR: -6 + 12*r.Float64(), HasHalves: face, HasPatches: face, Likeness: 1}
		z := -4 + 6*m + f.SNR/6
		switch {
		case finger && i%2 == 0: // two colours
			f.Margin, f.Agreement, f.Colours = 3*f.Agreement, m, 2
		case finger:
			f.Colours = 1
		case face:
			f.HalfCorrelation, f.PatchesAgreement, f.BehindClear = r.Float64(), r.Float64(), 3*r.Float64()
			z = -4 + 5*m + 3*f.HalfCorrelation
		}
		s := Scan{Truth: 70, Features: f, Finger: finger, DurationS: 30}
		if r.Float64() < engine.Probability(z) {
			s.Guess = 70 + min(5, max(-5, 3*(1-m)*r.NormFloat64()))
		} else {
			s.Guess = 90
		}
		scans[i] = s
	}
	return scans
}

// heldBy returns the share of scans of 30 s whose interval holds the truth, among those with a score above 3: where
// nearly all scans are right, the interval is that of right ones.
func heldBy(m *engine.Model, scans []Scan) float64 {
	var intervals, held int
	for i := range scans {
		s := &scans[i]
		if score := m.Score(s.evidence()); score > 3 {
			intervals++
			if below, above := m.Interval(score, 70, 30, false, s.Features); s.Truth >= s.Guess-below && s.Truth <= s.Guess+above {
				held++
			}
		}
	}
	return share(held, intervals)
}

func TestFitFindsTheChances(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var scans []Scan
	scans = append(scans, drawn(r, 20000, false, true)...)
	scans = append(scans, drawn(r, 5000, false, false)...)
	scans = append(scans, drawn(r, 10000, true, false)...)
	cal, err := Fit(scans, "test", "drawn", Targets{Within5: 0.97, Phantoms: 0})
	if err != nil {
		t.Fatal(err)
	}
	m := cal.HeartRate.Face
	near(t, "intercept", m.Intercept, -4+3*0.7, 0.4) // the half counts from 0.7
	near(t, "margin", m.Margin, 5, 0.4)
	near(t, "the background, which says nothing here", m.Behind, 0, 0.25)
	near(t, "half correlation", m.Half, 3, 0.25)
	one := cal.HeartRate.Single
	near(t, "margin of one region", one.Margin, 6, 0.7)
	near(t, "SNR of one region", one.SNR, 1, 0.25)
	if one.Half != 0 || one.Patches != 0 {
		t.Error("a model of one region weighs what it does not have")
	}
	near(t, "agreement of the colours of a finger", cal.HeartRate.Finger.Agreement, 6, 0.7)
	near(t, "margin of a finger of one colour", cal.HeartRate.OneColour.Margin, 6, 0.7)
	if cal.HeartRate.OneColour.Agreement != 0 {
		t.Error("the model of one colour weighs its agreement with itself")
	}
	fresh := drawn(r, 20000, false, true)
	var accepted, right int
	for i := range fresh {
		s := &fresh[i]
		if engine.Probability(m.Score(s.evidence())) >= m.AcceptFrom(30) {
			accepted++
			if s.right() {
				right++
			}
		}
	}
	if v := share(right, accepted); v < 0.96 || v > 0.985 {
		t.Errorf("%.3f of the accepted fresh scans are right, asked for 0.97 at the lowest probability", v)
	}
	near(t, "share of fresh errors inside the interval", heldBy(&m, fresh), 0.9, 0.05)
	for i := 1; i < len(m.Error); i++ {
		if m.Error[i].Score <= m.Error[i-1].Score || m.Error[i].Width > m.Error[i-1].Width {
			t.Fatalf("error points out of order at %d: %+v", i, m.Error)
		}
	}
}

// The error that is known from a recording's rhythm and length is part of every error that a fit sees. Counted again
// for the interval, it would make that too wide.
func TestFitCountsTheKnownErrorOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	vary := func(scans []Scan) []Scan {
		for i := range scans {
			s := &scans[i]
			s.Features.Variation = 0.07
			if s.right() {
				s.Guess = 70 + 0.15*r.NormFloat64()
			}
		}
		return scans
	}
	m, err := fitModel(vary(drawn(r, 20000, false, true)), []column{margin, half}, Targets{Phantoms: 1}, false)
	if err != nil {
		t.Fatal(err)
	}
	fresh := vary(drawn(r, 20000, false, true))
	known := fresh[0].Features.CountError(70, 30)
	if known < 0.15 || known > 0.2 {
		t.Fatalf("the known error is %.3f bpm, want about as large as the others", known)
	}
	near(t, "share of errors inside the interval", heldBy(m, fresh), 0.9, 0.02)
}

// What shows no pulse in several ways is less often a pulse than what does in one, and says so.
func TestFitPhantomCountsTheWays(t *testing.T) {
	scan := func(dead bool, ways int) Scan {
		s := Scan{DurationS: 30, Guess: 70, Truth: 70, Features: engine.Features{HasPatches: true, Uniformity: 0.7, White: 0.9, Likeness: 1}}
		if s.Reference.Refuse = dead; dead {
			s.Truth = 0
		}
		if ways > 0 {
			s.Features.OwnRates, s.Features.Uniformity = 0.3, 0.3 // unrelated patches
		}
		if ways > 1 {
			s.Features.White = 0.999
		}
		return s
	}
	var scans []Scan
	for i := range 2000 {
		scans = append(scans, scan(false, 0))
		if i%10 == 0 {
			scans = append(scans, scan(false, 1), scan(true, 1), scan(true, 2))
		}
	}
	thing := scan(true, 1)
	none := weights(scans)(&thing) // of one in twenty
	m := &engine.Model{Phantom: fitPhantom(scans)}
	got := func(ways int) float64 {
		s := scan(false, ways)
		return engine.Probability(m.Score(s.evidence()))
	}
	near(t, "one way", got(1), 200/(200+none*200), 0.01)
	near(t, "several ways", got(2), 0, 0.03)
}

func TestFitRefusesPhantoms(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	people := drawn(r, 5000, false, true)
	phantoms := drawn(r, 2000, false, true)
	for i := range phantoms { // as trusted as people half as good
		phantoms[i].Reference.Refuse, phantoms[i].Truth = true, 0
		phantoms[i].Features.Margin *= 0.8
	}
	m, err := fitModel(append(people, phantoms...), []column{margin, half}, Targets{Within5: 0, Phantoms: 0.01}, false)
	if err != nil {
		t.Fatal(err)
	}
	var let int
	for i := range phantoms {
		if engine.Probability(m.Score(phantoms[i].evidence())) >= m.AcceptFrom(30) {
			let++
		}
	}
	if v := share(let, len(phantoms)); v > 0.01 {
		t.Errorf("%.3f of the phantoms are accepted", v)
	}
	if _, err := fitModel(people[:50], []column{margin}, Targets{}, false); err == nil {
		t.Error("50 scans made a fit")
	}
}

func TestTrainingKeepsItsSeeds(t *testing.T) {
	for _, seed := range []uint32{0, FirstCalibration - 1, FirstTest} {
		if _, err := Training(1, seed, 10); err == nil {
			t.Errorf("seed %d is no calibration seed, yet it trains", seed)
		}
	}
	set, err := Training(1, FirstCalibration, 10)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]int{}
	for _, rec := range set.Recordings {
		cases[rec.Case]++
	}
	for _, c := range []string{"easy", "hard", "refuse", "easy fewer", "hard fewer", "refuse fewer", "finger"} {
		if cases[c] == 0 {
			t.Errorf("no %s in the training set", c)
		}
	}
}

// The four regions are the same patches in the trace of a video as in a simulated one, whose patches have another order.
func TestFourRegionsAreChosenByName(t *testing.T) {
	simulated, _ := simulate.NewScene(1, 1).Trace()
	for what, tr := range map[string]*rppg.Trace{"a simulated face": simulated, "a face in a video": face.New(face.Options{}).Trace()} {
		var names []string
		for _, r := range fourRegions(tr).Regions {
			names = append(names, r.Name)
		}
		if want := []string{"forehead_2", "cheek_left_2", "cheek_right_1", "nose"}; !slices.Equal(names, want) {
			t.Errorf("%s: %v, want %v", what, names, want)
		}
	}
	if one := simulate.JoinRegions(simulated); fourRegions(one) != one || fourRegions(nil) != nil {
		t.Error("a trace without patches has changed")
	}
}
