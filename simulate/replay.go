package simulate

import (
	"slices"

	"blush.example/blush/rppg"
)

// shown returns the index of the frame that a replaying camera shows at each frame; nil without a replay.
func (p Replay) shown(times []float64) []int {
	if p.Freeze == 0 && p.Loop == 0 && p.Mirror == 0 {
		return nil
	}
	frames := make([]int, len(times))
	for i := range frames {
		k := i
		if p.Loop > 0 {
			k %= max(1, count(times, p.Loop))
		}
		if n := max(1, count(times, p.Mirror)); p.Mirror > 0 {
			if k %= 2 * n; k >= n {
				k = 2*n - 1 - k
			}
		}
		if p.Freeze > 0 {
			k = min(k, max(0, count(times, p.Freeze)-1))
		}
		frames[i] = k
	}
	return frames
}

// count returns the number of times before t.
func count(times []float64, t float64) int {
	for i, v := range times {
		if v >= t {
			return i
		}
	}
	return len(times)
}

// show rewrites a region in the order in which its frames are shown.
func (w *world) show(rgb [3][]float64) {
	for _, x := range rgb {
		copy(x, pick(x, w.frames))
	}
}

// showPlace does the same for the place of the face. The shoulders move by the difference between the frames
// shown.
func (w *world) showPlace(tr *rppg.Trace) {
	if w.frames == nil {
		return
	}
	tr.FaceBox, tr.Landmarks = pick(tr.FaceBox, w.frames), pick(tr.Landmarks, w.frames)
	place := make([]float64, len(tr.ShoulderDY))
	var sum float64
	for i, dy := range tr.ShoulderDY {
		sum += dy
		place[i] = sum
	}
	for i := range place {
		tr.ShoulderDY[i] = 0
		if i > 0 {
			tr.ShoulderDY[i] = place[w.frames[i]] - place[w.frames[i-1]]
		}
	}
}

// FollowBy shows another scene in the second half of the recording: the same person and camera drawn with another seed, with a heart that
// beats faster times as fast. It works in place.
func (s *Scene) FollowBy(seed uint64, faster float64) {
	next := *s
	next.Seed, next.Rhythm.HeartRate = seed, faster*s.Rhythm.HeartRate
	s.Replay.Next, s.Replay.At = &next, s.Duration/2
}

// join replaces the frames of a trace from the given one on by those of another trace, and ends it where the other has no more.
func join(tr, next *rppg.Trace, from int) {
	n := min(len(tr.TimeMS), len(next.TimeMS))
	tr.TimeMS = tr.TimeMS[:n]
	for k := range tr.Regions {
		joinRegion(&tr.Regions[k], next.Regions[k], from, n)
	}
	if tr.Background != nil { // of a face
		joinRegion(tr.Background, *next.Background, from, n)
	}
	tr.FaceBox, tr.Landmarks = joined(tr.FaceBox, next.FaceBox, from, n), joined(tr.Landmarks, next.Landmarks, from, n)
	tr.ShoulderDY = joined(tr.ShoulderDY, next.ShoulderDY, from, n)
}

func joinRegion(r *rppg.Region, next rppg.Region, from, n int) {
	r.R, r.G, r.B = joined(r.R, next.R, from, n), joined(r.G, next.G, from, n), joined(r.B, next.B, from, n)
	r.Pixels, r.Clipped, r.Skin = joined(r.Pixels, next.Pixels, from, n), joined(r.Clipped, next.Clipped, from, n), joined(r.Skin, next.Skin, from, n)
}

// joined returns the values of x before from and those of next after it, n in all; nil where one of the two has none.
func joined[T any](x, next []T, from, n int) []T {
	if len(x) == 0 || len(next) == 0 {
		return nil
	}
	return slices.Concat(x[:min(from, n)], next[min(from, n):n])
}
