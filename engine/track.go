package engine

import (
	"math"

	"blush/dsp"
)

// The grid of rates in bpm that the spectra are read on.
const (
	gridLow  = 35.0
	gridHigh = 240.0
	gridStep = 0.5
	gridSize = int((gridHigh-gridLow)/gridStep) + 1
)

func gridBPM(i int) float64 { return gridLow + gridStep*float64(i) }

// A step of the track.
const (
	stepSamples = 8
	stepSeconds = stepSamples / rate // 0.53 s
	maxJump     = 16                 // grid steps, 8 bpm
)

// jumpSD is how fast the heart rate is expected to change, in bpm a second.
const jumpSD = 1.5

// tracker finds the most likely course of the heart rate through the votes of
// all steps (Viterbi 1967): each step adds its log vote, each change of rate
// costs d^2/(2 sigma^2) with sigma = 1.5 bpm a second. It runs forward as steps
// arrive and is traced back when the course is asked for.
type tracker struct {
	score []float64
	next  []float64
	back  [][]int8
	cost  [maxJump + 1]float64
}

func newTracker() *tracker {
	t := &tracker{score: make([]float64, gridSize), next: make([]float64, gridSize)}
	for j := range t.cost {
		d := float64(j) * gridStep / (jumpSD * stepSeconds)
		t.cost[j] = d * d / 2
	}
	return t
}

// add appends a step with the log vote of each rate.
func (t *tracker) add(vote []float64) {
	if len(t.back) == 0 {
		copy(t.score, vote)
		t.back = append(t.back, nil)
		return
	}
	back := make([]int8, gridSize)
	for g := range t.next {
		best, from := math.Inf(-1), 0
		for p := max(0, g-maxJump); p <= min(gridSize-1, g+maxJump); p++ {
			d := p - g
			if d < 0 {
				d = -d
			}
			if s := t.score[p] - t.cost[d]; s > best {
				best, from = s, p-g
			}
		}
		t.next[g] = best + vote[g]
		back[g] = int8(from)
	}
	t.score, t.next = t.next, t.score
	t.back = append(t.back, back)
}

// fork returns a tracker that may be fed on without changing t.
func (t *tracker) fork() *tracker {
	f := *t
	f.score = append([]float64(nil), t.score...)
	f.next = make([]float64, gridSize)
	f.back = t.back[:len(t.back):len(t.back)]
	return &f
}

// path returns the grid index of each step on the best course.
func (t *tracker) path() []int {
	n := len(t.back)
	if n == 0 {
		return nil
	}
	p := make([]int, n)
	best := 0
	for g, s := range t.score {
		if s > t.score[best] {
			best = g
		}
	}
	p[n-1] = best
	for i := n - 1; i > 0; i-- {
		p[i-1] = p[i] + int(t.back[i][p[i]])
	}
	return p
}

// smooth returns the rates of a path with a running mean over 5 steps.
func smooth(path []int) []float64 {
	x := make([]float64, len(path))
	for i, g := range path {
		x[i] = gridBPM(g)
	}
	return dsp.MovingMean(x, 2)
}
