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
		t.strikes, t.confirmed, t.yaw = 0, p, s.yaw
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
	t.at, t.yaw, t.confirmed, t.strikes = p, s.yaw, p, 0
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

// sane reports whether a pose is inside the picture and has neither jumped nor changed its size or tilt too much.
func (t *Tracker) sane(p pose) bool {
	return p.x > 0 && p.y > 0 && p.x < float64(t.small.w) && p.y < float64(t.small.h) &&
		p.d > 4 && math.Abs(p.tilt-nearest(t.confirmed.tilt, p.tilt)) < mostTilted && p.d < 1.3*t.confirmed.d && t.confirmed.d < 1.3*p.d &&
		math.Hypot(p.x-t.at.x, p.y-t.at.y) < t.at.d
}

// acquire searches one window for a face: the picture as it is, or, rarely, turned by quarters, for a person who lies or
// a film whose rotation was lost. A face that was lost a moment ago is expected in the direction that it had.
func (t *Tracker) acquire(f video.Frame) bool {
	now := f.TimeMS
	every := float64(seekEvery)
	if now-max(t.lostMS, 0) > patience {
		every = searchEvery
	}
	quarter := 0
	if now-t.lostMS < patience {
		quarter = t.at.quarter()
	}
	due := t.frames == 0 || now-t.lookedMS >= every || now < t.lookedMS
	// Every other search covers the whole picture, in which most faces that return are found.
	part := t.searches%2 == 1
	waited := math.Abs(now-t.turnedMS) / every
	turn := t.searches >= beforeTurns && (waited >= turnEvery && !due || waited >= turnLatest && part)
	if !due && !turn {
		return false
	}
	all := searched(f)
	w := all[0]
	if due {
		t.looked(now)
		if part {
			w = all[1+t.searches/2%(len(all)-1)]
		}
		t.searches++
	}
	if turn {
		w = all[t.turns/3%2]
		quarter += [...]int{1, 3, 2}[t.turns%3]
		t.turns++
		t.turnedMS = now
	}
	return t.seek(f, w, quarter)
}

// The picture is turned after beforeTurns searches without a face, and then each time after turnEvery of their
// intervals in a frame without another search, after turnLatest in place of that of a part.
const (
	beforeTurns           = 8
	turnEvery, turnLatest = 4, 10
)

// seek searches a window, turned by quarters, for a face. A second, closer detection must confirm it, so that a pattern
// on the wall isn't taken for a person. Of several faces it takes the largest.
func (t *Tracker) seek(f video.Frame, w window, quarters int) bool {
	limit := sure
	if quarters%4 != 0 {
		w.tilt, limit = float64(quarters)*math.Pi/2, sureTurned
	}
	least := t.opt.MinFace * float64(max(t.size[0], t.size[1]))
	var best found
	for _, d := range t.find.look(f, w, likely) {
		if d.size >= least && d.size > best.size {
			best = d
		}
	}
	if best.size == 0 {
		return false
	}
	q, ok := t.find.confirm(f, best, limit)
	if !ok {
		return false
	}
	p, _ := q.read()
	if math.Abs(p.tilt-nearest(w.tilt, p.tilt)) > mostTilted || t.toSmall(p).d < 4 {
		return false
	}
	p, s := t.find.rightWay(f, best, q).read()
	t.adopt(t.toSmall(p), s)
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

// mostTilted is the greatest tilt in rad relative to the window in which a face is found, and the greatest change of
// tilt from one detection of a followed face to the next.
const mostTilted = 0.9

// likely is the score from which a closer detection is made.
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

// confirm makes a closer detection of a face found in a larger window, and returns its result; ok says that the mean
// of the two scores reaches a limit.
func (fd *finder) confirm(f video.Frame, d found, limit float64) (q found, ok bool) {
	p, _ := d.read()
	q, ok = fd.closely(f, about(p), p)
	return q, ok && (q.score+d.score)/2 >= limit
}

// rightWay turns a face by half a turn that looks more like a face that way than in the mean of its two detections, in a
// larger window and a closer one: to the detector, the mouth of a face upside down may be the eyes of an upright one.
func (fd *finder) rightWay(f video.Frame, d, q found) found {
	p, _ := q.read()
	p = p.opposite()
	if o, seen := fd.closely(f, about(p), p); seen && o.score > (d.score+q.score)/2+wrongWay {
		return o
	}
	return q
}

// wrongWay is the difference of scores from which a face is the other way up. Of 204 drawn faces of seven kinds, masked
// ones too, none looked better upside down. Of 26 that were taken for the other way up, 24 looked better the right way by
// more than this.
const wrongWay = 0.03

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
