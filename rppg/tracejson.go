package rppg

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ParseTraceJSON reads one trace of format version 1, plain or gzip, of at most [MaxDecodedBytes] once unpacked,
// and checks it with [Trace.Validate] and [Trace.Plausible]. It is strict: a field it doesn't know, a repeated field or a value of
// another type is an error, so that a misspelt column isn't silently lost. Memory stays within a small multiple of
// MaxDecodedBytes for any input. An error about the content is [TraceErrors]; any other comes from r.
func ParseTraceJSON(r io.Reader) (*Trace, error) {
	b, err := readAll(r)
	if err != nil {
		return nil, err
	}
	p := &jsonReader{buf: b}
	t := &Trace{}
	if err := p.document(func() error { return p.trace(t) }); err != nil {
		return nil, err
	}
	if !p.version {
		return nil, TraceErrors{{Loc: []any{"version"}, Msg: "is required: 1", Type: "missing"}}
	}
	if err := t.Validate(); err != nil {
		return nil, err
	}
	if err := t.Plausible(); err != nil {
		return nil, err
	}
	return t, nil
}

// WriteTraceJSON writes a valid trace as trace format version 1 with full
// precision, so that [ParseTraceJSON] gives the same trace back.
func WriteTraceJSON(w io.Writer, t *Trace) error {
	if err := t.Validate(); err != nil {
		return err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(t)
}

// readAll reads at most MaxDecodedBytes. It unpacks gzip, which it recognises by its first two bytes.
func readAll(r io.Reader) ([]byte, error) {
	br := bufio.NewReader(&io.LimitedReader{R: r, N: MaxDecodedBytes + 1})
	var in io.Reader = br
	if magic, _ := br.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, gzipError(err)
		}
		in = &gzipReader{z}
	}
	b, err := io.ReadAll(io.LimitReader(in, MaxDecodedBytes+1))
	if len(b) > MaxDecodedBytes {
		return nil, TraceErrors{{Msg: fmt.Sprintf("is larger than %d MiB once unpacked", MaxDecodedBytes>>20), Type: "too_large"}}
	}
	return b, err
}

// gzipReader reports damage in a gzip stream as an error about the content.
type gzipReader struct{ z *gzip.Reader }

func (g *gzipReader) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	return n, gzipError(err)
}

func gzipError(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, io.ErrUnexpectedEOF) ||
		strings.HasPrefix(err.Error(), "flate:") {
		return TraceErrors{{Msg: "is a damaged or cut off gzip file", Type: "unreadable"}}
	}
	return err
}

// jsonReader reads the JSON text of a trace and keeps track of its place. It is hand-written because encoding/json
// can't say at which index a number is wrong, can't refuse repeated fields, and builds every number twice.
type jsonReader struct {
	buf     []byte
	pos     int
	loc     []any
	version bool // the version field was there
}

func (p *jsonReader) fail(typ, format string, args ...any) error {
	return TraceErrors{{Loc: slices.Clone(p.loc), Msg: fmt.Sprintf(format, args...), Type: typ}}
}

func (p *jsonReader) syntax(want string) error {
	if p.pos >= len(p.buf) {
		return p.fail("syntax", "the text ends where %s should follow", want)
	}
	return p.fail("syntax", "is not valid JSON at byte %d: expected %s, found %q", p.pos, want, p.buf[p.pos])
}

// wrong reports a value of another type than the one wanted.
func (p *jsonReader) wrong(want string) error {
	if p.pos >= len(p.buf) {
		return p.syntax(want)
	}
	var found string
	switch c := p.buf[p.pos]; {
	case c == '{':
		found = "an object"
	case c == '[':
		found = "a list"
	case c == '"':
		found = "text"
	case c == 't' || c == 'f':
		found = "true or false"
	case p.has("null"):
		found = "null"
	case c == '-' || c >= '0' && c <= '9':
		found = "a number"
	case c == 'N' || c == 'I':
		return p.fail("not_finite", "NaN and Infinity are not numbers in JSON; a frame without a value has 0 and n_px 0")
	default:
		return p.syntax(want)
	}
	return p.fail("wrong_type", "expected %s, found %s", want, found)
}

func (p *jsonReader) has(word string) bool { return bytes.HasPrefix(p.buf[p.pos:], []byte(word)) }

// space skips white space and returns the byte that follows, 0 at the end.
func (p *jsonReader) space() byte {
	for p.pos < len(p.buf) {
		switch p.buf[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return p.buf[p.pos]
		}
	}
	return 0
}

// document reads one value and makes sure that nothing follows it.
func (p *jsonReader) document(value func() error) error {
	if p.has("\ufeff") {
		p.pos = 3
	}
	if err := value(); err != nil {
		return err
	}
	if p.space(); p.pos < len(p.buf) {
		return p.syntax("the end of the text")
	}
	return nil
}

