package rppg

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
)

// CompactType is the media type of a trace in its compact form.
const CompactType = "application/vnd.blush.trace"

// compactMagic begins every trace in the compact form; the last byte is the form's version.
const compactMagic = "\x89BTR\x01"

// MaxValues is the largest number of values that a trace in the compact form may contain: about as many as
// [MaxDecodedBytes] of JSON can.
const MaxValues = 4 << 20

// Flags of the optional parts that a trace, and a region, has.
const (
	hasBackground = 1 << iota
	hasShoulders
	hasFaceBox
	hasLandmarks
	restIsKnown
	restIsTrue
	traceFlags = 1<<iota - 1
)

const (
	hasPixels = 1 << iota
	hasClipped
	hasSkin
	regionFlags = 1<<iota - 1
)

// kind is a kind of column. Columns of the same kind share their statistics.
type kind struct {
	of     int // index of the statistics
	finest int // exponent of the finest step
	time   bool
}

var (
	timeKind    = kind{of: 0, time: true}
	colourKind  = kind{of: 1, finest: colourGrain.finest}
	pixelsKind  = kind{of: 2, finest: countGrain.finest}
	clippedKind = kind{of: 3, finest: countGrain.finest}
	skinKind    = kind{of: 4, finest: countGrain.finest}
	placeKind   = kind{of: 5, finest: placeGrain.finest}
	shiftKind   = kind{of: 6, finest: shiftGrain.finest}
)

const kinds = 7

// column is one value of each frame.
type column struct {
	kind kind
	at   func(i int) *float64
}

// columns lists the columns of a trace in the order of the compact form.
func (t *Trace) columns() []column {
	var out []column
	add := func(k kind, x []float64) {
		if x != nil {
			out = append(out, column{k, func(i int) *float64 { return &x[i] }})
		}
	}
	add(timeKind, t.TimeMS)
	for _, r := range t.all() {
		for _, x := range r.channels() {
			add(colourKind, *x)
		}
		add(pixelsKind, r.Pixels)
		add(clippedKind, r.Clipped)
		add(skinKind, r.Skin)
	}
	add(shiftKind, t.ShoulderDY)
	if t.FaceBox != nil {
		for k := range 4 {
			out = append(out, column{placeKind, func(i int) *float64 { return &t.FaceBox[i][k] }})
		}
	}
	if t.Landmarks != nil {
		for k := range 10 {
			out = append(out, column{placeKind, func(i int) *float64 { return &t.Landmarks[i][k] }})
		}
	}
	return out
}

// The predictors of a number from the four before it, the latest first: (the sum of weight times number) >> shift.
var predictors = [...]struct {
	weight [4]int64
	shift  int
}{
	{[4]int64{1, 0, 0, 0}, 0},
	{[4]int64{2, -1, 0, 0}, 0},
	{[4]int64{1, 1, 0, 0}, 1},
	{[4]int64{1, 1, 1, 1}, 2},
	{[4]int64{2, 1, -1, 0}, 1},
	{[4]int64{3, 1, 1, -1}, 2},
}

// coding says how a column is encoded: in steps of 2^-exponent (times: of a microsecond), as the residuals of a
// predictor that starts at base, less share/64 of the residuals of the column that is back columns earlier.
type coding struct {
	exponent  int8
	predictor byte
	base      int64
	back      byte // 0: none
	share     int16
}

const mostBack = 8

// WriteTraceCompact writes a valid trace in its compact form. The trace must be rounded by [Trace.Round]; a value
// that isn't is an error.
func WriteTraceCompact(w io.Writer, t *Trace) error {
	if err := t.Validate(); err != nil {
		return err
	}
	head := appendHead([]byte(compactMagic), t, len(t.TimeMS))
	body := newRangeEncoder(nil)
	var models [kinds]*numbers
	var residuals [mostBack][]int64 // of the last columns, the latest last
	frames := len(t.TimeMS)
	values := make([]int64, frames)
	for _, c := range t.columns() {
		exponent, err := c.whole(values)
		if err != nil {
			return err
		}
		code := coding{exponent: exponent, base: values[0]}
		now := residuals[0]
		copy(residuals[:], residuals[1:])
		if now == nil {
			now = make([]int64, frames)
		}
		residuals[mostBack-1] = now
		code.predictor = bestPredictor(values)
		residualsOf(now, values, code)
		code.back, code.share = bestBack(residuals[:])
		head = code.append(head)
		m := models[c.kind.of]
		if m == nil {
			m = newNumbers()
			models[c.kind.of] = m
		}
		var mean running
		ref := residuals[mostBack-1-code.back] // of the column itself, where share is 0
		for i, r := range now {
			m.write(body, &mean, r-int64(code.share)*ref[i]>>6)
		}
	}
	_, err := w.Write(appendSum(append(head, body.finish()...)))
	return err
}

// appendSum ends a trace in the compact form.
func appendSum(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)) }

