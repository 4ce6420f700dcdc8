package face

import (
	"math"

	"blush.example/blush/video"
)

// locate updates the pose for a frame; fresh says that a new face was found.
func (t *Tracker) locate(f video.Frame) (fresh bool) {
	now := f.TimeMS
	if !t.tracking {
		return t.acquire(f)
	}
	if t.still {
		return false // nothing moved, so a detection would find the same as the last one
	}
	p, match := t.template.follow(t.small, t.at)
	if match < matchDoubt {
		if q, better := t.template.search(t.small, t.at); better > match {
			p, match = q, better
		}
	}
	if !t.sane(p) {
		match = -1
	}
	if match >= matchLost && shifted(t.at, p) > hold {
		t.at = p
	}
	due := now >= t.nextMS || now < t.lookedMS
	if !due && match >= matchDoubt {
		return false
	}
	if !due && match >= matchLost && now-t.lookedMS < doubtEvery {
		return false
	}
	t.looked(now)
	q, seen := t.near(f)
	switch {
	case seen:
		p, s := q.read()
		p = t.toSmall(p)
		t.strikes, t.confirmed, t.yaw = 0, p.d, s.yaw
		if match < matchDoubt {
			// The face is there but looks different: a turn, a hand, a smile. Start a new template at once.
			t.adopt(p, s)
			return false
		}
		t.fits.see(fitOf(t.at, p, s))
		t.template.blend(t.small, t.at, 0.1)
		return false
	case match < matchLost:
		t.lose(now)
		return t.acquire(f)
	default:
		t.strikes++
		if t.strikes >= 2 && match < matchDoubt || t.strikes >= 3 && match < 0.85 || t.strikes >= 9 {
			t.lose(now)
		}
		return false
	}
}

// looked sets the time of the next detection.
func (t *Tracker) looked(now float64) {
	t.lookedMS, t.nextMS = now, now+pause(t.looks)
}

// adopt takes the pose and shape from a detection, and learns the template there.
func (t *Tracker) adopt(p pose, s shape) {
	t.at, t.yaw, t.confirmed, t.strikes = p, s.yaw, p.d, 0
	t.fits.begin(fitOf(p, p, s))
	t.template.learn(t.small, p)
}

func (t *Tracker) lose(nowMS float64) {
	t.tracking, t.lostMS, t.strikes, t.searches = false, nowMS, 0, 0
}

// hold is the least movement of a pose, in pixels of the small picture, that counts: codecs and rounding cause
// less in a still picture.
const hold = 0.03

// shifted returns the approximate distance that a point at the border of the face moves from one pose to another,
// in their pixels.
func shifted(a, b pose) float64 {
	return math.Hypot(b.x-a.x, b.y-a.y) + math.Abs(b.d-a.d) + a.d*math.Abs(b.tilt-a.tilt)
}

// toSmall converts a pose from pixels of the frame to those of the small picture; toFrame is the reverse.
func (t *Tracker) toSmall(p pose) pose {
	k := float64(t.step)
	return pose{p.x/k - 0.5, p.y/k - 0.5, p.d / k, p.tilt}
}

func (t *Tracker) toFrame(p pose) pose {
	k := float64(t.step)
	return pose{(p.x + 0.5) * k, (p.y + 0.5) * k, p.d * k, p.tilt}
}

// sane reports whether a pose is inside the picture and has neither jumped nor changed its size too much.
func (t *Tracker) sane(p pose) bool {
	return p.x > 0 && p.y > 0 && p.x < float64(t.small.w) && p.y < float64(t.small.h) &&
		p.d > 4 && math.Abs(p.tilt) < mostTilted && p.d < 1.3*t.confirmed && t.confirmed < 1.3*p.d &&
		math.Hypot(p.x-t.at.x, p.y-t.at.y) < t.at.d
}