// object reads an object, calling field for each name with the reader at its value.
func (p *jsonReader) object(what string, field func(name string) (known bool, err error)) error {
	if p.space() != '{' {
		return p.wrong("an object: " + what)
	}
	p.pos++
	var seen []string
	for first := true; ; first = false {
		c := p.space()
		if c == '}' && first {
			p.pos++
			return nil
		}
		name, err := p.text()
		if err != nil {
			return p.syntax("the name of a field")
		}
		p.loc = append(p.loc, name)
		if slices.Contains(seen, name) {
			return p.fail("duplicate", "appears twice")
		}
		seen = append(seen, name)
		if p.space() != ':' {
			return p.syntax("a colon")
		}
		p.pos++
		p.space()
		known, err := field(name)
		if err != nil {
			return err
		}
		if !known {
			return p.fail("unknown_field", "is not a field of %s", what)
		}
		p.loc = p.loc[:len(p.loc)-1]
		switch p.space() {
		case ',':
			p.pos++
		case '}':
			p.pos++
			return nil
		default:
			return p.syntax("a comma or the end of the object")
		}
	}
}

// list reads a list, calling item for each entry.
func (p *jsonReader) list(want string, item func(i int) error) error {
	if p.space() != '[' {
		return p.wrong(want)
	}
	p.pos++
	if p.space() == ']' {
		p.pos++
		return nil
	}
	p.loc = append(p.loc, 0)
	for i := 0; ; i++ {
		p.loc[len(p.loc)-1] = i
		p.space()
		if err := item(i); err != nil {
			return err
		}
		switch p.space() {
		case ',':
			p.pos++
		case ']':
			p.pos++
			p.loc = p.loc[:len(p.loc)-1]
			return nil
		default:
			return p.syntax("a comma or the end of the list")
		}
	}
}

// numbers reads a list of numbers. An empty list is not nil.
func (p *jsonReader) numbers() ([]float64, error) {
	const want = "a list of numbers"
	if p.space() != '[' {
		return nil, p.wrong(want)
	}
	p.pos++
	v := []float64{}
	if p.space() == ']' {
		p.pos++
		return v, nil
	}
	for {
		p.space()
		x, err := p.number()
		if err == nil {
			if len(v) == MaxFrames {
				return nil, p.fail("too_many", "has more than %d values, one for each frame", MaxFrames)
			}
			v = append(v, x)
			switch p.space() {
			case ',':
				p.pos++
				continue
			case ']':
				p.pos++
				return v, nil
			}
			err = p.syntax("a comma or the end of the list")
		}
		// The index is added here, so that it costs nothing while reading.
		var e TraceErrors
		if errors.As(err, &e) {
			e[0].Loc = append(e[0].Loc, len(v))
		}
		return nil, err
	}
}

// number reads one number as JSON writes it.
func (p *jsonReader) number() (float64, error) {
	start := p.pos
	p.skip('-')
	if !p.skip('0') && p.digits() == 0 {
		if p.pos == start || p.has("I") {
			return 0, p.wrong("a number")
		}
		return 0, p.syntax("a digit")
	}
	if p.skip('.') && p.digits() == 0 {
		return 0, p.syntax("a digit")
	}
	if p.skip('e') || p.skip('E') {
		_ = p.skip('-') || p.skip('+')
		if p.digits() == 0 {
			return 0, p.syntax("a digit")
		}
	}
	v, err := strconv.ParseFloat(string(p.buf[start:p.pos]), 64)
	if err != nil {
		return 0, p.fail("out_of_range", "is too large")
	}
	return v, nil
}

func (p *jsonReader) skip(c byte) bool {
	if p.pos < len(p.buf) && p.buf[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *jsonReader) digits() int {
	n := 0
	for ; p.pos < len(p.buf) && p.buf[p.pos] >= '0' && p.buf[p.pos] <= '9'; p.pos++ {
		n++
	}
	return n
}

// integer reads a whole number.
func (p *jsonReader) integer() (int, error) {
	v, err := p.number()
	if err == nil && (v != math.Trunc(v) || math.Abs(v) > math.MaxInt32) {
		return 0, p.fail("wrong_type", "is not a whole number in range")
	}
	return int(v), err
}

// text reads a string.
func (p *jsonReader) text() (string, error) {
	if p.space() != '"' {
		return "", p.wrong("text")
	}
	end := p.pos + 1
	for end < len(p.buf) && p.buf[end] != '"' {
		if p.buf[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.buf) {
		p.pos = len(p.buf)
		return "", p.syntax("the closing quote of a text")
	}
	if end-p.pos > 8*maxString {
		return "", p.fail("too_large", "is too long")
	}
	var s string
	if err := json.Unmarshal(p.buf[p.pos:end+1], &s); err != nil {
		return "", p.syntax("text without raw control characters and with valid escapes")
	}
	p.pos = end + 1
	return s, nil
}

// optional reads null as absent and anything else with read.
func (p *jsonReader) optional(read func() error) error {
	if p.has("null") {
		p.pos += 4
		return nil
	}
	return read()
}
