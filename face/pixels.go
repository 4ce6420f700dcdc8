package face

import (
	"image"

	"blush.example/blush/video"
)

// cells is part of a frame in cells of 2×2 pixels, which is where 4:2:0 video has one chroma sample: the mean
// colour of each and how many of its pixels are at the sensor's limits.
type cells struct {
	x0, y0, w, h int // x0, y0 in cells of the frame; w, h in cells that were read
	step         int // every step-th cell was read, in both directions
	r, g, b      []float32
	clipped      []uint8
}

// A pixel is at the limits of the sensor if a channel is at or beyond these levels.
const clipHigh, clipLow = 250, 5

// matrix converts YCbCr to R, G, B on the 0..255 scale (ITU-R BT.601 and BT.709).
type matrix struct{ yOff, y, rCr, gCb, gCr, bCb float32 }

func matrixOf(c video.Color) matrix {
	kr, kb := float32(0.299), float32(0.114)
	if c.BT709 {
		kr, kb = 0.2126, 0.0722
	}
	m := matrix{0, 1, 2 * (1 - kr), -2 * (1 - kb) * kb / (1 - kr - kb), -2 * (1 - kr) * kr / (1 - kr - kb), 2 * (1 - kb)}
	if c.Limited {
		m.yOff, m.y = 16, 255.0/219
		for _, k := range []*float32{&m.rCr, &m.gCb, &m.gCr, &m.bCb} {
			*k *= 255.0 / 224
		}
	}
	return m
}

func (m matrix) rgb(y, cb, cr float32) (r, g, b float32) {
	y = (y - m.yOff) * m.y
	cb, cr = cb-128, cr-128
	return y + m.rCr*cr, y + m.gCb*cb + m.gCr*cr, y + m.bCb*cb
}

// gather reads every step-th cell in both directions of a rectangle of cells, limited to the frame. For cells of
// one grid, x0 and y0 must be multiples of step.
func (c *cells) gather(f video.Frame, x0, y0, x1, y1, step int) {
	b := f.Image.Bounds()
	x0, y0 = max(x0, 0), max(y0, 0)
	x1, y1 = min(x1, b.Dx()/2), min(y1, b.Dy()/2)
	c.x0, c.y0, c.step = x0, y0, step
	c.w, c.h = max(0, (x1-x0+step-1)/step), max(0, (y1-y0+step-1)/step)
	n := c.w * c.h
	if cap(c.r) < n {
		c.r, c.g, c.b, c.clipped = make([]float32, n), make([]float32, n), make([]float32, n), make([]uint8, n)
	}
	c.r, c.g, c.b, c.clipped = c.r[:n], c.g[:n], c.b[:n], c.clipped[:n]
	switch m := f.Image.(type) {
	case *image.YCbCr:
		c.fromYCbCr(m, matrixOf(f.Color), step)
	case *image.NRGBA:
		c.fromRGBA(m.Pix, m.Stride, step)
	case *image.RGBA:
		c.fromRGBA(m.Pix, m.Stride, step)
	}
}

func (c *cells) fromYCbCr(m *image.YCbCr, k matrix, step int) {
	plain := m.SubsampleRatio == image.YCbCrSubsampleRatio420 && m.Rect.Min.X%2 == 0 && m.Rect.Min.Y%2 == 0
	for row := range c.h {
		y := 2*(c.y0+row*step) + m.Rect.Min.Y
		left := 2*c.x0 + m.Rect.Min.X
		o, q := m.YOffset(left, y), m.COffset(left, y)
		i := row * c.w
		for col := range c.w {
			top, bottom := m.Y[o:o+2], m.Y[o+m.YStride:o+m.YStride+2]
			y0, y1, y2, y3 := top[0], top[1], bottom[0], bottom[1]
			cb, cr := float32(m.Cb[q]), float32(m.Cr[q])
			if !plain {
				cb, cr = meanChroma(m, left+2*col*step, y)
			} else {
				q += step
			}
			o += 2 * step
			mid := float32(int(y0)+int(y1)+int(y2)+int(y3)) / 4
			r, g, b := k.rgb(mid, cb, cr)
			c.r[i], c.g[i], c.b[i] = r, g, b
			// Luma changes all three channels equally.
			high, low := max(r, g, b)-k.y*mid, min(r, g, b)-k.y*mid
			n := uint8(0)
			if high+k.y*float32(max(y0, y1, y2, y3)) >= clipHigh || low+k.y*float32(min(y0, y1, y2, y3)) <= clipLow {
				for _, v := range [4]uint8{y0, y1, y2, y3} {
					if high+k.y*float32(v) >= clipHigh || low+k.y*float32(v) <= clipLow {
						n++
					}
				}
			}
			c.clipped[i] = n
			i++
		}
	}
}

// meanChroma averages the chroma of a cell in the layouts that have more samples than 4:2:0.
func meanChroma(m *image.YCbCr, x, y int) (cb, cr float32) {
	for _, p := range [4][2]int{{x, y}, {x + 1, y}, {x, y + 1}, {x + 1, y + 1}} {
		q := m.COffset(p[0], p[1])
		cb += float32(m.Cb[q]) / 4
		cr += float32(m.Cr[q]) / 4
	}
	return cb, cr
}

func (c *cells) fromRGBA(pix []uint8, stride, step int) {
	i := 0
	for row := range c.h {
		for col := range c.w {
			o := 2*(c.y0+row*step)*stride + 8*(c.x0+col*step)
			var sum [3]int
			n := uint8(0)
			for _, p := range [4]int{o, o + 4, o + stride, o + stride + 4} {
				q := pix[p : p+3]
				sum[0] += int(q[0])
				sum[1] += int(q[1])
				sum[2] += int(q[2])
				if max(q[0], q[1], q[2]) >= clipHigh || min(q[0], q[1], q[2]) <= clipLow {
					n++
				}
			}
			c.r[i], c.g[i], c.b[i] = float32(sum[0])/4, float32(sum[1])/4, float32(sum[2])/4
			c.clipped[i] = n
			i++
		}
	}
}
