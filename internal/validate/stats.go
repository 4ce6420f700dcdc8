package validate

import (
	"math"
	"slices"

	"blush.example/blush/dsp"
)

// Agreement compares values with a reference, in their unit.
type Agreement struct {
	N int `json:"n"`
	// MAE, RMSE, Bias (value minus reference) and SD of the differences.
	MAE  float64 `json:"mae"`
	RMSE float64 `json:"rmse"`
	Bias float64 `json:"bias"`
	SD   float64 `json:"sd"`
	// MAPE is the mean absolute difference in percent of the reference, over references other than 0.
	MAPE float64 `json:"mape_percent"`
	// Median and P95 of the absolute differences.
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
	// Within3, Within5 and Within10 are the shares of differences of at most 3, 5 and 10, 0..1.
	Within3  float64 `json:"within_3"`
	Within5  float64 `json:"within_5"`
	Within10 float64 `json:"within_10"`
	// Limits are the 95 % limits of agreement for repeated measures where the true
	// value varies (Bland & Altman 2007, section 3): bias ± 1.96 sqrt(between +
	// within variance). LimitSE is the standard error of each limit, about
	// sqrt(3 / people) of that SD (Bland & Altman 1986).
	Limits  [2]float64 `json:"limits_of_agreement"`
	LimitSE float64    `json:"limits_se"`
	People  int        `json:"people"`
}

// pair is one value with its reference and the person it belongs to.
type pair struct {
	value, reference float64
	person           string
}

// agree computes the agreement of pairs; nil without any.
func agree(pairs []pair) *Agreement {
	if len(pairs) == 0 {
		return nil
	}
	a := &Agreement{N: len(pairs)}
	n := float64(len(pairs))
	nonzero := 0.0
	diff, size := make([]float64, len(pairs)), make([]float64, len(pairs))
	for i, p := range pairs {
		d := p.value - p.reference
		diff[i], size[i] = d, math.Abs(d)
		a.MAE += size[i] / n
		a.RMSE += d * d / n
		a.Bias += d / n
		if p.reference != 0 {
			a.MAPE += 100 * size[i] / math.Abs(p.reference)
			nonzero++
		}
		for _, w := range []struct {
			share *float64
			limit float64
		}{{&a.Within3, 3}, {&a.Within5, 5}, {&a.Within10, 10}} {
			if size[i] <= w.limit {
				*w.share++ // a count, divided below: adding 1/n each time would not sum to 1 exactly
			}
		}
	}
	a.Within3, a.Within5, a.Within10 = a.Within3/n, a.Within5/n, a.Within10/n
	a.RMSE, a.MAPE = math.Sqrt(a.RMSE), a.MAPE/max(nonzero, 1)
	a.Median, a.P95 = dsp.Percentile(size, 50), dsp.Percentile(size, 95)
	if len(pairs) > 1 {
		a.SD = math.Sqrt(sumSquares(diff, a.Bias) / (n - 1))
	}
	spread := a.repeated(pairs, diff)
	a.Limits = [2]float64{a.Bias - 1.96*spread, a.Bias + 1.96*spread}
	a.LimitSE = spread * math.Sqrt(3/float64(a.People))
	return a
}

// repeated returns the SD of one difference of a new person, from the variance
// within and between people (one-way analysis of variance), and counts the people.
func (a *Agreement) repeated(pairs []pair, diff []float64) float64 {
	groups := map[string][]float64{}
	for i, p := range pairs {
		groups[p.person] = append(groups[p.person], diff[i])
	}
	a.People = len(groups)
	n, k := float64(len(diff)), float64(len(groups))
	if k < 2 || k == n {
		return a.SD
	}
	var within, between, squares float64
	people := make([]string, 0, len(groups))
	for p := range groups {
		people = append(people, p)
	}
	slices.Sort(people) // so that sums are the same in each run
	for _, p := range people {
		g := groups[p]
		m := dsp.Mean(g)
		within += sumSquares(g, m)
		between += float64(len(g)) * (m - a.Bias) * (m - a.Bias)
		squares += float64(len(g)) * float64(len(g))
	}
	within /= n - k
	between /= k - 1
	size := (n - squares/n) / (k - 1) // the typical number of measurements of one person
	return math.Sqrt(within + max(0, (between-within)/size))
}

func sumSquares(x []float64, around float64) float64 {
	var s float64
	for _, v := range x {
		s += (v - around) * (v - around)
	}
	return s
}

// Bin is one bar of a reliability diagram.
type Bin struct {
	// Confidence is the mean confidence, Right the share that was right, both 0..1.
	Confidence float64 `json:"confidence"`
	Right      float64 `json:"right"`
	N          int     `json:"n"`
}

// reliability sorts confidences (0..1) into ten bins and returns them with the expected calibration error: the
// mean, over scans, of the distance between the stated confidence and the share that was right (Naeini 2015).
func reliability(confidence []float64, right []bool) ([]Bin, float64) {
	bins := make([]Bin, 10)
	for i, c := range confidence {
		b := &bins[min(9, max(0, int(c*10)))]
		b.N++
		b.Confidence += c
		if right[i] {
			b.Right++
		}
	}
	var ece float64
	for i := range bins {
		b := &bins[i]
		if b.N == 0 {
			continue
		}
		ece += math.Abs(b.Confidence-b.Right) / float64(len(confidence))
		b.Confidence /= float64(b.N)
		b.Right /= float64(b.N)
	}
	return slices.DeleteFunc(bins, func(b Bin) bool { return b.N == 0 }), ece
}

// beatSD matches beats to reference beats and returns the SD of the timing errors
// in ms about their median, which a constant delay does not change; 0 when fewer
// than six match within 0.25 s.
func beatSD(beats, reference []float64) float64 {
	if len(beats) < 6 || len(reference) < 6 {
		return 0
	}
	var offset float64
	var errs []float64
	for range 4 {
		errs = errs[:0]
		for _, b := range beats {
			if d := b - offset - nearest(reference, b-offset); math.Abs(d) < 0.4 {
				errs = append(errs, d)
			}
		}
		offset += dsp.Median(errs)
	}
	kept := errs[:0]
	for _, b := range beats {
		if d := b - offset - nearest(reference, b-offset); math.Abs(d) < 0.25 {
			kept = append(kept, 1000*d)
		}
	}
	if len(kept) < 6 {
		return 0
	}
	return dsp.SD(kept)
}

// nearest returns the value of a sorted slice closest to v.
func nearest(sorted []float64, v float64) float64 {
	i, _ := slices.BinarySearch(sorted, v)
	switch {
	case i == 0:
		return sorted[0]
	case i == len(sorted) || v-sorted[i-1] < sorted[i]-v:
		return sorted[i-1]
	}
	return sorted[i]
}
