package engine

import "blush.example/blush/dsp"

// overlap adds up the waves of overlapping windows, each under a Hann window, to one wave for each candidate over
// the whole recording.
type overlap struct {
	sum, weight [][]float64
	hann        map[int][]float64
}

// newOverlap makes room for two more waves than candidates: those of the halves of the face.
func newOverlap(methods int) overlap {
	return overlap{sum: make([][]float64, methods+2), weight: make([][]float64, methods+2), hann: map[int][]float64{}}
}

func (o overlap) fork() overlap {
	o.sum, o.weight = cloned(o.sum), cloned(o.weight)
	return o
}

// add adds the waves of a window that starts at a sample.
func (o *overlap) add(start int, v view) {
	for k, w := range v.waves {
		o.wave(k, start, w)
	}
	for h, w := range v.halves {
		o.wave(len(v.waves)+h, start, w)
	}
}

func (o *overlap) wave(k, start int, w []float64) {
	if w == nil {
		return
	}
	h, ok := o.hann[len(w)]
	if !ok {
		h = dsp.Hann(len(w))
		o.hann[len(w)] = h
	}
	o.reach(k, start+len(w))
	sum, weight := o.sum[k][start:], o.weight[k][start:]
	for i, x := range w {
		sum[i] += h[i] * x
		weight[i] += h[i]
	}
}

func (o *overlap) reach(k, n int) {
	if d := n - len(o.sum[k]); d > 0 {
		o.sum[k] = append(o.sum[k], make([]float64, d)...)
		o.weight[k] = append(o.weight[k], make([]float64, d)...)
	}
}

// waves returns the waves over n samples, zero where no window gave any, and
// nil for a candidate that never had one.
func (o *overlap) waves(n int) [][]float64 {
	out := make([][]float64, len(o.sum))
	for k := range out {
		if len(o.sum[k]) == 0 {
			continue
		}
		out[k] = make([]float64, n)
		for i := range min(n, len(o.sum[k])) {
			if o.weight[k][i] > 0 {
				out[k][i] = o.sum[k][i] / o.weight[k][i]
			}
		}
	}
	return out
}
