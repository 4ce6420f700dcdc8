package validate

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/engine"
	"blush.example/blush/rppg"
)

// PhantomShare is the share of scans without a pulse that a fit assumes. Those among the scans of the fit are
// weighted to that share.
const PhantomShare = 0.05

// Targets are the properties that a calibration must reach. For each length, the lowest accepting probability is
// chosen that reaches them on the scans of the fit of that length.
type Targets struct {
	// Within5 is the least share of accepted scans of people within [Tolerance], 0..1.
	Within5 float64
	// Phantoms is the greatest share of scans without a pulse that may be accepted, 0..1.
	Phantoms float64
}

// Fit returns the calibration fitted to scans, which must not be used for stating accuracy. The probability that
// the track is right ([engine.TrackTolerance]) is a logistic regression on the features (scans without a pulse
// count as wrong whatever their guess). The probability of a beat more or less is another regression, on
// [engine.SlipEvidence], from the scans of people with a right track. The error of the others is measured at
// rising scores, and the error of wrong tracks is their median.
func Fit(scans []Scan, version, source string, want Targets) (*engine.Calibration, error) {
	cal := &engine.Calibration{Version: version, Source: source}
	for _, kind := range []struct {
		name    string
		model   *engine.Model
		columns []column
	}{
		{"face", &cal.HeartRate.Face, []column{half, patches, patchesSNR, margin, behind, discord, ownRates, brevity}},
		{"single", &cal.HeartRate.Single, []column{half, margin, snr, behind, brevity}},
		{"finger", &cal.HeartRate.Finger, []column{agreement, margin, snr, brevity}},
		{"one_colour", &cal.HeartRate.OneColour, []column{margin, snr, brevity}},
	} {
		var part []Scan
		for i := range scans {
			if s := &scans[i]; s.Error == "" && s.Guess > 0 && cal.HeartRate.For(s.site(), s.Features) == kind.model {
				part = append(part, *s)
			}
		}
		m, err := fitModel(part, kind.columns, want, kind.name == "single")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.name, err)
		}
		*kind.model = *m
	}
	return cal, nil
}

// site returns the site of a scan.
func (s *Scan) site() rppg.Site {
	if s.Finger {
		return rppg.Finger
	}
	return rppg.Face
}

// plainlyRefused reports a scan that is refused by any calibration: there is plainly no pulse, or the recording
// itself is at fault.
func (s *Scan) plainlyRefused() bool {
	e := s.HeartRate
	return s.evidence().Phantom > 0 || e.Reason != nil && (e.Confidence == 0 || *e.Reason == biomarker.OutOfRange)
}

// right reports whether a scan's guess counts as right.
func (s *Scan) right() bool { return s.off() <= Tolerance }

// onTrack reports whether a scan's guess is from a right track.
func (s *Scan) onTrack() bool { return s.off() <= engine.TrackTolerance(s.DurationS) }

// off returns the error of a scan's guess in bpm; it is infinite where there is no true value.
func (s *Scan) off() float64 {
	if s.Reference.Refuse || !(s.Truth > 0) {
		return math.Inf(1)
	}
	return math.Abs(s.Guess - s.Truth)
}

// slipped reports whether a scan's guess is nearer to a beat more or less than to the truth.
func (s *Scan) slipped() bool { return s.off()*s.DurationS/60 > 0.5 }

// column is one part of the evidence, and its weight in a model.
type column struct {
	of     func(engine.Evidence) float64
	weight func(*engine.Model) *float64
}

var (
	agreement  = column{func(e engine.Evidence) float64 { return e.Agreement }, func(m *engine.Model) *float64 { return &m.Agreement }}
	half       = column{func(e engine.Evidence) float64 { return e.Half }, func(m *engine.Model) *float64 { return &m.Half }}
	patches    = column{func(e engine.Evidence) float64 { return e.Patches }, func(m *engine.Model) *float64 { return &m.Patches }}
	patchesSNR = column{func(e engine.Evidence) float64 { return e.PatchesSNR }, func(m *engine.Model) *float64 { return &m.PatchesSNR }}
	margin     = column{func(e engine.Evidence) float64 { return e.Margin }, func(m *engine.Model) *float64 { return &m.Margin }}
	behind     = column{func(e engine.Evidence) float64 { return e.Behind }, func(m *engine.Model) *float64 { return &m.Behind }}
	discord    = column{func(e engine.Evidence) float64 { return e.Discord }, func(m *engine.Model) *float64 { return &m.Discord }}
	ownRates   = column{func(e engine.Evidence) float64 { return e.OwnRates }, func(m *engine.Model) *float64 { return &m.OwnRates }}
	snr        = column{func(e engine.Evidence) float64 { return e.SNR }, func(m *engine.Model) *float64 { return &m.SNR }}
	brevity    = column{func(e engine.Evidence) float64 { return e.Brevity }, func(m *engine.Model) *float64 { return &m.Brevity }}
)

