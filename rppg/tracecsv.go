package rppg

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ParseTraceCSV reads a trace from a table, plain or gzip, of at most [MaxDecodedBytes]: a header with a time
// column (time or time_ms in milliseconds, t_s in seconds), R, G, B and optionally region, in any case and order,
// separated by commas, semicolons or tabs; other columns, and lines that start with #, are ignored. Between semicolons
// or tabs a number may have a decimal comma. Without a region column all rows are one region; with it, every region has
// the same times, in the same order.
//
// fps is the number of frames a second of a table whose own times are missing or wrong: it needs no time column, and the
// rows of a region are its frames in order. With 0 the table's own times count.
//
// A table doesn't say where the skin is: the trace's Site is [Face], for the
// caller to change. An error about the content is [TraceErrors].
func ParseTraceCSV(r io.Reader, fps float64) (*Trace, error) {
	b, err := readAll(r)
	if err != nil {
		return nil, err
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	rows := csv.NewReader(bytes.NewReader(b))
	rows.Comma = separator(b)
	rows.Comment = '#'
	rows.FieldsPerRecord = -1
	rows.TrimLeadingSpace = true
	rows.ReuseRecord = true

	head, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, TraceErrors{{Msg: "the table is empty", Type: "missing"}}
	}
	if err != nil {
		return nil, csvError(err)
	}
	cols, err := csvHeader(head, fps > 0)
	if err != nil {
		return nil, err
	}
	t := &csvTable{columns: cols, decimalComma: rows.Comma != ',', fps: fps, index: map[string]int{}}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, csvError(err)
		}
		line, _ := rows.FieldPos(0)
		if err := t.add(row, line); err != nil {
			return nil, err
		}
	}
	tr, err := t.trace()
	if err != nil {
		return nil, err
	}
	if err := tr.Validate(); err != nil {
		return nil, err
	}
	if err := tr.Plausible(); err != nil {
		return nil, err
	}
	return tr, nil
}

// separator picks what separates the fields of the first line that isn't a comment.
func separator(b []byte) rune {
	for line := range bytes.Lines(b) {
		if bytes.HasPrefix(line, []byte("#")) || len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		for _, c := range ";\t" {
			if bytes.ContainsRune(line, c) && !bytes.ContainsRune(line, ',') {
				return c
			}
		}
		break
	}
	return ','
}

func csvError(err error) error {
	var e *csv.ParseError
	if errors.As(err, &e) {
		return TraceErrors{{Loc: []any{"line", e.Line}, Msg: "is not a valid row: " + e.Err.Error(), Type: "syntax"}}
	}
	return err
}

// columns are the indices of the fields of interest; region is -1 when absent.
type columns struct {
	time, r, g, b, region int
	timeName              string  // in lower case
	msPerUnit             float64 // milliseconds in one unit of the time column
}

// csvHeader finds the columns. With untimed, none with times is looked for.
func csvHeader(head []string, untimed bool) (columns, error) {
	c := columns{time: -1, r: -1, g: -1, b: -1, region: -1, timeName: "time", msPerUnit: 1}
	fail := func(typ, name, msg string) (columns, error) {
		return c, TraceErrors{{Loc: []any{"header", name}, Msg: msg, Type: typ}}
	}
	for i, h := range head {
		name := strings.ToLower(strings.TrimSpace(h))
		if untimed && (name == "time" || name == "time_ms" || name == "t_s") {
			continue
		}
		var at *int
		switch name {
		case "time", "time_ms":
			at, c.timeName = &c.time, name
		case "t_s":
			at, c.timeName, c.msPerUnit = &c.time, name, 1000
		case "r":
			at = &c.r
		case "g":
			at = &c.g
		case "b":
			at = &c.b
		case "region":
			at = &c.region
		default:
			continue
		}
		if *at >= 0 {
			return fail("duplicate", name, "appears twice, or there is more than one time column")
		}
		*at = i
	}
	switch {
	case c.time < 0 && !untimed:
		return fail("missing", "time", "is required: a column time or time_ms in milliseconds, or t_s in seconds; without one, say how many frames a second there are (blush analyze --fps)")
	case c.r < 0:
		return fail("missing", "r", "is required: a column with the mean of red, 0 to 255")
	case c.g < 0:
		return fail("missing", "g", "is required: a column with the mean of green, 0 to 255")
	case c.b < 0:
		return fail("missing", "b", "is required: a column with the mean of blue, 0 to 255")
	}
	return c, nil
}

