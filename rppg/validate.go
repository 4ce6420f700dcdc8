package rppg

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// TraceError says what is wrong with one place of a trace.
type TraceError struct {
	// Loc is the path to the place: names of fields and indices, e.g.
	// ["regions",0,"r",17]; for CSV the line and the column, e.g. ["line",18,"r"].
	Loc []any
	// Msg says in plain words what is wrong.
	Msg string
	// Type is a code for programs: syntax, missing, unknown_field, wrong_type, not_finite, out_of_range,
	// length_mismatch, duplicate, too_short, too_many, too_large, unreadable.
	Type string
}

func (e TraceError) Error() string {
	if len(e.Loc) == 0 {
		return e.Msg
	}
	return where(e.Loc) + ": " + e.Msg
}

// where writes a path as people write it: regions[0].r[17].
func where(loc []any) string {
	var b strings.Builder
	for _, l := range loc {
		switch v := l.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", v)
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			fmt.Fprint(&b, v)
		}
	}
	return b.String()
}

// TraceErrors is everything found wrong with a trace, at most [MaxTraceErrors] places.
type TraceErrors []TraceError

// MaxTraceErrors is the largest number of places listed.
const MaxTraceErrors = 20

func (es TraceErrors) Error() string {
	s := make([]string, len(es))
	for i, e := range es {
		s[i] = e.Error()
	}
	return "trace: " + strings.Join(s, "; ")
}

// Limits on single values.
const (
	// maxTimeMS is in the year 2286 when times count from 1970. A larger value is not in milliseconds.
	maxTimeMS = 1e13
	// leastStepMS is the least mean time between frames, in ms: 2000 frames/s.
	leastStepMS = 0.5
	// maxPixel bounds places and shifts in an image, in pixels.
	maxPixel = 1e6
	// maxCount bounds the number of pixels in a region.
	maxCount  = 1e9
	maxName   = 64
	maxString = 512
)

// Validate checks every rule of trace format version 1. Frames may come in any order and times may repeat: the
// engine sorts them. The error is nil or [TraceErrors].
func (t *Trace) Validate() error {
	c := checker{frames: len(t.TimeMS)}
	if t.Version != 1 {
		c.add("out_of_range", fmt.Sprintf("is %d; this engine reads trace format version 1", t.Version), "version")
	}
	if t.ScanID != "" && !validUUID(t.ScanID) {
		c.add("wrong_type", "is not a UUID: 32 hexadecimal digits, with or without the dashes", "face_scan_id")
	}
	switch t.Site {
	case Face, Finger:
	case "":
		c.add("missing", `is required: "face" or "finger"`, "site")
	default:
		c.add("out_of_range", `must be "face" or "finger"`, "site")
	}
	if t.Timezone != "" && !validTimezone(t.Timezone) {
		c.add("wrong_type", `is not the name of a time zone, like "Europe/Brussels" or "UTC"`, "timezone")
	}
	c.times(t)
	c.regions(t)
	if t.Background != nil {
		c.colours(t.Background, "background")
	}
	if t.ShoulderDY != nil {
		c.values(t.ShoulderDY, -maxPixel, maxPixel, "pixels", "shoulder_dy")
	}
	if t.FaceBox != nil && c.length(len(t.FaceBox), "face_box") {
		for i, b := range t.FaceBox {
			c.numbers(b[:2], -maxPixel, maxPixel, "face_box", i, 0)
			c.numbers(b[2:], 0, maxPixel, "face_box", i, 2)
		}
	}
	if t.Landmarks != nil && c.length(len(t.Landmarks), "landmarks") {
		for i := range t.Landmarks {
			c.numbers(t.Landmarks[i][:], -maxPixel, maxPixel, "landmarks", i, 0)
		}
	}
	c.device(&t.Device)
	if len(c.errs) > 0 {
		return c.errs
	}
	return nil
}

// Plausible finds what no camera gives in a valid trace: times too close together to be milliseconds, colours that are
// fractions in place of levels, or more pixels of skin, or at the limits of the sensor, than pixels. The error is nil or
// [TraceErrors].
func (t *Trace) Plausible() error {
	c := checker{frames: len(t.TimeMS)}
	if step := t.Duration() * 1000 / float64(c.frames-1); step > 0 && step < leastStepMS {
		c.add("out_of_range", fmt.Sprintf("has frames %.2g ms apart, faster than any camera; are the times in seconds?", step), "time_ms")
	}
	if t.fractions() {
		c.add("out_of_range", "have colours between 0 and 1 only; colours are levels from 0 to 255: multiply by 255", "regions")
	}
	for i := range t.Regions {
		c.counts(&t.Regions[i], "regions", i)
	}
	if t.Background != nil {
		c.counts(t.Background, "background")
	}
	if len(c.errs) > 0 {
		return c.errs
	}
	return nil
}

