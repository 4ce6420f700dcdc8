package face

import "math"

// fit is the pose of a detected face relative to its template, and its shape, as numbers of comparable size: in
// pupil distances, radians, or logarithms of a ratio.
type fit [10]float64

// fitOf returns the fit of a detected pose and shape relative to the pose of the template; both poses are in the
// same pixels.
func fitOf(at, seen pose, s shape) fit {
	u, v := at.local(seen.x, seen.y)
	return fit{u, v, math.Log(seen.d / at.d), nearest(seen.tilt, at.tilt) - at.tilt, s.yaw, s.nose[0], s.nose[1], s.mouth[0], s.mouth[1], math.Log(s.ears)}
}

// apply is the reverse of fitOf.
func (f fit) apply(at pose) (pose, shape) {
	x, y := at.picture(f[0], f[1])
	return pose{x, y, at.d * math.Exp(f[2]), at.tilt + f[3]},
		shape{yaw: f[4], nose: [2]float64{f[5], f[6]}, mouth: [2]float64{f[7], f[8]}, ears: math.Exp(f[9])}
}

// settler smooths fits, which jump by some per cent from one detection to the next, so that regions neither jump
// at detections nor drift all the time. It stays in place until the mean of the fits is clearly elsewhere, and
// then moves there evenly, at a bounded speed.
type settler struct {
	mean, now fit
	seen      float64 // fits in the mean, up to meanOf
	moving    bool
}

const (
	meanOf = 16.0 // fits; older ones lose weight
	// away is the distance between the mean and the present place from which the settler moves. The mean of the
	// fits of a still face varies by a third of it, single fits by all of it.
	away = 0.02
	// pace is the greatest change in a second.
	pace = 0.03
)

// begin starts at a first fit.
func (s *settler) begin(f fit) { *s = settler{mean: f, now: f, seen: 1} }

// see adds a fit to the mean.
func (s *settler) see(f fit) {
	s.seen = min(s.seen+1, meanOf)
	for i := range f {
		s.mean[i] += (f[i] - s.mean[i]) / s.seen
	}
}

// step advances by dt seconds.
func (s *settler) step(dt float64) {
	far := 0.0
	for i := range s.now {
		far = max(far, math.Abs(s.mean[i]-s.now[i]))
	}
	s.moving = far > away || s.moving && far > 0
	if !s.moving {
		return
	}
	share := min(1, pace*dt/far)
	for i := range s.now {
		s.now[i] += share * (s.mean[i] - s.now[i])
	}
	if share == 1 {
		s.now, s.moving = s.mean, false
	}
}

// pause is the time in ms from detection n of a face to the next: 600 to 2700, 1300 in the mean, half the
// intervals below 1125. A detection may move the regions a little; with a fixed period that would be a line in the
// spectrum of their colours, in the band of the pulse. These intervals spread that line: their standard deviation
// is half of their mean, they don't repeat, and they are the same in every run.
func pause(n uint64) float64 {
	u := scatter(^n)
	return 600 + 2100*u*u
}

// scatter returns a pseudo-random number from 0 to 1 for each count: SplitMix64 (Steele, Lea, Flood 2014).
func scatter(n uint64) float64 {
	z := (n + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) / (1 << 53)
}
