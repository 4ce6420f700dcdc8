package face

import "math"

// locate brings the pose up to date with the small picture; fresh says that a
// face was found that was not followed before.
func (t *Tracker) locate(nowMS float64) (fresh bool) {
	if !t.tracking {
		return t.acquire(nowMS)
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
	due := nowMS-t.lookedMS >= lookEvery || nowMS < t.lookedMS
	if match >= matchLost {
		t.at = p
	}
	if !due && match >= matchDoubt {
		return false
	}
	if !due && match >= matchLost && nowMS-t.lookedMS < lookEvery/4 {
		return false
	}
	t.lookedMS = nowMS
	near, seen := t.near(p, match)
	switch {
	case seen:
		t.strikes, t.confirmed = 0, t.at.d
		eyes, pupils := t.find.eyes(t.small, near)
		if match < matchDoubt {
			// The face is there but looks different: a turn, a hand, a smile. Start a new template at once.
			t.at, t.correction = eyes, pose{}
			t.template.learn(t.small, t.at)
			t.confirmed = t.at.d
			return false
		}
		if pupils {
			t.correct(eyes)
		}
		t.template.blend(t.small, t.at, 0.1)
		return false
	case match < matchLost:
		t.lose(nowMS)
		return t.acquire(nowMS)
	default:
		t.strikes++
		if t.strikes >= 6 && match < 0.85 || t.strikes >= 20 {
			t.lose(nowMS)
		}
		return false
	}
}

func (t *Tracker) lose(nowMS float64) {
	t.tracking, t.lostMS, t.strikes = false, nowMS, 0
	t.candidate = found{}
}

// sane tells whether a pose is one of a face inside the picture, which neither
// leaps nor grows out of proportion.
func (t *Tracker) sane(p pose) bool {
	return p.x > 0 && p.y > 0 && p.x < float64(t.small.w) && p.y < float64(t.small.h) &&
		p.d > 4 && math.Abs(p.tilt) < 0.8 && p.d < 1.3*t.confirmed && t.confirmed < 1.3*p.d &&
		math.Hypot(p.x-t.at.x, p.y-t.at.y) < t.at.d
}

// acquire looks for a face in the whole picture. It must be seen in two frames
// at the same place, or very clearly, so that a pattern on the wall does not become a person.
// Of several faces it takes the largest.
func (t *Tracker) acquire(nowMS float64) bool {
	tired := t.frames > 0 && nowMS-max(t.lostMS, 0) > patience
	if tired && nowMS-t.lookedMS < searchEvery && nowMS >= t.lookedMS {
		return false
	}
	t.lookedMS = nowMS
	var best found
	for _, d := range t.find.detect(t.small, int(t.opt.MinFace*float64(max(t.small.w, t.small.h)))) {
		if d.size > best.size {
			best = d
		}
	}
	before := t.candidate
	t.candidate = best
	if best.size == 0 {
		return false
	}
	again := before.size > 0 && math.Hypot(best.x-before.x, best.y-before.y) < 0.3*best.size &&
		best.size < 1.4*before.size && before.size < 1.4*best.size
	if !again && best.score < sureScore {
		return false
	}
	t.at, _ = t.find.eyes(t.small, best)
	t.correction = pose{}
	t.template.learn(t.small, t.at)
	if !t.template.usable {
		return false
	}
	t.tracking, t.strikes, t.confirmed = true, 0, t.at.d
	return true
}

// near looks for the followed face around a pose, in a part of the picture and at its size.
func (t *Tracker) near(p pose, match float64) (found, bool) {
	side := p.d / (2 * eyeDX)
	if match < matchLost {
		p = t.at
		side = p.d / (2 * eyeDX)
	}
	cx, cy := p.x, p.y-eyeDY*side
	r := 0.95 * side
	x0, y0 := max(0, int(cx-r)), max(0, int(cy-r))
	x1, y1 := min(t.small.w, int(cx+r)+1), min(t.small.h, int(cy+r)+1)
	if x1-x0 < 24 || y1-y0 < 24 {
		return found{}, false
	}
	part := gray{w: x1 - x0, h: y1 - y0, pix: make([]uint8, (x1-x0)*(y1-y0))}
	for y := range part.h {
		copy(part.pix[y*part.w:(y+1)*part.w], t.small.pix[(y0+y)*t.small.w+x0:])
	}
	var best found
	for _, d := range t.find.detect(part, int(0.7*side)) {
		if d.score > best.score {
			best = d
		}
	}
	if best.score == 0 {
		return best, false
	}
	best.x += float64(x0)
	best.y += float64(y0)
	return best, math.Hypot(best.x-cx, best.y-cy) < 0.5*side && best.size < 1.5*side && side < 1.5*best.size
}

// correct draws the regions slowly to where the pupils are seen: single
// detections jump by some per cent, their mean over seconds does not.
func (t *Tracker) correct(eyes pose) {
	const share = 0.1
	c, s := math.Cos(t.at.tilt)/t.at.d, math.Sin(t.at.tilt)/t.at.d
	dx, dy := eyes.x-t.at.x, eyes.y-t.at.y
	t.correction.x += share * (c*dx + s*dy - t.correction.x)
	t.correction.y += share * (c*dy - s*dx - t.correction.y)
	t.correction.d += share * (math.Log(eyes.d/t.at.d) - t.correction.d)
	t.correction.tilt += share * (eyes.tilt - t.at.tilt - t.correction.tilt)
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
