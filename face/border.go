package face

import "image"

// The levels of a border lie within flat of each other. From bright on, an edge may be a wall too bright for the camera.
const flat, bright = 2, 245

// borders returns the borders of a picture, as editors and players add them. They have one level throughout and don't
// show the light of the room. What a camera sees has noise and shading.
// At most a third of the picture is cut from each side.
func (g gray) borders() borders {
	// border counts the lines of one level at an edge, the first of n lines of a length.
	border := func(n, length int, level func(line, i int) uint8) int {
		least, most := uint8(255), uint8(0)
		for line := range n / 3 {
			for i := range length {
				v := level(line, i)
				if max(most, v)-min(least, v) > flat {
					if line == 0 {
						return 0
					}
					return line + 1 // the next may be mixed with the border
				}
				least, most = min(least, v), max(most, v)
			}
			if most >= bright {
				return 0
			}
		}
		return n / 3
	}
	row := func(line, i int) uint8 { return g.pix[line*g.w+i] }
	var b borders
	b.top = border(g.h, g.w, row)
	b.bottom = border(g.h, g.w, func(line, i int) uint8 { return row(g.h-1-line, i) })
	within := g.h - b.top - b.bottom
	b.left = border(g.w, within, func(line, i int) uint8 { return row(b.top+i, line) })
	b.right = border(g.w, within, func(line, i int) uint8 { return row(b.top+i, g.w-1-line) })
	return b
}

// borders are the widths of a picture's borders in pixels.
type borders struct{ left, right, top, bottom int }

// within returns the part of a picture of that size that borders leave whose pixels are step times as large.
func (b borders) within(size [2]int, step int) image.Rectangle {
	return image.Rect(b.left*step, b.top*step, size[0]-b.right*step, size[1]-b.bottom*step)
}