// acquire searches one window for a face. A second, closer detection must confirm it, so that a pattern on the
// wall isn't taken for a person. Of several faces it takes the largest.
func (t *Tracker) acquire(f video.Frame) bool {
	now := f.TimeMS
	every := float64(seekEvery)
	if now-max(t.lostMS, 0) > patience {
		every = searchEvery
	}
	if t.frames > 0 && now-t.lookedMS < every && now >= t.lookedMS {
		return false
	}
	t.looked(now)
	least := t.opt.MinFace * float64(max(t.size[0], t.size[1]))
	// Every other search covers the whole picture, in which most faces that return are found.
	all := searched(f)
	w := all[0]
	if t.searches%2 == 1 {
		w = all[1+t.searches/2%(len(all)-1)]
	}
	t.searches++
	var best found
	for _, d := range t.find.look(f, w, likely) {
		if d.size >= least && d.size > best.size {
			best = d
		}
	}
	if best.size == 0 {
		return false
	}
	q, ok := t.find.confirm(f, best)
	if !ok {
		return false
	}
	p, s := q.read()
	if p = t.toSmall(p); math.Abs(p.tilt) > mostTilted || p.d < 4 {
		return false
	}
	t.adopt(p, s)
	for range firstLooks {
		if q, seen := t.near(f); seen {
			p, s := q.read()
			t.fits.see(fitOf(t.at, t.toSmall(p), s))
		}
	}
	t.fits.now = t.fits.mean
	t.tracking = t.template.usable
	return t.tracking
}

// firstLooks is the number of further detections of a new face before it is measured, so that its pose needs no
// correction soon afterwards: single detections differ by a hundredth of the pupils' distance.
const firstLooks = 3

// mostTilted is the angle in rad beyond which a tilted face is not followed.
const mostTilted = 0.9

// likely is the score from which a closer detection is made: the mean of the two scores must reach sure.
const likely = 0.6

// again is the score from which something is a face where one is expected.
const again = 0.5

// closely looks in a window for a face that is expected at a pose; both are in pixels of the frame.
func (fd *finder) closely(f video.Frame, w window, p pose) (best found, seen bool) {
	for _, d := range fd.look(f, w, again) {
		q, _ := d.read()
		if math.Hypot(q.x-p.x, q.y-p.y) < p.d && q.d < 1.5*p.d && p.d < 1.5*q.d && d.score > best.score {
			best = d
		}
	}
	return best, best.size > 0
}

// confirm makes a closer detection of a face found in a larger window, and returns its result.
func (fd *finder) confirm(f video.Frame, d found) (q found, ok bool) {
	p, _ := d.read()
	q, ok = fd.closely(f, about(p), p)
	return q, ok && (q.score+d.score)/2 >= sure
}

// near looks for the followed face where it was last. The window differs a little each time in place and size,
// since the detector's result depends on the position of its grid on the face.
func (t *Tracker) near(f video.Frame) (found, bool) {
	p, _ := t.fits.now.apply(t.at)
	p = t.toFrame(p)
	w := about(p)
	u, v, k := scatter(3*t.looks), scatter(3*t.looks+1), scatter(3*t.looks+2)
	w.x, w.y, w.side = w.x+0.4*p.d*(u-0.5), w.y+0.4*p.d*(v-0.5), w.side*(0.93+0.14*k)
	t.looks++
	return t.find.closely(f, w, p)
}

// search tries shifts of up to half a pupil distance and follows from the best.
func (t *template) search(g gray, p pose) (pose, float64) {
	var now [gridCells]float64
	best, most := p, math.Inf(-1)
	for j := -4; j <= 4; j++ {
		for i := -4; i <= 4; i++ {
			q := p
			q.x += float64(i) * p.d / 8
			q.y += float64(j) * p.d / 8
			sample(g, q, &now)
			sum := 0.0
			for k := range now {
				sum += now[k] * t.mean[k]
			}
			if sum > most {
				best, most = q, sum
			}
		}
	}
	return t.follow(g, best)
}
