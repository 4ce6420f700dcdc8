package rppg

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"unicode/utf8"
)

// ParseTraceCompact reads one trace in the compact form, of at most [MaxDecodedBytes] and of at most [MaxValues] numbers, and
// checks it with [Trace.Validate] and [Trace.Plausible]. An error about the content is [TraceErrors]; any other comes from r.
func ParseTraceCompact(r io.Reader) (*Trace, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxDecodedBytes+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxDecodedBytes {
		return nil, TraceErrors{{Msg: fmt.Sprintf("is larger than %d MiB", MaxDecodedBytes>>20), Type: "too_large"}}
	}
	t, err := parseCompact(b, MaxValues)
	if err != nil {
		return nil, err
	}
	if err := t.Plausible(); err != nil {
		return nil, err
	}
	return t, nil
}

// ParseTrace reads one trace in the compact form or as JSON, depending on its first bytes: see [ParseTraceCompact]
// and [ParseTraceJSON].
func ParseTrace(r io.Reader) (*Trace, error) {
	in := bufio.NewReader(r)
	if begin, _ := in.Peek(CompactPrefix); IsCompact(begin) {
		return ParseTraceCompact(in)
	}
	return ParseTraceJSON(in)
}

// ParseKeptTrace reads a stored trace in the compact form, of any length. The caller must have written it.
func ParseKeptTrace(b []byte) (*Trace, error) { return parseCompact(b, math.MaxInt) }

// CompactPrefix is the number of bytes that identify a trace in the compact form.
const CompactPrefix = 4

// IsCompact reports whether b begins like a trace in the compact form.
func IsCompact(b []byte) bool { return bytes.HasPrefix(b, []byte(compactMagic[:CompactPrefix])) }

func damaged(what string) error {
	return TraceErrors{{Msg: "is a damaged or cut off compact trace: " + what, Type: "unreadable"}}
}

// CompactHead is what the head of a trace in the compact form says: how long it takes to read the rest, and whose it is.
type CompactHead struct {
	Frames, Regions  int // the background is a region
	ScanID, Timezone string
	AtRest           *bool
}

// ReadCompactHead reads the head of a trace in the compact form, and none of its numbers. Its error is one that
// [ParseTraceCompact] gives; that may find more.
func ReadCompactHead(b []byte) (CompactHead, error) {
	t, frames, _, err := readHead(b, MaxValues)
	if err != nil {
		return CompactHead{}, err
	}
	return CompactHead{Frames: frames, Regions: len(t.all()), ScanID: t.ScanID, Timezone: t.Timezone, AtRest: t.AtRest}, nil
}

// RenameCompact returns a valid trace in the compact form as one of another scan id and time zone, without reading its numbers.
func RenameCompact(b []byte, scanID, timezone string) ([]byte, error) {
	t, frames, rest, err := readHead(b, math.MaxInt)
	if err != nil {
		return nil, err
	}
	t.ScanID, t.Timezone = scanID, timezone
	return appendSum(append(appendHead([]byte(compactMagic), t, frames), rest.b...)), nil
}

// readHead reads all up to the columns, which are left empty, of a trace of at most most numbers. What follows is left in rest.
func readHead(b []byte, most int) (t *Trace, frames int, rest *headReader, err error) {
	if !IsCompact(b) {
		return nil, 0, nil, TraceErrors{{Msg: "is not a trace in the compact form", Type: "unreadable"}}
	}
	if len(b) < len(compactMagic)+4 {
		return nil, 0, nil, damaged("it ends in its head")
	}
	if v := b[len(compactMagic)-1]; v != compactMagic[len(compactMagic)-1] {
		return nil, 0, nil, TraceErrors{{Msg: "is of a version of the compact form that this program does not read", Type: "out_of_range"}}
	}
	sum := b[len(b)-4:]
	b = b[:len(b)-4]
	if binary.LittleEndian.Uint32(sum) != crc32.ChecksumIEEE(b) {
		return nil, 0, nil, damaged("its checksum is another")
	}
	rest = &headReader{b: b[len(compactMagic):]}
	t = &Trace{Version: 1}
	frames = rest.trace(t)
	if rest.bad {
		return nil, 0, nil, damaged("its head")
	}
	return t, frames, rest, t.bounded(frames, most)
}

func parseCompact(b []byte, most int) (*Trace, error) {
	t, frames, h, err := readHead(b, most)
	if err != nil {
		return nil, err
	}
	t.makeColumns(frames)
	columns := t.columns()
	codings := make([]coding, len(columns))
	for i := range codings {
		codings[i] = h.coding(i)
	}
	if h.bad {
		return nil, damaged("its header is invalid")
	}
	if err := readBody(h.b, frames, columns, codings); err != nil {
		return nil, err
	}
	if err := t.Validate(); err != nil {
		return nil, err
	}
	return t, nil
}

// headReader reads the header. It sets bad when something in it is invalid.
type headReader struct {
	b   []byte
	bad bool
}

func (h *headReader) byte() byte {
	if len(h.b) == 0 {
		h.bad = true
		return 0
	}
	v := h.b[0]
	h.b = h.b[1:]
	return v
}

// number reads a number of at most most.
func (h *headReader) number(most int) int {
	v, n := binary.Uvarint(h.b)
	if n <= 0 || v > uint64(most) {
		h.bad = true
		return 0
	}
	h.b = h.b[n:]
	return int(v)
}

