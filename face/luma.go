package face

import (
	"image"

	"blush.example/blush/video"
)

// gray is a small luma picture.
type gray struct {
	pix  []uint8
	w, h int
}

// at interpolates bilinearly.
func (g gray) at(x, y float64) float64 {
	x = min(max(x, 0), float64(g.w-1)-1e-6)
	y = min(max(y, 0), float64(g.h-1)-1e-6)
	ix, iy := int(x), int(y)
	fx, fy := x-float64(ix), y-float64(iy)
	ix1, iy1 := min(ix+1, g.w-1), min(iy+1, g.h-1)
	a, b := g.pix[iy*g.w:], g.pix[iy1*g.w:]
	top := float64(a[ix]) + fx*(float64(a[ix1])-float64(a[ix]))
	bottom := float64(b[ix]) + fx*(float64(b[ix1])-float64(b[ix]))
	return top + fy*(bottom-top)
}

// smallSide is the longest side, in pixels, of the luma that faces are found and followed on.
const smallSide = 360

// shrink averages the luma of a frame over step×step pixels into g, whose memory is reused.
func shrink(f video.Frame, g gray) (gray, int) {
	b := f.Image.Bounds()
	step := max(1, (max(b.Dx(), b.Dy())+smallSide-1)/smallSide)
	g.w, g.h = b.Dx()/step, b.Dy()/step
	if cap(g.pix) < g.w*g.h {
		g.pix = make([]uint8, g.w*g.h)
	}
	g.pix = g.pix[:g.w*g.h]
	pix, stride, channels := lumaOf(f.Image)
	skip := 1
	if step > 2 {
		skip = 2 // every other line of a large picture is enough
	}
	lines := (step + skip - 1) / skip
	var sums [smallSide + 1]uint32
	for y := range g.h {
		row := g.pix[y*g.w : (y+1)*g.w]
		if step == 2 && channels == 1 {
			a, c := pix[2*y*stride:][:2*g.w], pix[(2*y+1)*stride:][:2*g.w]
			for x := range row {
				row[x] = uint8((uint(a[2*x]) + uint(a[2*x+1]) + uint(c[2*x]) + uint(c[2*x+1]) + 2) >> 2)
			}
			continue
		}
		if step == 4 && channels == 1 {
			a, c := pix[4*y*stride:][:4*g.w], pix[(4*y+2)*stride:][:4*g.w]
			for x := range row {
				p, q := a[4*x:4*x+4:4*x+4], c[4*x:4*x+4:4*x+4]
				row[x] = uint8((uint(p[0]) + uint(p[1]) + uint(p[2]) + uint(p[3]) + uint(q[0]) + uint(q[1]) + uint(q[2]) + uint(q[3])) >> 3)
			}
			continue
		}
		clear(sums[:g.w])
		for j := 0; j < step; j += skip {
			line, k := pix[(y*step+j)*stride:], 0
			for x := range sums[:g.w] {
				sum := uint32(0)
				for range step {
					sum += uint32(line[k])
					k += channels
				}
				sums[x] += sum
			}
		}
		for x := range row {
			row[x] = uint8(sums[x] / uint32(step*lines))
		}
	}
	return g, step
}

// lumaOf returns samples of brightness: luma, or the green of RGB images.
func lumaOf(img image.Image) (pix []uint8, stride, channels int) {
	switch m := img.(type) {
	case *image.YCbCr:
		return m.Y[m.YOffset(m.Rect.Min.X, m.Rect.Min.Y):], m.YStride, 1
	case *image.NRGBA:
		return m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y)+1:], m.Stride, 4
	case *image.RGBA:
		return m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y)+1:], m.Stride, 4
	}
	return nil, 0, 1
}