// evidence returns the input of a model for a scan.
func (s *Scan) evidence() engine.Evidence { return engine.EvidenceOf(s.Features, s.DurationS) }

// fitModel fits the model of one kind of recording on its columns. Scans that are plainly refused are not part of
// the regression, but count for the share of scans without a pulse. Those that plainly show no pulse have a
// regression of their own. One region can't distinguish a mask from a face. So for a single region no share of phantoms is required
// from 30 s on, and three times the wanted share below, since a short photograph passes more easily than a mask.
func fitModel(scans []Scan, columns []column, want Targets, single bool) (*engine.Model, error) {
	if len(scans) < 100 {
		return nil, fmt.Errorf("%d scans: want at least 100", len(scans))
	}
	all := scans
	scans = nil
	for i := range all {
		if !all[i].plainlyRefused() {
			scans = append(scans, all[i])
		}
	}
	x := make([][]float64, len(scans))
	y := make([]bool, len(scans))
	weight := make([]float64, len(scans))
	weigh := weights(all)
	for i := range scans {
		e := scans[i].evidence()
		x[i] = []float64{1}
		for _, c := range columns {
			x[i] = append(x[i], c.of(e))
		}
		y[i], weight[i] = scans[i].onTrack(), weigh(&scans[i])
	}
	if n := count(y); n < 20 || len(y)-n < 20 {
		return nil, fmt.Errorf("%d right and %d wrong scans: want at least 20 of each", n, len(y)-n)
	}
	w := logistic(x, y, weight, 1e-2)
	m := &engine.Model{Intercept: round(w[0], 4)}
	for j, c := range columns {
		*c.weight(m) = round(w[j+1], 4)
	}
	m.Slip, m.Astray = fitSlip(scans, m), astray(scans)
	m.Phantom = fitPhantom(all)
	m.Error = errorPoints(scans, m)
	lengths := map[float64][]Scan{}
	for _, s := range all {
		t := math.Round(s.DurationS)
		lengths[t] = append(lengths[t], s)
	}
	for _, t := range slices.Sorted(maps.Keys(lengths)) {
		if part := lengths[t]; len(part) >= leastOfLength {
			limit := want
			switch {
			case single && t >= 29:
				limit.Phantoms = 1
			case single:
				limit.Phantoms *= 3
			}
			m.Accept = append(m.Accept, engine.AcceptAt{Seconds: t, Probability: acceptFrom(part, m, limit)})
		}
	}
	return m, nil
}

func count(y []bool) int {
	n := 0
	for _, v := range y {
		if v {
			n++
		}
	}
	return n
}

// logistic returns the coefficients of a logistic regression on weighted rows by
// Newton's method, with a ridge on all but the first (the intercept).
func logistic(x [][]float64, y []bool, weight []float64, ridge float64) []float64 {
	k := len(x[0])
	w := make([]float64, k)
	for range 50 {
		hessian, gradient := make([]float64, k*k), make([]float64, k)
		for j := 1; j < k; j++ {
			hessian[j*k+j] = ridge
			gradient[j] = -ridge * w[j]
		}
		for i, row := range x {
			var z float64
			for j, v := range row {
				z += w[j] * v
			}
			p := engine.Probability(z)
			target := 0.0
			if y[i] {
				target = 1
			}
			for j, v := range row {
				gradient[j] += weight[i] * (target - p) * v
				for l, u := range row {
					hessian[j*k+l] += weight[i] * p * (1 - p) * v * u
				}
			}
		}
		for j := range k {
			hessian[j*k+j] += 1e-9
		}
		step, ok := dsp.SolveSPD(hessian, gradient)
		if !ok {
			return w
		}
		var size float64
		for j := range w {
			w[j] += step[j]
			size = max(size, math.Abs(step[j]))
		}
		if size < 1e-9 {
			break
		}
	}
	return w
}

// weights returns the weight of each scan in a fit: 1 with a pulse, and without one such that those without make up
// [PhantomShare].
func weights(scans []Scan) func(*Scan) float64 {
	n := 0
	for i := range scans {
		if scans[i].Reference.Refuse {
			n++
		}
	}
	none := PhantomShare / (1 - PhantomShare) * float64(len(scans)-n) / float64(max(1, n))
	return func(s *Scan) float64 {
		if s.Reference.Refuse {
			return none
		}
		return 1
	}
}

