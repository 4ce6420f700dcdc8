package blazeface

// plan lists the blocks: channels in and out, and the step from pixel to pixel. A block is a depthwise 3×3
// convolution, a pointwise one, the shortcut around both (the largest of 2×2 pixels where the step is 2, zeros for
// new channels), and a rectifier (ReLU).
var plan = [16]struct{ in, out, step int }{
	{24, 24, 1}, {24, 28, 1},
	{28, 32, 2}, {32, 36, 1}, {36, 42, 1},
	{42, 48, 2}, {48, 56, 1}, {56, 64, 1}, {64, 72, 1}, {72, 80, 1}, {80, 88, 1},
	{88, 96, 2}, {96, 96, 1}, {96, 96, 1}, {96, 96, 1}, {96, 96, 1},
}

const (
	stemOut  = 24 // channels after the first convolution, of 5×5 pixels and step 2
	stemSide = Side / 2
	fineAt   = 10 // the block after which the fine grid is read; the coarse one is after the last
	widest   = 96 // channels
)

// plane is the output of a layer: side × side pixels of some channels, channels last, with a border of zeros one
// pixel wide around them.
type plane struct {
	side, channels int
	v              []float32
}

func newPlane(side, channels int) plane {
	return plane{side, channels, make([]float32, (side+2)*(side+2)*channels)}
}

// at returns the values from a pixel on to the end of its line; -1 and side are the border.
func (p *plane) at(row, col int) []float32 {
	w := (p.side + 2) * p.channels
	return p.v[(row+1)*w+(col+1)*p.channels : (row+2)*w]
}

// Net runs the network; it is not safe for concurrent use.
type Net struct {
	*model
	input  []float32 // the picture with the border that the first convolution needs
	planes [1 + len(plan)]plane
	scores [anchors]float32
	boxes  [anchors * values]float32
	pair   [2][max(widest, stemPatch)]float32 // inputs of two pixels
	result [2][widest + 4]float32             // results of a convolution for these
}

// The first convolution: it begins one pixel before the picture.
const (
	stemSize  = 5
	stemLine  = 3 * stemSize
	stemPatch = stemSize * stemLine
	inputSide = Side + stemSize - 2
)

// New returns a Net.
func New() *Net {
	n := &Net{model: load(), input: make([]float32, 3*inputSide*inputSide)}
	n.planes[0] = newPlane(stemSide, stemOut)
	side := stemSide
	for i, b := range plan {
		side /= b.step
		n.planes[i+1] = newPlane(side, b.out)
	}
	return n
}

// run fills scores and boxes. It calls done, unless nil, after each layer.
func (n *Net) run(p *Picture, done func(layer int, out *plane)) {
	if done == nil {
		done = func(int, *plane) {}
	}
	n.first(p)
	done(0, &n.planes[0])
	for i := range plan {
		n.block(i)
		done(i+1, &n.planes[i+1])
	}
	n.head(&n.planes[fineAt+1], n.model.scores[0], n.scores[:fineAll], fineAnchors)
	n.head(&n.planes[fineAt+1], n.model.boxes[0], n.boxes[:fineAll*values], fineAnchors*values)
	n.head(&n.planes[len(plan)], n.model.scores[1], n.scores[fineAll:], coarseCount)
	n.head(&n.planes[len(plan)], n.model.boxes[1], n.boxes[fineAll*values:], coarseCount*values)
}

// first is the convolution of 5×5 pixels, and its rectifier.
func (n *Net) first(p *Picture) {
	for y := range Side {
		copy(n.input[3*((y+1)*inputSide+1):], p[3*y*Side:3*(y+1)*Side])
	}
	out := &n.planes[0]
	a, b := n.pair[0][:stemPatch], n.pair[1][:stemPatch]
	for row := range stemSide {
		line := out.at(row, 0)
		for col := 0; col < stemSide; col += 2 {
			for i := range stemSize {
				from := n.input[3*((2*row+i)*inputSide+2*col):][:stemLine+6]
				copy(a[i*stemLine:(i+1)*stemLine], from[:stemLine])
				copy(b[i*stemLine:(i+1)*stemLine], from[6:])
			}
			pointwise(a, b, n.stem, &n.result)
			for k := range 2 {
				to := line[(col+k)*stemOut:][:stemOut]
				for c, v := range n.result[k][:stemOut] {
					to[c] = max(v, 0)
				}
			}
		}
	}
}