func (h *headReader) text() string {
	n := h.number(utf8.UTFMax * maxString)
	if n > len(h.b) {
		h.bad = true
		return ""
	}
	s := string(h.b[:n])
	h.b = h.b[n:]
	return s
}

// flags reads a byte in which only the bits of known may be set.
func (h *headReader) flags(known byte) byte {
	f := h.byte()
	if f&^known != 0 {
		h.bad = true
	}
	return f
}

// present marks a column that the trace has but whose memory isn't allocated yet.
var present = []float64{}

// trace reads everything before the columns. The columns that the trace has are left empty.
func (h *headReader) trace(t *Trace) (frames int) {
	frames = h.number(math.MaxInt32)
	flags := h.flags(traceFlags)
	for _, f := range t.texts() {
		f.set(h.text())
	}
	t.Device.Width, t.Device.Height = h.number(math.MaxInt32), h.number(math.MaxInt32)
	t.TimeMS = present
	t.Regions = make([]Region, h.byte())
	if flags&hasBackground != 0 {
		t.Background = &Region{}
	}
	for _, r := range t.all() {
		r.Name = h.text()
		has := h.flags(regionFlags)
		for _, x := range r.channels() {
			*x = present
		}
		for k, x := range r.counts() {
			if has>>k&1 != 0 {
				*x = present
			}
		}
	}
	if flags&hasShoulders != 0 {
		t.ShoulderDY = present
	}
	if flags&hasFaceBox != 0 {
		t.FaceBox = []Box{}
	}
	if flags&hasLandmarks != 0 {
		t.Landmarks = [][10]float64{}
	}
	if flags&restIsKnown != 0 {
		rest := flags&restIsTrue != 0
		t.AtRest = &rest
	}
	return frames
}

// bounded refuses a trace that would hold more than most numbers, or frames or regions that no trace may have.
func (t *Trace) bounded(frames, most int) error {
	fault := func(typ, format string, args ...any) error {
		return TraceErrors{{Msg: fmt.Sprintf(format, args...), Type: typ}}
	}
	switch columns := len(t.columns()); {
	case frames < 2:
		return fault("too_short", "has %d frames; a trace needs at least two", frames)
	case frames > MaxFrames:
		return fault("too_many", "has %d frames; at most %d are accepted", frames, MaxFrames)
	case len(t.Regions) > MaxRegions:
		return fault("too_many", "has %d regions; at most %d are accepted", len(t.Regions), MaxRegions)
	case frames > most/columns:
		return fault("too_large", "has %d frames of %d numbers; at most %d numbers are accepted", frames, columns, most)
	}
	return nil
}

// makeColumns gives every column that is there its memory.
func (t *Trace) makeColumns(frames int) {
	grow := func(x *[]float64) {
		if *x != nil {
			*x = make([]float64, frames)
		}
	}
	grow(&t.TimeMS)
	grow(&t.ShoulderDY)
	for _, r := range t.all() {
		for _, x := range slices.Concat(r.channels(), r.counts()) {
			grow(x)
		}
	}
	if t.FaceBox != nil {
		t.FaceBox = make([]Box, frames)
	}
	if t.Landmarks != nil {
		t.Landmarks = make([][10]float64, frames)
	}
}

// Exponents that a step may have.
const leastExponent, mostExponent = -30, 20

// coding reads the coding of column i.
func (h *headReader) coding(i int) coding {
	c := coding{exponent: int8(h.byte()), predictor: h.byte()}
	base, n := binary.Varint(h.b)
	if n <= 0 || c.exponent < leastExponent || c.exponent > mostExponent || int(c.predictor) >= len(predictors) {
		h.bad = true
		return c
	}
	c.base, h.b = base, h.b[n:]
	if c.back = h.byte(); c.back > 0 {
		c.share = int16(uint16(h.byte()) | uint16(h.byte())<<8)
	}
	if int(c.back) > min(i, mostBack-1) {
		h.bad = true
	}
	return c
}

// readBody fills the columns.
func readBody(b []byte, frames int, columns []column, codings []coding) error {
	d := newRangeDecoder(b)
	var models [kinds]*numbers
	var residuals [mostBack][]int64 // of the last columns, the latest last
	values := make([]int64, frames)
	for k, c := range columns {
		code := codings[k]
		now := residuals[0]
		copy(residuals[:], residuals[1:])
		if now == nil {
			now = make([]int64, frames)
		}
		residuals[mostBack-1] = now
		m := models[c.kind.of]
		if m == nil {
			m = newNumbers()
			models[c.kind.of] = m
		}
		ref := residuals[mostBack-1-int(code.back)] // of the column itself, where share is 0
		var mean running
		for i := range values {
			r := m.read(d, &mean)
			if code.share != 0 {
				r += int64(code.share) * ref[i] >> 6
			}
			now[i] = r
			values[i] = code.predict(values, i) + r
		}
		if d.over > 0 {
			return damaged("it ends before its last number")
		}
		c.fill(values, code.exponent)
	}
	if len(d.in) > 0 {
		return damaged("there are bytes after its last number")
	}
	return nil
}

// fill gives a column its values, which are whole steps.
func (c column) fill(values []int64, exponent int8) {
	scale := math.Ldexp(1, int(exponent))
	if c.kind.time {
		scale = 1000
	}
	for i, v := range values {
		*c.at(i) = float64(v) / scale
	}
}
