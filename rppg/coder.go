package rppg

import "math/bits"

// An adaptive binary range coder (Martin 1979; in the carry-propagating form of LZMA), with which the compact form
// encodes whole numbers.

// chance is the probability that a bit is 0, in 65536ths: the mean of an estimate that adapts fast and one that
// adapts slowly.
type chance struct{ fast, slow uint16 }

var even = chance{1 << 15, 1 << 15}

const chanceBits = 12

func (c *chance) zero() uint32 { return (uint32(c.fast) + uint32(c.slow)) >> (17 - chanceBits) }

func (c *chance) update(bit uint64) {
	if bit == 0 {
		c.fast += (1<<16 - 1 - c.fast) >> 4
		c.slow += (1<<16 - 1 - c.slow) >> 7
	} else {
		c.fast -= c.fast >> 4
		c.slow -= c.slow >> 7
	}
}

const minRange = 1 << 24

type rangeEncoder struct {
	out   []byte
	low   uint64
	width uint32
	held  int64 // bytes that a carry may still change
	first byte  // of them
}

func newRangeEncoder(out []byte) *rangeEncoder {
	return &rangeEncoder{out: out, width: 1<<32 - 1}
}

func (e *rangeEncoder) bit(c *chance, b uint64) {
	bound := e.width >> chanceBits * c.zero()
	if b == 0 {
		e.width = bound
	} else {
		e.low += uint64(bound)
		e.width -= bound
	}
	c.update(b)
	for e.width < minRange {
		e.width <<= 8
		e.shift()
	}
}

// plain writes n bits, at most 16, that are equally often 0 and 1.
func (e *rangeEncoder) plain(n int, v uint64) {
	e.width >>= n
	e.low += v * uint64(e.width)
	for e.width < minRange {
		e.width <<= 8
		e.shift()
	}
}

// shift moves the highest byte of low out, as soon as no carry can change it.
func (e *rangeEncoder) shift() {
	if e.low < 0xFF000000 || e.low >= 1<<32 {
		carry := byte(e.low >> 32)
		for ; e.held > 0; e.held-- {
			e.out = append(e.out, e.first+carry)
			e.first = 0xFF
		}
		e.first = byte(e.low >> 24)
	}
	e.held++
	e.low = e.low & 0x00FFFFFF << 8
}

// finish writes the bytes that are left, including four that a decoder reads ahead.
func (e *rangeEncoder) finish() []byte {
	for range 5 {
		e.shift()
	}
	return e.out
}

type rangeDecoder struct {
	in    []byte
	code  uint32
	width uint32
	over  int // bytes read beyond the end
}

func newRangeDecoder(in []byte) *rangeDecoder {
	d := &rangeDecoder{in: in, width: 1<<32 - 1}
	for range 4 {
		d.next()
	}
	return d
}

func (d *rangeDecoder) next() {
	d.code <<= 8
	if len(d.in) == 0 {
		d.over++
		return
	}
	d.code |= uint32(d.in[0])
	d.in = d.in[1:]
}

func (d *rangeDecoder) bit(c *chance) (b uint64) {
	bound := d.width >> chanceBits * c.zero()
	if d.code < bound {
		d.width = bound
	} else {
		b = 1
		d.code -= bound
		d.width -= bound
	}
	c.update(b)
	for d.width < minRange {
		d.width <<= 8
		d.next()
	}
	return b
}

func (d *rangeDecoder) plain(n int) uint64 {
	d.width >>= n
	v := min(d.code/d.width, 1<<n-1)
	d.code -= v * d.width
	for d.width < minRange {
		d.width <<= 8
		d.next()
	}
	return uint64(v)
}

// numbers codes whole numbers near zero. A number r is mapped to u = 2r, or -2r-1 where r < 0. The bit length of
// u+1, less one, is its class and is coded by a tree of six bits. The bits of u+1 below the highest follow, of
// which the two highest are modelled. The probabilities depend on the running mean of the numbers before.
type numbers struct {
	class [contexts][64]chance
	rest  [64][4]chance
}

const contexts = 64

func newNumbers() *numbers {
	n := &numbers{}
	for i := range n.class {
		for k := range n.class[i] {
			n.class[i][k] = even
		}
	}
	for i := range n.rest {
		n.rest[i] = [4]chance{even, even, even, even}
	}
	return n
}

// running is 16 times the mean of the most recent numbers.
type running uint64

// context returns the binary logarithm of the running mean, in steps of a half.
func (m running) context() int {
	if m == 0 {
		return 0
	}
	l := bits.Len64(uint64(m))
	return min(2*l+int(m<<1>>(l-1)&1), contexts-1)
}

func (m *running) update(u uint64) { *m += running(min(u, 1<<40)) - *m>>4 }

const maxPlain = 16

// write codes a number; m is the running mean of its column.
func (n *numbers) write(e *rangeEncoder, m *running, r int64) {
	u := uint64(r<<1) ^ uint64(r>>63)
	class := bits.Len64(u+1) - 1
	tree, node := &n.class[m.context()], 1
	for k := 5; k >= 0; k-- {
		b := uint64(class) >> k & 1
		e.bit(&tree[node], b)
		node = node<<1 | int(b)
	}
	rest, left, node := u+1, class, 1
	for ; left > 0 && node < 4; left-- {
		b := rest >> (left - 1) & 1
		e.bit(&n.rest[class][node], b)
		node = node<<1 | int(b)
	}
	for left > 0 {
		k := min(left, maxPlain)
		left -= k
		e.plain(k, rest>>left&(1<<k-1))
	}
	m.update(u)
}

// read is the reverse of write.
func (n *numbers) read(d *rangeDecoder, m *running) int64 {
	tree, node := &n.class[m.context()], 1
	for range 6 {
		node = node<<1 | int(d.bit(&tree[node]))
	}
	class := node & 63
	v, left, node := uint64(1), class, 1
	for ; left > 0 && node < 4; left-- {
		b := d.bit(&n.rest[class][node])
		v, node = v<<1|b, node<<1|int(b)
	}
	for left > 0 {
		k := min(left, maxPlain)
		left -= k
		v = v<<k | d.plain(k)
	}
	u := v - 1
	m.update(u)
	return int64(u>>1) ^ -int64(u&1)
}