// leastFraction is the brightest fraction from which colours may be fractions. Below it the picture is too dark in
// either unit: the engine needs a luma of 25 of 255.
const leastFraction = 25.0 / 255

// fractions reports whether the colours are fractions of the greatest level. A black picture has colours from 0 to 1,
// too. They are whole numbers or never change, or most of its pixels are at the lower limit of the sensor.
func (t *Trace) fractions() bool {
	var brightest, pixels, clipped float64
	broken, changes := false, false
	for _, r := range t.all() {
		for _, channel := range r.channels() {
			for k, v := range *channel {
				if v > 1 {
					return false
				}
				brightest = max(brightest, v)
				broken = broken || v > 0 && v < 1
				changes = changes || k > 0 && v != (*channel)[k-1] && v > 0 && (*channel)[k-1] > 0
			}
		}
		for k, n := range r.Clipped {
			if k < len(r.Pixels) {
				pixels, clipped = pixels+r.Pixels[k], clipped+n
			}
		}
	}
	return brightest >= leastFraction && broken && changes && 2*clipped <= pixels
}

// counts checks that no part of a region has more pixels than the region, with room for rounded counts; loc is the region's place.
func (c *checker) counts(r *Region, loc ...any) {
	if r.Pixels == nil {
		return
	}
	for _, part := range [...]struct {
		name string
		n    []float64
	}{{"n_clipped", r.Clipped}, {"n_skin", r.Skin}} {
		for i, n := range part.n {
			if n > 1.05*r.Pixels[i]+1 && !c.full() {
				c.add("out_of_range", fmt.Sprintf("is %g, more than the region's %g pixels", n, r.Pixels[i]), append(append([]any{}, loc...), part.name, i)...)
			}
		}
	}
}

// checker collects the errors of one trace.
type checker struct {
	frames int
	errs   TraceErrors
}

func (c *checker) full() bool { return len(c.errs) >= MaxTraceErrors }

func (c *checker) add(typ, msg string, loc ...any) {
	if !c.full() {
		c.errs = append(c.errs, TraceError{Loc: loc, Msg: msg, Type: typ})
	}
}

func (c *checker) times(t *Trace) {
	switch {
	case t.TimeMS == nil:
		c.add("missing", "is required: the time of each frame in milliseconds", "time_ms")
		return
	case c.frames < 2:
		c.add("too_short", fmt.Sprintf("has %d; a trace needs at least two frames", c.frames), "time_ms")
		return
	case c.frames > MaxFrames:
		c.add("too_many", fmt.Sprintf("has %d frames; at most %d are accepted", c.frames, MaxFrames), "time_ms")
		return
	}
	before := len(c.errs)
	for i, v := range t.TimeMS {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			c.add("not_finite", "is not a finite number", "time_ms", i)
		case v < 0:
			c.add("out_of_range", "is negative; times count upwards in milliseconds from any start", "time_ms", i)
		case v > maxTimeMS:
			c.add("out_of_range", "is too large to be milliseconds; is it in microseconds or nanoseconds?", "time_ms", i)
		}
	}
	if d := t.Duration(); len(c.errs) == before && d > MaxDurationS {
		c.add("too_large", fmt.Sprintf("spans %.0f s; at most %d s (2 hours) are accepted", d, MaxDurationS), "time_ms")
	}
}

func (c *checker) regions(t *Trace) {
	if len(t.Regions) == 0 {
		c.add("missing", "is required: at least one region of skin", "regions")
	}
	if len(t.Regions) > MaxRegions {
		c.add("too_many", fmt.Sprintf("has %d regions; at most %d are accepted", len(t.Regions), MaxRegions), "regions")
		return
	}
	seen := map[string]int{}
	for i := range t.Regions {
		r := &t.Regions[i]
		if r.Name == "" {
			c.add("missing", "is required: every region needs its own name", "regions", i, "name")
		} else if j, dup := seen[r.Name]; dup {
			c.add("duplicate", fmt.Sprintf("is also the name of region %d; every region needs its own name", j), "regions", i, "name")
		}
		seen[r.Name] = i
		c.colours(r, "regions", i)
	}
}

