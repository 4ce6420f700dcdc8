package face

import (
	"math"

	"blush.example/blush/video"
)

// shoulders follows the vertical movement of the upper chest. It finds the shift of the row means of a fixed strip
// of the picture, by one-dimensional Lucas-Kanade alignment with the strip as first seen.
type shoulders struct {
	x0, x1, y0, y1 int
	ref            []float64 // standardised
	now            []float64
	shift          float64 // pixels, down
	set            bool
}

// The strip below the face, in pupil distances from the middle between the pupils.
const (
	stripHalf   = 2.2
	stripTop    = 2.35
	stripBottom = 4.2
	// stripLeast is the least number of rows and columns of a strip.
	stripLeast = 20
	// stripSearch is the greatest shift from where the strip was first seen, in pixels.
	stripSearch = 16
)

// place puts the strip below an upright face, as far as the picture reaches. The body of a face that lies is elsewhere.
func (s *shoulders) place(f video.Frame, p pose) {
	b := f.Image.Bounds()
	if p.quarter() != 0 {
		*s = shoulders{ref: s.ref, now: s.now}
		return
	}
	*s = shoulders{
		x0: max(0, int(p.x-stripHalf*p.d)), x1: min(b.Dx(), int(p.x+stripHalf*p.d)),
		y0: max(0, int(p.y+stripTop*p.d)), y1: min(b.Dy(), int(p.y+stripBottom*p.d)), ref: s.ref, now: s.now,
	}
}

// step returns the shift since the frame before, in pixels, down positive.
func (s *shoulders) step(f video.Frame) float64 {
	n := s.y1 - s.y0
	if n < stripLeast || s.x1-s.x0 < stripLeast {
		return 0
	}
	s.profile(f)
	if !s.set {
		s.ref = append(s.ref[:0], s.now...)
		s.shift, s.set = 0, true
		return 0
	}
	shift, match := s.align()
	if match < 0.6 || math.Abs(shift) > stripSearch {
		s.ref = append(s.ref[:0], s.now...)
		s.shift = 0
		return 0
	}
	dy := shift - s.shift
	s.shift = shift
	return dy
}

// profile fills now with the mean luma of the rows.
func (s *shoulders) profile(f video.Frame) {
	pix, stride, channels := lumaOf(f.Image)
	s.now = s.now[:0]
	for y := s.y0; y < s.y1; y++ {
		sum, n := 0, 0
		row := pix[y*stride:]
		for x := s.x0; x < s.x1; x += 2 {
			sum += int(row[x*channels])
			n++
		}
		s.now = append(s.now, float64(sum)/float64(n))
	}
}

// align finds the shift at which the rows fit the reference, by Gauss-Newton steps on shift, gain and offset.
func (s *shoulders) align() (shift, match float64) {
	shift = s.shift
	n := len(s.ref)
	for range 8 {
		var sn, sr, snn, srr, snr, sg, sgg, sgn, sgr, m float64
		for i := range n {
			x := float64(i) + shift
			k := int(math.Floor(x))
			if k < 1 || k+2 >= n {
				continue
			}
			w := x - float64(k)
			v := s.now[k] + w*(s.now[k+1]-s.now[k])
			g := (1-w)*(s.now[k+1]-s.now[k-1])/2 + w*(s.now[k+2]-s.now[k])/2
			r := s.ref[i]
			m++
			sn += v
			sr += r
			sg += g
			snn += v * v
			srr += r * r
			sgg += g * g
			snr += v * r
			sgn += g * v
			sgr += g * r
		}
		if m < stripLeast/2 {
			return 0, 0
		}
		cov := func(ab, a, b float64) float64 { return ab - a*b/m }
		vn, vr, vg := cov(snn, sn, sn), cov(srr, sr, sr), cov(sgg, sg, sg)
		nr, gn, gr := cov(snr, sn, sr), cov(sgn, sg, sn), cov(sgr, sg, sr)
		if vn < 1e-9 || vr < 1e-9 || vg < 1e-9 {
			return 0, 0
		}
		match = nr / math.Sqrt(vn*vr)
		// Reference = gain·(now + slope·step) + offset, solved for gain and gain·step.
		det := vn*vg - gn*gn
		if det < 1e-9*vn*vg {
			return shift, match
		}
		gain := (nr*vg - gr*gn) / det
		move := (gr*vn - nr*gn) / det
		if gain <= 0 {
			return shift, match
		}
		d := min(max(move/gain, -2), 2)
		shift += d
		if math.Abs(d) < 1e-4 {
			break
		}
	}
	return shift, match
}
