package validate

import (
	"math"

	"blush.example/blush/dsp"
)

// contactBeats finds the beats of a contact pulse wave (finger or ear) by two
// moving averages (Elgendi 2013: 0.5 to 8 Hz, windows of 111 and 667 ms, offset 0.02) and
// returns the times of the systolic peaks in s. times are in s and rising.
func contactBeats(times, wave []float64) []float64 {
	const rate = 100.0
	if len(times) < 10 || len(times) != len(wave) {
		return nil
	}
	n := int((times[len(times)-1] - times[0]) * rate)
	if n < 3*rate {
		return nil
	}
	grid := make([]float64, n)
	for i := range grid {
		grid[i] = times[0] + float64(i)/rate
	}
	x := dsp.Butter2Bandpass(0.5, 8, rate).FiltFilt(dsp.PCHIP(times, wave, grid))
	squared := make([]float64, n)
	for i, v := range x {
		squared[i] = max(0, v) * max(0, v)
	}
	// half-widths of 111 and 667 ms in samples
	peak := dsp.MovingMean(squared, 5)
	beat := dsp.MovingMean(squared, 33)
	offset := 0.02 * dsp.Mean(squared)
	var beats []float64
	for i := 0; i < n; i++ {
		if peak[i] <= beat[i]+offset {
			continue
		}
		start, best := i, i
		for i < n && peak[i] > beat[i]+offset {
			if x[i] > x[best] {
				best = i
			}
			i++
		}
		if float64(i-start) < 0.111*rate || best == 0 || best == n-1 {
			continue
		}
		shift, _ := dsp.Parabola(x, best)
		beats = append(beats, grid[best]+shift/rate)
	}
	return beats
}

// beatReference returns the reference from the beats between two times in s. The rate is 60 x intervals / (last
// beat - first beat); it needs beats over nine tenths of the window and no interval outside 0.25 to 2 s.
func beatReference(beats []float64, from, to float64) (Reference, bool) {
	var r Reference
	for _, b := range beats {
		if b >= from && b <= to {
			r.Beats = append(r.Beats, b-from)
		}
	}
	n := len(r.Beats)
	if n < 4 || r.Beats[n-1]-r.Beats[0] < 0.9*(to-from)-2 {
		return Reference{}, false
	}
	var squares float64
	ibi := make([]float64, n-1)
	for i := range ibi {
		v := r.Beats[i+1] - r.Beats[i]
		if v < 0.25 || v > 2 {
			return Reference{}, false
		}
		ibi[i] = 1000 * v
		if i > 0 {
			squares += (ibi[i] - ibi[i-1]) * (ibi[i] - ibi[i-1])
		}
	}
	r.HeartRate = 60 * float64(n-1) / (r.Beats[n-1] - r.Beats[0])
	r.SDNN = math.Sqrt(sumSquares(ibi, dsp.Mean(ibi)) / float64(len(ibi)-1))
	r.RMSSD = math.Sqrt(squares / float64(len(ibi)-1))
	return r, true
}