// block runs one block of the plan.
func (n *Net) block(i int) {
	b, in, out := plan[i], &n.planes[i], &n.planes[i+1]
	depth, point := n.blocks[i].depth, n.blocks[i].point
	for row := range out.side {
		line := out.at(row, 0)
		for col := 0; col < out.side; col += 2 {
			n.depthwise(in, depth, b.step, row, col, n.pair[0][:b.in])
			n.depthwise(in, depth, b.step, row, col+1, n.pair[1][:b.in])
			pointwise(n.pair[0][:b.in], n.pair[1][:b.in], point, &n.result)
			for k := range 2 {
				r, to := n.result[k][:b.out], line[(col+k)*b.out:][:b.out]
				if b.step == 1 {
					for c, v := range in.at(row, col+k)[:b.in] {
						r[c] += v
					}
				} else {
					w := b.in
					top, bottom := in.at(2*row, 2*(col+k))[:2*w], in.at(2*row+1, 2*(col+k))[:2*w]
					for c := range w {
						r[c] += max(top[c], top[c+w], bottom[c], bottom[c+w])
					}
				}
				for c, v := range r {
					to[c] = max(v, 0)
				}
			}
		}
	}
}

// depthwise is the convolution of 3×3 pixels, channel by channel, at one pixel of the output.
func (n *Net) depthwise(in *plane, l layer, step, row, col int, out []float32) {
	ch := len(out)
	copy(out, l.bias)
	y, x := step*row, step*col
	if step == 1 { // an even picture under a step of two has its border at the end alone
		y, x = y-1, x-1
	}
	for i := range 3 {
		from, w := in.at(y+i, x), l.w[3*i*ch:][:3*ch]
		p, q, r := from[:ch], from[ch:2*ch], from[2*ch:3*ch]
		u, v, t := w[:ch], w[ch:2*ch], w[2*ch:]
		p, q, r, u, v, t = p[:len(out)], q[:len(out)], r[:len(out)], u[:len(out)], v[:len(out)], t[:len(out)]
		for c := range out {
			out[c] += p[c]*u[c] + q[c]*v[c] + r[c]*t[c]
		}
	}
}

// head is a 1×1 convolution without a rectifier: count values a pixel, one pixel after the other.
func (n *Net) head(in *plane, l layer, out []float32, count int) {
	ch := in.channels
	for at := 0; at < in.side*in.side; at += 2 {
		from := in.at(at/in.side, at%in.side)
		pointwise(from[:ch], from[ch:2*ch], l, &n.result)
		copy(out[at*count:], n.result[0][:count])
		copy(out[(at+1)*count:], n.result[1][:count])
	}
}

// pointwise is a 1×1 convolution of two pixels, four outputs at a time.
func pointwise(a, b []float32, l layer, out *[2][widest + 4]float32) {
	size := len(a)
	b = b[:len(a)]
	for m := 0; m+4 <= len(l.bias); m += 4 {
		w := l.w[m*size:][:4*size]
		w0, w1, w2, w3 := w[:size], w[size:2*size], w[2*size:3*size], w[3*size:]
		w0, w1, w2, w3 = w0[:len(a)], w1[:len(a)], w2[:len(a)], w3[:len(a)]
		o := l.bias[m : m+4 : m+4]
		s0, s1, s2, s3 := o[0], o[1], o[2], o[3]
		t0, t1, t2, t3 := s0, s1, s2, s3
		for k, u := range a {
			v := b[k]
			x0, x1, x2, x3 := w0[k], w1[k], w2[k], w3[k]
			s0 += u * x0
			s1 += u * x1
			s2 += u * x2
			s3 += u * x3
			t0 += v * x0
			t1 += v * x1
			t2 += v * x2
			t3 += v * x3
		}
		p, q := out[0][m:m+4:m+4], out[1][m:m+4:m+4]
		p[0], p[1], p[2], p[3] = s0, s1, s2, s3
		q[0], q[1], q[2], q[3] = t0, t1, t2, t3
	}
}