// colours checks one region; loc is its place.
func (c *checker) colours(r *Region, loc ...any) {
	at := func(name string) []any { return append(append(make([]any, 0, len(loc)+2), loc...), name) }
	c.text(r.Name, maxName, at("name")...)
	for _, f := range [...]struct {
		name string
		v    []float64
	}{{"r", r.R}, {"g", r.G}, {"b", r.B}} {
		if f.v == nil {
			c.add("missing", "is required: the mean of this channel in each frame, 0 to 255", at(f.name)...)
			continue
		}
		c.values(f.v, 0, 255, "", at(f.name)...)
	}
	for _, f := range [...]struct {
		name string
		v    []float64
	}{{"n_px", r.Pixels}, {"n_clipped", r.Clipped}, {"n_skin", r.Skin}} {
		if f.v != nil {
			c.values(f.v, 0, maxCount, "pixels", at(f.name)...)
		}
	}
}

// length checks that a per-frame column has one entry a frame.
func (c *checker) length(n int, loc ...any) bool {
	if n == c.frames {
		return true
	}
	c.add("length_mismatch", fmt.Sprintf("has %d entries for %d frames", n, c.frames), loc...)
	return false
}

// values checks a per-frame column of numbers.
func (c *checker) values(v []float64, lo, hi float64, unit string, loc ...any) {
	if !c.length(len(v), loc...) {
		return
	}
	for i, x := range v {
		if x >= lo && x <= hi {
			continue
		}
		if c.full() {
			return
		}
		c.value(x, lo, hi, unit, append(append(make([]any, 0, len(loc)+1), loc...), i)...)
	}
}

// numbers checks a group of coordinates of one frame of a column; the first one has index base in the frame.
func (c *checker) numbers(v []float64, lo, hi float64, column string, frame, base int) {
	for i, x := range v {
		if !(x >= lo && x <= hi) {
			c.value(x, lo, hi, "pixels", column, frame, base+i)
		}
	}
}

func (c *checker) value(x, lo, hi float64, unit string, loc ...any) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		c.add("not_finite", "is not a finite number", loc...)
		return
	}
	c.add("out_of_range", strings.TrimSpace(fmt.Sprintf("is %g, outside %g to %g %s", x, lo, hi, unit)), loc...)
}

func (c *checker) device(d *Device) {
	switch d.Source {
	case "", "browser", "video", "file", "synthetic":
	default:
		c.add("out_of_range", `must be "browser", "video", "file" or "synthetic"`, "device", "source")
	}
	switch d.Timing {
	case "", TimingCamera, TimingNominal, TimingUnknown:
	default:
		c.add("out_of_range", `must be "camera", "nominal" or "unknown"`, "device", "timing")
	}
	c.text(d.Camera, maxString, "device", "camera")
	c.text(d.UserAgent, maxString, "device", "user_agent")
	c.text(d.Codec, maxString, "device", "codec")
	for _, f := range [...]struct {
		name string
		v    int
	}{{"width", d.Width}, {"height", d.Height}} {
		if f.v < 0 || f.v > maxPixel {
			c.add("out_of_range", fmt.Sprintf("is %d, outside 0 to %d pixels", f.v, int(maxPixel)), "device", f.name)
		}
	}
}

// text checks a free text: valid UTF-8, at most limit characters, none of them a control character.
func (c *checker) text(s string, limit int, loc ...any) {
	if utf8.RuneCountInString(s) > limit {
		c.add("too_large", fmt.Sprintf("has more than %d characters", limit), loc...)
		return
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		c.add("wrong_type", "contains control characters or invalid UTF-8", loc...)
	}
}

// validUUID reports whether s is 32 hexadecimal digits, bare or as 8-4-4-4-12.
func validUUID(s string) bool {
	switch len(s) {
	case 36:
		for _, i := range [...]int{8, 13, 18, 23} {
			if s[i] != '-' {
				return false
			}
		}
		s = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	case 32:
	default:
		return false
	}
	return strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// validTimezone reports whether s has the shape of an IANA time zone name, or of the offset that a browser may
// give instead. It can't tell whether the zone exists, which needs a time zone database.
func validTimezone(s string) bool {
	if len(s) > maxName || s == "Local" {
		return false
	}
	for part := range strings.SplitSeq(s, "/") {
		if part == "" || strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-:") != "" {
			return false
		}
	}
	return true
}
