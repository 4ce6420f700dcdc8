package simulate

import (
	"math"
	"slices"
)

// exposureTimes draws the times in s at which frames are exposed, sorted.
func exposureTimes(r random, cam Camera, clock Clock, duration float64) []float64 {
	n := int(duration*cam.FPS*1.2) + 10
	rate := func(int) float64 { return cam.FPS }
	if v := cam.VaryFPS; v.SD > 0 {
		wander := r.ou(n, cam.FPS, 3, v.SD)
		rate = func(i int) float64 { return min(v.Most, max(v.Least, cam.FPS+wander[i])) }
		n = len(wander)
	}
	times := make([]float64, 0, n)
	for i, t := 0, 0.0; i < n && t <= duration+1; i++ {
		times = append(times, t+clock.Jitter*r.NormFloat64())
		t += 1 / rate(i)
	}
	slices.Sort(times)
	kept := times[:0]
	holes := r.holes(clock.Stalls, duration)
	for _, t := range times {
		lost := r.Float64() < clock.Drop
		for _, h := range holes {
			lost = lost || t > h[0] && t < h[1]
		}
		if !lost && t >= 0 && t <= duration {
			kept = append(kept, t)
		}
	}
	return kept
}

// holes draws spans in s without frames.
func (r random) holes(rate, duration float64) [][2]float64 {
	if rate <= 0 {
		return nil
	}
	h := make([][2]float64, r.poisson(rate*duration))
	for i := range h {
		start := r.uniform(0, duration)
		h[i] = [2]float64{start, start + r.uniform(0.15, 0.5)}
	}
	return h
}

// expose reads the grid x at the times (rate Hz) through a shutter of three grid points.
func expose(x, times []float64, rate float64) []float64 {
	y := make([]float64, len(times))
	last := len(x) - 1
	for k, t := range times {
		i := min(last, int(t*rate))
		f := t*rate - float64(i)
		a, b, c, d := x[max(0, i-1)], x[i], x[min(last, i+1)], x[min(last, i+2)]
		y[k] = ((1-f)*(a+b+c) + f*(b+c+d)) / 3
	}
	return y
}

// sensor adds shot noise to the mean of px pixels in channel c.
func (cam Camera) sensor(r random, x []float64, px float64, c int) {
	mean, _ := meanSD(x)
	sd := cam.Noise * math.Sqrt(min(255, max(5, mean))/128) / math.Sqrt(px/4)
	if c != 1 {
		sd *= 1.35
	}
	for i := range x {
		x[i] += sd * r.NormFloat64()
	}
}

// keyFrames draws the distance between a codec's key frames, in frames.
func (cam Camera) keyFrames(r random) int {
	if cam.KeyFrames > 0 {
		return cam.KeyFrames
	}
	return []int{30, 48, 60, 120, 250}[r.IntN(5)]
}

// compress adds a codec's error to a patch: an offset drawn at each key frame
// that wanders between them, and, above 0.15 grey levels, blocks that lag behind.
func (cam Camera) compress(r random, rgb [3][]float64, every int) {
	n := len(rgb[0])
	for c, x := range rgb {
		first, step := 1.6*cam.Codec, 0.5*cam.Codec
		if c == 1 {
			first = cam.Codec
		}
		var offset float64
		for i := range x {
			if i%every == 0 {
				offset = first * r.NormFloat64()
			} else if r.Float64() < 0.15 {
				offset = 0.7*offset + step*r.NormFloat64()
			}
			x[i] += offset
		}
	}
	if cam.Codec <= 0.15 {
		return
	}
	for i := 1; i < n; i++ {
		if r.Float64() < 0.35 && i%every != 0 {
			for _, x := range rgb {
				x[i] = 0.7*x[i-1] + 0.3*x[i]
			}
		}
	}
}

// read limits levels to the range of a sensor, and rounds them to whole levels if Whole is set.
func (cam Camera) read(x []float64) {
	for i, v := range x {
		v = min(255, max(0, v))
		if cam.Whole {
			v = math.Round(v)
		}
		x[i] = v
	}
}

// texture is the SD in grey levels of the pixels of one patch around its mean.
const texture = 6

// clipped returns, for each frame, the number of px pixels that lie at or beyond the limits of the sensor (<= 5 or
// >= 250) when they spread around the means with [texture].
func clipped(rgb [3][]float64, px float64) []float64 {
	n := make([]float64, len(rgb[0]))
	for i := range n {
		var worst float64
		for _, x := range rgb {
			if x[i] > 225 || x[i] < 30 {
				worst = max(worst, tail((250-x[i])/texture)+tail((x[i]-5)/texture))
			}
		}
		n[i] = math.Round(px * min(1, worst))
	}
	return n
}

// tail is the probability that a standard normal exceeds z.
func tail(z float64) float64 { return 0.5 * math.Erfc(z/math.Sqrt2) }
