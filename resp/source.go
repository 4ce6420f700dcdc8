package resp

import (
	"math"

	"blush.example/blush/dsp"
)

// rate is the sampling rate of the modulations in Hz.
const rate = 4.0

// trend is lambda of the smoothness prior that removes slow changes: at 4 Hz half power lies at 0.064 Hz, below 4
// breaths/min.
const trend = 100.0

// The names of the sources.
const (
	intervals = "fm"
	amplitude = "am"
	shoulder  = "shoulder"
	head      = "head"
)

// source is one modulation, evenly sampled at rate from start, without trend and outliers.
type source struct {
	name  string
	start float64
	y     []float64
	sign  float64 // makes inhalation point up
	body  bool    // movement, not pulse
}

// sources prepares every modulation that the input has, all sampled at the same times.
func (in Input) sources() []source {
	from, to := math.Inf(1), math.Inf(-1)
	span := func(a, b float64) { from, to = min(from, a), max(to, b) }
	type raw struct {
		name string
		t, x []float64
		sign float64
	}
	var all []raw
	add := func(name string, sign float64, t, x []float64) {
		if len(t) < 8 {
			return
		}
		span(t[0], t[len(t)-1])
		all = append(all, raw{name, t, x, sign})
	}
	t, x := in.intervals()
	add(intervals, -1, t, x)
	t, x = in.amplitudes()
	add(amplitude, 1, t, x)
	t, x = points(in.Shoulder)
	add(shoulder, -1, t, x)
	t, x = points(in.HeadY)
	add(head, -1, t, x)

	n := 0
	if to-from < 24*60*60 {
		n = int((to-from)*rate) + 1
	}
	if float64(n) < leastWindow*rate {
		return nil
	}
	grid := make([]float64, n)
	for i := range grid {
		grid[i] = from + float64(i)/rate
	}
	var out []source
	for _, r := range all {
		y := dsp.Detrend(dsp.PCHIP(r.t, dsp.Winsorise(r.x, 4), grid), trend)
		if dsp.SD(y) > 0 {
			out = append(out, source{r.name, from, y, r.sign, r.name == shoulder || r.name == head})
		}
	}
	return out
}

// intervals returns the inter-beat intervals at their middles.
func (in Input) intervals() (t, x []float64) {
	for i, v := range in.IBI {
		if i+1 >= len(in.BeatTimes) {
			break
		}
		at := (in.BeatTimes[i] + in.BeatTimes[i+1]) / 2
		if !(v > 0) || math.IsInf(at+v, 0) || math.IsNaN(at) || !(len(t) == 0 || at > t[len(t)-1]) {
			return nil, nil
		}
		t, x = append(t, at), append(x, v)
	}
	return t, x
}

// amplitudes returns the beats whose amplitude is known.
func (in Input) amplitudes() (t, x []float64) {
	for i, a := range in.Amplitude {
		if i >= len(in.BeatTimes) || math.IsNaN(a) || math.IsInf(a, 0) {
			continue
		}
		if b := in.BeatTimes[i]; !math.IsInf(b, 0) && (len(t) == 0 || b > t[len(t)-1]) {
			t, x = append(t, b), append(x, a)
		}
	}
	return t, x
}

// points returns a series averaged down to about the rate of the modulations.
func points(s *dsp.Series) (t, x []float64) {
	if s == nil || !(s.Rate > 0) || math.IsInf(s.Rate, 0) {
		return nil, nil
	}
	k := max(1, int(s.Rate/rate))
	for a := 0; a+k <= len(s.Samples); a += k {
		m := dsp.Mean(s.Samples[a : a+k])
		if at := s.Time(a) + float64(k-1)/2/s.Rate; !math.IsNaN(m+at) && !math.IsInf(m+at, 0) {
			t, x = append(t, at), append(x, m)
		}
	}
	return t, x
}

// around returns samples a..b of the source, filtered to a band around a rate in breaths/min.
func (s source) around(perMin float64, a, b int) []float64 {
	return dsp.Butter2Bandpass(0.6*perMin/60, 1.6*perMin/60, rate).FiltFilt(s.y[a:b])
}

// breaths returns the times, in samples from a, at which the source, filtered to a band around a rate in
// breaths/min, rises through zero. A quarter of a cycle at either end, which the filter distorts, is left out.
func (s source) breaths(perMin float64, a, b int) []float64 {
	y := s.around(perMin, a, b)
	var out []float64
	edge := int(60*rate/perMin/4) + 1
	for i := edge; i < len(y)-edge; i++ {
		if y[i-1] < 0 && y[i] >= 0 {
			out = append(out, float64(i)-y[i]/(y[i]-y[i-1]))
		}
	}
	return out
}

// counted returns the rate in breaths/min by whole cycles: their number between the first and the last breath over
// the time between those. A peak of a spectrum represents mostly the middle of its window, whole cycles all of it.
// Where a breath was missed or found twice, the number expected from perMin is used.
func counted(breaths []float64, perMin float64) float64 {
	n := len(breaths) - 1
	if n < 2 {
		return perMin
	}
	minutes := (breaths[n] - breaths[0]) / rate / 60
	cycles := perMin * minutes
	if math.Abs(float64(n)-cycles) < 0.75 {
		cycles = float64(n)
	} else {
		cycles = math.Round(cycles)
	}
	return cycles / minutes
}

// variation is the standard deviation of the lengths of breaths as a share of their mean, 0 for fewer than three.
func variation(breaths []float64) float64 {
	if len(breaths) < 4 {
		return 0
	}
	length := make([]float64, len(breaths)-1)
	for i := range length {
		length[i] = breaths[i+1] - breaths[i]
	}
	return dsp.SD(length) / dsp.Mean(length)
}

// wave returns the source, filtered to a band around a rate in breaths/min, with inhalation up and with standard
// deviation one.
func (s source) wave(perMin float64) dsp.Series {
	y := s.around(perMin, 0, len(s.y))
	if sd := dsp.SD(y); sd > 0 {
		for i := range y {
			y[i] *= s.sign / sd
		}
	}
	return dsp.Series{Rate: rate, Start: s.start, Samples: y}
}