// fitPhantom fits the probability that the guess of a scan that plainly shows no pulse is right. With one scan more, half
// of it right, no weight grows without bound where there are none.
func fitPhantom(scans []Scan) engine.Phantom {
	weigh := weights(scans)
	x, y, weight := [][]float64{{1, 0, 0, 0}, {1, 0, 0, 0}}, []bool{true, false}, []float64{0.5, 0.5}
	for i := range scans {
		if s := &scans[i]; s.evidence().Phantom > 0 {
			e := engine.PhantomEvidence(s.evidence())
			x, y, weight = append(x, e[:]), append(y, s.onTrack()), append(weight, weigh(s))
		}
	}
	w := [4]float64(logistic(x, y, weight, 0.1))
	for i := range w {
		w[i] = round(w[i], 4)
	}
	return engine.PhantomOf(w)
}

// fitSlip fits the probability that a scan of a person with a right track is a beat off.
func fitSlip(scans []Scan, m *engine.Model) engine.Slip {
	var x [][]float64
	var y []bool
	var weight []float64
	for i := range scans {
		if s := &scans[i]; s.onTrack() {
			e := engine.SlipEvidence(s.Features, m.Score(s.evidence()))
			x, y, weight = append(x, e[:]), append(y, s.slipped()), append(weight, 1)
		}
	}
	w := [7]float64(logistic(x, y, weight, 0.1))
	for i := range w {
		w[i] = round(w[i], 4)
	}
	return engine.SlipOf(w)
}

// leastAstray is the least error in bpm assumed for a wrong track: with one close to [Tolerance], half of such
// rates would count as right.
const leastAstray = 10

// astray returns the median error of the guesses of people with a wrong track.
func astray(scans []Scan) float64 {
	var off []float64
	for i := range scans {
		if s := &scans[i]; !s.Reference.Refuse && s.Truth > 0 && !s.onTrack() {
			off = append(off, s.off())
		}
	}
	return round(max(leastAstray, dsp.Median(off)), 1)
}

// errorPoints returns the error beyond [engine.Features.CountError], scaled to 30 s, that 90 % of the scans of people
// whose beats are certain and counted right stay below, in groups of rising score. It never rises with the score.
func errorPoints(scans []Scan, m *engine.Model) []engine.ErrorAt {
	type point struct{ score, err float64 }
	var points []point
	for i := range scans {
		if s := &scans[i]; s.onTrack() && !s.slipped() && s.Features.Certain() {
			known := s.Features.CountError(s.Guess, s.DurationS)
			beyond := math.Sqrt(max(0, s.off()*s.off()-known*known))
			points = append(points, point{m.Score(s.evidence()), beyond * engine.Narrowing(s.DurationS, s.Finger)})
		}
	}
	slices.SortFunc(points, func(a, b point) int { return int(math.Copysign(1, a.score-b.score)) })
	size := max(40, len(points)/50)
	var out []engine.ErrorAt
	for start := 0; start+size <= len(points); start += size {
		group := points[start:min(len(points), start+size)]
		var errs, scores []float64
		for _, p := range group {
			errs, scores = append(errs, p.err), append(scores, p.score)
		}
		e := engine.ErrorAt{Score: round(dsp.Median(scores), 3), Width: round(max(0.05, dsp.Percentile(errs, 90)), 3)}
		for len(out) > 0 && out[len(out)-1].Width < e.Width { // pool groups that violate the order
			e.Width = round((out[len(out)-1].Width+e.Width)/2, 3)
			out = out[:len(out)-1]
		}
		if len(out) == 0 || e.Score > out[len(out)-1].Score {
			out = append(out, e)
		}
	}
	return out
}

func round(v float64, digits int) float64 {
	p := math.Pow(10, float64(digits))
	return math.Round(v*p) / p
}

// leastAccept is the lowest accepting probability that a fit may choose, whatever its scans allow. leastOfLength
// is the number of scans of a length that it needs to choose one.
const (
	leastAccept   = 0.80
	leastOfLength = 100
)

// acceptFrom returns the lowest probability, in steps of 0.01 from 0.80, at which the accepted scans reach the
// targets, or 0.99.
func acceptFrom(scans []Scan, m *engine.Model, want Targets) float64 {
	for p := leastAccept; p < 0.99; p += 0.01 {
		var people, good, phantoms, let int
		for i := range scans {
			s := &scans[i]
			in := !s.plainlyRefused() && engine.Probability(m.Score(s.evidence())) >= p
			switch {
			case s.Reference.Refuse:
				phantoms++
				if in {
					let++
				}
			case in:
				people++
				if s.right() {
					good++
				}
			}
		}
		if share(good, people) >= want.Within5 && share(let, phantoms) <= want.Phantoms {
			return round(p, 2)
		}
	}
	return 0.99
}