// csvTable collects rows into regions.
type csvTable struct {
	columns
	decimalComma bool
	fps          float64 // frames/s; 0: the table has times
	index        map[string]int
	regions      []Region
	times        [][]float64 // of each region, in milliseconds
}

func (t *csvTable) add(row []string, line int) error {
	fail := func(typ, name, format string, args ...any) error {
		return TraceErrors{{Loc: []any{"line", line, name}, Msg: fmt.Sprintf(format, args...), Type: typ}}
	}
	var v [4]float64
	for i, c := range [...]struct {
		name string
		at   int
	}{{t.timeName, t.time}, {"r", t.r}, {"g", t.g}, {"b", t.b}} {
		if i == 0 && t.fps > 0 {
			continue
		}
		if c.at >= len(row) {
			return fail("missing", c.name, "the row ends before this column")
		}
		f := strings.TrimSpace(row[c.at])
		if t.decimalComma && !strings.Contains(f, ".") {
			f = strings.Replace(f, ",", ".", 1)
		}
		x, err := strconv.ParseFloat(f, 64)
		if errors.Is(err, strconv.ErrSyntax) {
			return fail("wrong_type", c.name, "expected a number, found %.40q", f)
		}
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return fail("not_finite", c.name, "is not a finite number")
		}
		if i > 0 && (x < 0 || x > 255) {
			return fail("out_of_range", c.name, "is %g, outside 0 to 255", x)
		}
		v[i] = x
	}
	name := "skin"
	if t.region >= 0 {
		if t.region >= len(row) {
			return fail("missing", "region", "the row ends before this column")
		}
		if name = strings.TrimSpace(row[t.region]); name == "" {
			return fail("missing", "region", "is empty")
		}
	}
	k, ok := t.index[name]
	if !ok {
		if len(t.regions) == MaxRegions {
			return fail("too_many", "region", "there are more than %d regions", MaxRegions)
		}
		k = len(t.regions)
		t.index[strings.Clone(name)] = k
		t.regions = append(t.regions, Region{Name: strings.Clone(name)})
	}
	r := &t.regions[k]
	r.R, r.G, r.B = append(r.R, v[1]), append(r.G, v[2]), append(r.B, v[3])
	if k == len(t.times) {
		t.times = append(t.times, nil)
	}
	t.times[k] = append(t.times[k], v[0]*t.msPerUnit)
	return nil
}

func (t *csvTable) trace() (*Trace, error) {
	if len(t.times) == 0 || len(t.times[0]) < 2 {
		return nil, TraceErrors{{Msg: "the table has fewer than two frames; a trace needs at least two", Type: "too_short"}}
	}
	for k, r := range t.regions[1:] {
		if first := t.regions[0].Name; !slices.Equal(t.times[k+1], t.times[0]) {
			return nil, TraceErrors{{Loc: []any{"region", r.Name}, Type: "length_mismatch",
				Msg: fmt.Sprintf("its %d times are not the %d times of region %q; every region needs the same frames", len(r.R), len(t.times[0]), first)}}
		}
	}
	tr := &Trace{Version: 1, Site: Face, TimeMS: t.times[0], Regions: t.regions, Device: Device{Source: "file"}}
	if t.fps > 0 {
		tr.SetRate(t.fps)
	}
	return tr, nil
}
