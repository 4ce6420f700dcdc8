package face

import (
	"math"

	"blush.example/blush/face/blazeface"
	"blush.example/blush/rppg"
)

// pose is where a face is: the middle between the pupils, their distance as seen from the front (pixels), and the
// tilt of the line through them (radians, clockwise in the picture).
type pose struct{ x, y, d, tilt float64 }

// nearest returns the angle of the same direction within half a turn of another.
func nearest(angle, to float64) float64 {
	return angle - 2*math.Pi*math.Round((angle-to)/(2*math.Pi))
}

// quarter is the tilt to the nearest quarter of a turn: 0 upright, 1 a quarter clockwise, up to 3.
func (p pose) quarter() int { return int(math.Round(p.tilt/(math.Pi/2))) & 3 }

// down is the direction of the chin in the picture, to the nearest quarter of a turn.
func (p pose) down() (x, y float64) {
	d := [4][2]float64{{0, 1}, {-1, 0}, {0, -1}, {1, 0}}[p.quarter()]
	return d[0], d[1]
}

// upright returns a direction in the picture as it is when the picture is turned back by a pose's quarters.
func (p pose) upright(dx, dy float64) (u, v float64) {
	x, y := p.down()
	return dx*y - dy*x, dx*x + dy*y
}

// opposite returns the pose of an upside-down face that was detected as upright at p, its mouth taken for the eyes.
func (p pose) opposite() pose {
	x, y := p.picture(0, usual.mouth[1])
	return pose{x, y, p.d, p.tilt + math.Pi}
}

// box is the upright box from the hair to the chin of a face at p, which was found after that many quarter turns.
func (p pose) box(quarter int) rppg.Box {
	const side, top, bottom = 1.15, 1.15, 1.9 // from the middle between the pupils, in pupil distances
	switch quarter {
	case 1:
		return rppg.Box{p.x - bottom*p.d, p.y - side*p.d, (top + bottom) * p.d, 2 * side * p.d}
	case 2:
		return rppg.Box{p.x - side*p.d, p.y - bottom*p.d, 2 * side * p.d, (top + bottom) * p.d}
	case 3:
		return rppg.Box{p.x - top*p.d, p.y - side*p.d, (top + bottom) * p.d, 2 * side * p.d}
	}
	return rppg.Box{p.x - side*p.d, p.y - top*p.d, 2 * side * p.d, (top + bottom) * p.d}
}

// local converts a point of the picture to the face's own directions: right and down from the middle between the
// pupils, in pupil distances.
func (p pose) local(x, y float64) (u, v float64) {
	c, s := math.Cos(p.tilt)/p.d, math.Sin(p.tilt)/p.d
	return c*(x-p.x) + s*(y-p.y), c*(y-p.y) - s*(x-p.x)
}

// picture is the reverse of local.
func (p pose) picture(u, v float64) (x, y float64) {
	c, s := math.Cos(p.tilt)*p.d, math.Sin(p.tilt)*p.d
	return p.x + u*c - v*s, p.y + u*s + v*c
}

// shape gives the positions of parts of the face relative to the pupils, in the face's own directions (see
// pose.local). They change slowly relative to the template.
type shape struct {
	yaw   float64 // rad, positive when the nose points to the right in the picture
	nose  [2]float64
	mouth [2]float64
	ears  float64 // half the distance of the ears, seen from the front
}

// noseDepth is the distance of the tip of the nose in front of the line through the ears, from which the rotation
// of the head is computed: 0.8 of the distance between the ears (some 12 of 14 to 15 cm: Farkas 1994,
// "Anthropometry of the head and face").
const noseDepth = 0.8

// usual is the shape of an average face from the front.
var usual = shape{nose: [2]float64{0, 0.62}, mouth: [2]float64{0, 1.05}, ears: 1.1}

// mostTurned bounds the yaw, in rad: beyond it single points say nothing.
const mostTurned = 1.0

// read computes the pose and shape of a face from the detector's points.
func (f found) read() (pose, shape) {
	right, left := f.points[blazeface.RightEye], f.points[blazeface.LeftEye]
	p := pose{(right[0] + left[0]) / 2, (right[1] + left[1]) / 2, math.Hypot(left[0]-right[0], left[1]-right[1]), 0}
	p.d = max(p.d, 1e-3)
	p.tilt = math.Atan2(left[1]-right[1], left[0]-right[0])
	at := func(k int) (q [2]float64) {
		q[0], q[1] = p.local(f.points[k][0], f.points[k][1])
		return q
	}
	nose, mouth, ear0, ear1 := at(blazeface.Nose), at(blazeface.Mouth), at(blazeface.RightEar), at(blazeface.LeftEar)
	var s shape
	if wide := ear1[0] - ear0[0]; wide > 0 {
		s.yaw = math.Atan((nose[0] - (ear0[0]+ear1[0])/2) / wide / noseDepth)
		s.ears = wide / 2
	}
	s.yaw = min(max(s.yaw, -mostTurned), mostTurned)
	// Seen from the side the pupils are closer together, but the box isn't narrower. The box limits the effect of
	// a badly placed point.
	d := min(max(p.d/max(math.Cos(s.yaw), 0.7), f.size/3), f.size/1.9)
	k := p.d / d
	p.d = d
	s.nose, s.mouth, s.ears = [2]float64{nose[0] * k, nose[1] * k}, [2]float64{mouth[0] * k, mouth[1] * k}, s.ears*k/max(math.Cos(s.yaw), 0.7)
	s.nose[1], s.mouth[1] = min(max(s.nose[1], 0.35), 0.95), min(max(s.mouth[1], 0.75), 1.4)
	s.nose[0], s.mouth[0] = min(max(s.nose[0], -0.6), 0.6), min(max(s.mouth[0], -0.5), 0.5)
	s.ears = min(max(s.ears, 0.9), 1.35)
	return p, s
}

// depth is the radius of the upright cylinder that models a head, in pupil distances.
const depth = 1.15

// turned returns the position at which a point of the face, at u from the middle, is seen when the head turns by
// yaw.
func (s shape) turned(u float64) float64 {
	u = min(max(u, -depth), depth)
	return u*math.Cos(s.yaw) + (math.Sqrt(depth*depth-u*u)-depth)*math.Sin(s.yaw)
}

// landmarks are the pupils, the nose, and the corners of the mouth, x and y of each in pixels.
func landmarks(p pose, s shape) (out [10]float64) {
	near, far := s.turned(-0.5), s.turned(0.5)
	mid := (near + far) / 2 // the pose is in the middle of what is seen
	width := 0.38 * math.Cos(s.yaw)
	for i, q := range [5][2]float64{{near - mid, 0}, {far - mid, 0}, s.nose,
		{s.mouth[0] - width, s.mouth[1]}, {s.mouth[0] + width, s.mouth[1]}} {
		out[2*i], out[2*i+1] = p.picture(q[0], q[1])
	}
	return out
}
