package engine

import (
	"fmt"
	"math"
	"math/rand/v2"

	"blush.example/blush/rppg"
)

// train is a face of sixteen patches, or a finger, whose blood follows given beats, which the simulator's hearts
// can't do.
type train struct {
	beats   []float64 // s
	heights []float64 // of each beat's pulse; nil: all 1
	seconds float64
	noise   float64 // SD of a patch in grey levels
	seed    uint64
	finger  bool
	times   []float64 // s, of the frames; nil: 30 a second
}

// pulse is the height of the blood at t: for each beat a wave and its reflection, wider
// with the interval that follows, of 1.6 s at most.
func (w train) pulse(t float64) float64 {
	y := 0.0
	for i, b := range w.beats {
		if t < b-1 || t > b+2.5 {
			continue
		}
		long := 0.8
		if i+1 < len(w.beats) {
			long = w.beats[i+1] - b
		}
		s, a := math.Sqrt(min(max(long, 0.25), 1.6)), 1.0
		if w.heights != nil {
			a = w.heights[i]
		}
		u, v := (t-b-0.15*s)/(0.10*s), (t-b-0.39*s)/(0.12*s)
		y += a * (math.Exp(-u*u/2) + 0.35*math.Exp(-v*v/2))
	}
	return y
}

func (w train) trace() *rppg.Trace {
	r := rand.New(rand.NewPCG(w.seed, 77))
	n := 16
	tr := &rppg.Trace{Version: 1, Site: rppg.Face, Background: &rppg.Region{Name: "background"}, Device: rppg.Device{Source: "browser", Width: 1280, Height: 720, Timing: rppg.TimingCamera}}
	if w.finger {
		n, tr.Site = 1, rppg.Finger
	}
	for i := range n {
		name := []string{"forehead", "cheek_left", "cheek_right", "nose"}[min(3, i/5)]
		tr.Regions = append(tr.Regions, rppg.Region{Name: fmt.Sprintf("%s_%d", name, i)})
	}
	times := w.times
	if times == nil {
		for i := range int(w.seconds * 30) {
			times = append(times, float64(i)/30)
		}
	}
	for _, t := range times {
		y := w.pulse(t)
		slow := 0.004 * math.Sin(2*math.Pi*0.03*t+1)
		s := rppg.Sample{TimeMS: 1000 * t, FaceBox: rppg.Box{160, 70, 320, 320}}
		colour := func(skin, depth [3]float64, noise float64) rppg.Colour {
			var c [3]float64
			for k := range c {
				sd := noise
				if k != 1 {
					sd *= 1.35
				}
				c[k] = skin[k]*(1+slow-depth[k]*y) + sd*r.NormFloat64()
			}
			return rppg.Colour{R: c[0], G: c[1], B: c[2], Pixels: 4000, Skin: 4000}
		}
		for range n {
			if w.finger {
				s.Regions = append(s.Regions, colour([3]float64{190, 60, 30}, [3]float64{0.004, 0.02, 0.012}, w.noise))
			} else {
				s.Regions = append(s.Regions, colour([3]float64{178, 128, 104}, [3]float64{0.0026, 0.006, 0.0041}, w.noise))
			}
		}
		s.Background = colour([3]float64{90, 90, 90}, [3]float64{}, 0.02)
		tr.Append(s)
	}
	return tr
}

// from adds up intervals in s to beats over a length of time, the first at 0.3 s.
func from(seconds float64, interval func(i int, t float64) float64) []float64 {
	var b []float64
	for t, i := 0.3, 0; t < seconds+2; i++ {
		b = append(b, t)
		t += interval(i, t)
	}
	return b
}

// truth returns the beats inside the recording, and their rate in bpm.
func (w train) truth() (beats []float64, bpm float64) {
	for _, b := range w.beats {
		if b <= w.seconds {
			beats = append(beats, b)
		}
	}
	n := len(beats) - 1
	return beats, 60 * float64(n) / (beats[n] - beats[0])
}
