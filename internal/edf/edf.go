// Package edf writes recordings in the European Data Format with annotations (EDF+), which programs for sleep,
// heart and brain signals can read: Kemp & Olivan, "European data format 'plus' (EDF+), an EDF alike standard
// format for the exchange of physiological data", Clinical Neurophysiology 114 (2003) 1755–1761, and the full
// specification at www.edfplus.info. It writes EDF+C: one recording without a break.
package edf

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signal is an evenly sampled signal of a recording.
type Signal struct {
	Label string // at most 16 characters of ASCII
	Unit  string // at most 8 characters; empty for none
	// Prefilter says how the signal was filtered, at most 80 characters.
	Prefilter string
	// Rate is in Hz. All rates of a recording must make whole numbers of samples in some record of at most [MaxRecord].
	Rate float64
	// Start is the time of the first sample in seconds from the start of the recording, not negative. It is
	// rounded to a whole sample.
	Start   float64
	Samples []float64
}

// Annotation is a text at a time.
type Annotation struct {
	Onset float64 // seconds from the start of the recording, not negative
	Text  string
}

// Recording is the contents of a file.
type Recording struct {
	// Start is the local time of the person, from 1985 to 2084: EDF has no time zone.
	Start time.Time
	// PatientCode identifies the person, RecordingCode the recording and Equipment the device. Spaces become
	// underscores, and empty means unknown.
	PatientCode, RecordingCode, Equipment string
	Signals                               []Signal
	Annotations                           []Annotation
}

// MaxRecord is the longest data record, in seconds, that is tried for rates that aren't whole numbers of Hz.
const MaxRecord = 60

const (
	lowest, highest = math.MinInt16, math.MaxInt16
	// annotationUnit is the unit to which the size of the annotations of a record is rounded up.
	annotationUnit = 16
	maxRecordBytes = 61440 // the specification's limit for a data record
)

// Write writes a recording. Where a signal has no samples, before its start and after its end, it writes the value
// nearest to zero that the signal can have, and annotations say where the signal begins and ends. A sample is kept
// to within (highest − lowest) / 65535 of its signal.
func Write(to io.Writer, r Recording) error {
	if year := r.Start.Year(); year < 1985 || year > 2084 {
		return fmt.Errorf("edf: the year %d cannot be written", year)
	}
	length, err := r.recordLength()
	if err != nil {
		return err
	}
	signals := make([]scaled, len(r.Signals))
	end := 0.0
	for i, s := range r.Signals {
		if signals[i], err = scale(s, length); err != nil {
			return err
		}
		end = max(end, signals[i].end())
	}
	notes := withEdges(r.Annotations, signals)
	for _, a := range notes {
		if a.Onset < 0 || math.IsNaN(a.Onset) || math.IsInf(a.Onset, 0) || strings.ContainsAny(a.Text, "\x00\x14\x15") {
			return fmt.Errorf("edf: annotation %q at %g s cannot be written", a.Text, a.Onset)
		}
		end = max(end, a.Onset)
	}
	records := max(1, int(math.Ceil(end/length-1e-9)))
	lists := annotations(notes, records, length)
	size := annotationUnit
	for _, l := range lists {
		size = max(size, (len(l)+annotationUnit-1)/annotationUnit*annotationUnit)
	}
	bytes := size
	for _, s := range signals {
		bytes += 2 * s.inRecord
	}
	if bytes > maxRecordBytes {
		return fmt.Errorf("edf: a record of %d bytes is too large", bytes)
	}
	out := bufio.NewWriter(to)
	if _, err := out.Write(header(r, signals, records, length, size/2)); err != nil {
		return err
	}
	for i := range records {
		record := make([]byte, 0, bytes)
		for _, s := range signals {
			for k := range s.inRecord {
				record = binary.LittleEndian.AppendUint16(record, uint16(s.at(i*s.inRecord+k)))
			}
		}
		record = append(record, lists[i]...)
		if _, err := out.Write(record[:bytes]); err != nil { // the rest of the annotations is zero
			return err
		}
	}
	return out.Flush()
}

// withEdges adds to annotations when each signal begins, where that is after the start, and ends.
func withEdges(notes []Annotation, signals []scaled) []Annotation {
	notes = slices.Clone(notes)
	for _, s := range signals {
		if s.first > 0 {
			notes = append(notes, Annotation{float64(s.first) / s.Rate, s.Label + " begins"})
		}
		notes = append(notes, Annotation{s.end(), s.Label + " ends"})
	}
	return notes
}

// recordLength returns the shortest whole number of seconds in which every signal has a whole number of samples.
func (r Recording) recordLength() (float64, error) {
	for length := 1.0; length <= MaxRecord; length++ {
		fits := true
		for _, s := range r.Signals {
			n := s.Rate * length
			fits = fits && n >= 1 && math.Abs(n-math.Round(n)) < 1e-9*n
		}
		if fits {
			return length, nil
		}
	}
	return 0, fmt.Errorf("edf: the rates make no whole numbers of samples in %d s", MaxRecord)
}

// scaled is a signal with its scaling to the file's integers.
type scaled struct {
	Signal
	inRecord        int
	first           int // index in the file of the signal's first sample
	low, high       float64
	lowText, hiText string
}