func appendHead(b []byte, t *Trace, frames int) []byte {
	b = binary.AppendUvarint(b, uint64(frames))
	var flags byte
	for _, f := range [...]struct {
		bit byte
		set bool
	}{
		{hasBackground, t.Background != nil},
		{hasShoulders, t.ShoulderDY != nil},
		{hasFaceBox, t.FaceBox != nil},
		{hasLandmarks, t.Landmarks != nil},
		{restIsKnown, t.AtRest != nil},
		{restIsTrue, t.AtRest != nil && *t.AtRest},
	} {
		if f.set {
			flags |= f.bit
		}
	}
	b = append(b, flags)
	for _, s := range t.texts() {
		b = appendText(b, s.get())
	}
	b = binary.AppendUvarint(b, uint64(t.Device.Width))
	b = binary.AppendUvarint(b, uint64(t.Device.Height))
	b = append(b, byte(len(t.Regions)))
	for _, r := range t.all() {
		b = appendText(b, r.Name)
		var flags byte
		for k, x := range r.counts() {
			if *x != nil {
				flags |= 1 << k
			}
		}
		b = append(b, flags)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Fingerprint returns the SHA-256 of the contents of a trace. It doesn't depend on the form that the trace came
// in.
func (t *Trace) Fingerprint() [sha256.Size]byte {
	h := sha256.New()
	h.Write(appendHead(nil, t, len(t.TimeMS)))
	b := make([]byte, 8*len(t.TimeMS))
	for _, c := range t.columns() {
		for i := range t.TimeMS {
			binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(*c.at(i)))
		}
		h.Write(b)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// field is one text of a trace.
type field struct {
	get func() string
	set func(string)
}

// texts lists the texts of a trace in the order of the compact form.
func (t *Trace) texts() []field {
	d := &t.Device
	return []field{
		textField(&t.Site), textField(&t.ScanID), textField(&t.Timezone),
		textField(&d.Source), textField(&d.Camera), textField(&d.UserAgent), textField(&d.Codec), textField(&d.Timing),
	}
}

func textField[T ~string](p *T) field {
	return field{func() string { return string(*p) }, func(s string) { *p = T(s) }}
}

var errUnrounded = errors.New("trace: the compact form needs a rounded trace; call Trace.Round first")

// whole converts a column to whole steps, the coarsest that represent its values exactly.
func (c column) whole(values []int64) (exponent int8, err error) {
	if c.kind.time {
		for i := range values {
			v := *c.at(i)
			values[i] = microseconds(v)
			if float64(values[i])/1000 != v {
				return 0, errUnrounded
			}
		}
		return 0, nil
	}
	scale := math.Ldexp(1, c.kind.finest)
	var all int64
	for i := range values {
		v := *c.at(i) * scale
		values[i] = int64(v)
		if float64(values[i]) != v {
			return 0, errUnrounded
		}
		all |= values[i]
	}
	shift := 0
	for all != 0 && all>>shift&1 == 0 {
		shift++
	}
	for i := range values {
		values[i] >>= shift
	}
	return int8(c.kind.finest - shift), nil
}

// predict predicts values[i]. Values before the first count as base.
func (c coding) predict(values []int64, i int) int64 {
	f := &predictors[c.predictor]
	sum := int64(0)
	if i >= 4 {
		v := values[i-4 : i]
		sum = f.weight[0]*v[3] + f.weight[1]*v[2] + f.weight[2]*v[1] + f.weight[3]*v[0]
	} else {
		for k, w := range f.weight {
			if i-1-k >= 0 {
				sum += w * values[i-1-k]
			} else {
				sum += w * c.base
			}
		}
	}
	return sum >> f.shift
}

// residualsOf writes the residuals of values under the predictor of c to out, which has the same length.
func residualsOf(out, values []int64, c coding) {
	for i, v := range values {
		out[i] = v - c.predict(values, i)
	}
}

// bestPredictor picks the predictor with the smallest residuals.
func bestPredictor(values []int64) (predictor byte) {
	least := uint64(math.MaxUint64)
	for k := range predictors {
		c := coding{predictor: byte(k), base: values[0]}
		sum := uint64(0)
		for i, v := range values {
			sum += size(v - c.predict(values, i))
		}
		if sum < least {
			least, predictor = sum, byte(k)
		}
	}
	return predictor
}

func size(v int64) uint64 { return uint64(max(v, -v)) }

// bestBack picks the earlier column whose residuals, times a share, best predict the last of residuals.
func bestBack(residuals [][]int64) (back byte, share int16) {
	last := residuals[len(residuals)-1]
	most := 0.0
	for b := 1; b < len(residuals); b++ {
		ref := residuals[len(residuals)-1-b]
		if ref == nil {
			break
		}
		// Large residuals belong to the first frames and to gaps, and say nothing about the other frames.
		var xy, xx float64
		for i, x := range ref {
			if y := last[i]; size(x) < 1<<20 && size(y) < 1<<20 {
				xy, xx = xy+float64(x)*float64(y), xx+float64(x)*float64(x)
			}
		}
		if a := math.Round(64 * xy / xx); xx > 0 && xy*xy/xx > most && a != 0 && math.Abs(a) <= math.MaxInt16 {
			most, back, share = xy*xy/xx, byte(b), int16(a)
		}
	}
	if back == 0 {
		return 0, 0
	}
	ref := residuals[len(residuals)-1-int(back)]
	alone, with := uint64(0), uint64(0)
	for i, r := range last {
		alone, with = alone+size(r), with+size(r-int64(share)*ref[i]>>6)
	}
	if with >= alone {
		return 0, 0
	}
	return back, share
}

func (c coding) append(b []byte) []byte {
	b = binary.AppendVarint(append(b, byte(c.exponent), c.predictor), c.base)
	b = append(b, c.back)
	if c.back > 0 {
		b = binary.LittleEndian.AppendUint16(b, uint16(c.share))
	}
	return b
}