func scale(s Signal, length float64) (scaled, error) {
	if s.Start < 0 || math.IsNaN(s.Start) || math.IsInf(s.Start, 0) {
		return scaled{}, fmt.Errorf("edf: %s begins at %g s", s.Label, s.Start)
	}
	out := scaled{Signal: s, inRecord: int(math.Round(s.Rate * length)), first: int(math.Round(s.Start * s.Rate))}
	for _, v := range s.Samples {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return scaled{}, fmt.Errorf("edf: %s has a sample that is not a finite number", s.Label)
		}
		out.low, out.high = min(out.low, v), max(out.high, v)
	}
	if out.low == out.high {
		out.high = 1
	}
	// The bounds are stored in eight characters. After rounding, they must still include every sample.
	if out.lowText, out.low = outward(out.low, -1); out.lowText == "" {
		return scaled{}, fmt.Errorf("edf: %s has a sample that is too large", s.Label)
	}
	if out.hiText, out.high = outward(out.high, +1); out.hiText == "" {
		return scaled{}, fmt.Errorf("edf: %s has a sample that is too large", s.Label)
	}
	return out, nil
}

// outward formats a bound in at most eight characters, rounded down or up by direction, and returns the value of
// the text.
func outward(v float64, direction float64) (text string, is float64) {
	for decimals := 6; decimals >= 0; decimals-- {
		unit := math.Pow(10, float64(decimals))
		rounded := v * unit
		if direction < 0 {
			rounded = math.Floor(rounded)
		} else {
			rounded = math.Ceil(rounded)
		}
		text = strconv.FormatFloat(rounded/unit, 'f', decimals, 64)
		if len(text) > 8 {
			continue
		}
		is, err := strconv.ParseFloat(text, 64)
		if err == nil && (direction < 0 && is <= v || direction > 0 && is >= v) {
			return text, is
		}
	}
	return "", 0
}

// end returns the time in seconds at which the signal ends.
func (s scaled) end() float64 { return float64(s.first+len(s.Samples)) / s.Rate }

// at returns the file's integer for sample i.
func (s scaled) at(i int) int16 {
	v := 0.0
	if k := i - s.first; k >= 0 && k < len(s.Samples) {
		v = s.Samples[k]
	}
	scaledTo := lowest + (v-s.low)/(s.high-s.low)*(highest-lowest)
	return int16(min(max(math.Round(scaledTo), lowest), highest))
}

// annotations returns the time-stamped annotation lists of each record: first the one with the start of the
// record, then the annotations that fall in it.
func annotations(notes []Annotation, records int, length float64) [][]byte {
	slices.SortStableFunc(notes, func(a, b Annotation) int {
		switch {
		case a.Onset < b.Onset:
			return -1
		case a.Onset > b.Onset:
			return 1
		}
		return 0
	})
	out := make([][]byte, records)
	for i := range out {
		out[i] = []byte("+" + seconds(float64(i)*length) + "\x14\x14\x00")
	}
	for _, a := range notes {
		i := min(int(a.Onset/length), records-1)
		out[i] = append(out[i], "+"+seconds(a.Onset)+"\x14"+a.Text+"\x14\x00"...)
	}
	return out
}

// seconds formats a time to the millisecond.
func seconds(t float64) string {
	return strconv.FormatFloat(math.Round(t*1000)/1000, 'f', -1, 64)
}

// header returns the header of the file and of its signals. The annotations come last, with notes integers in each
// record.
func header(r Recording, signals []scaled, records int, length float64, notes int) []byte {
	var b strings.Builder
	field := func(width int, text string) {
		text = ascii(text)
		b.WriteString(text[:min(len(text), width)] + strings.Repeat(" ", max(0, width-len(text))))
	}
	all := len(signals) + 1
	field(8, "0")
	field(80, code(r.PatientCode)+" X X X") // sex, birth date and name are left out
	field(80, "Startdate "+strings.ToUpper(r.Start.Format("02-Jan-2006"))+" "+code(r.RecordingCode)+" X "+code(r.Equipment))
	field(8, r.Start.Format("02.01.06"))
	field(8, r.Start.Format("15.04.05"))
	field(8, strconv.Itoa(256*(all+1)))
	field(44, "EDF+C")
	field(8, strconv.Itoa(records))
	field(8, strconv.FormatFloat(length, 'f', -1, 64))
	field(4, strconv.Itoa(all))
	each := func(width int, of func(scaled) string, annotation string) {
		for _, s := range signals {
			field(width, of(s))
		}
		field(width, annotation)
	}
	each(16, func(s scaled) string { return s.Label }, "EDF Annotations")
	each(80, func(scaled) string { return "" }, "") // the transducer
	each(8, func(s scaled) string { return s.Unit }, "")
	each(8, func(s scaled) string { return s.lowText }, "-1")
	each(8, func(s scaled) string { return s.hiText }, "1")
	each(8, func(scaled) string { return strconv.Itoa(lowest) }, strconv.Itoa(lowest))
	each(8, func(scaled) string { return strconv.Itoa(highest) }, strconv.Itoa(highest))
	each(80, func(s scaled) string { return s.Prefilter }, "")
	each(8, func(s scaled) string { return strconv.Itoa(s.inRecord) }, strconv.Itoa(notes))
	each(32, func(scaled) string { return "" }, "")
	return []byte(b.String())
}

// code returns a subfield of the header: without spaces, or X if unknown.
func code(s string) string {
	if s = strings.Join(strings.Fields(s), "_"); s == "" {
		return "X"
	}
	return s
}

// ascii replaces the characters that a header can't contain.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 32 || r > 126 {
			return '?'
		}
		return r
	}, s)
}
