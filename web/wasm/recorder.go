package main

import (
	"bytes"
	"slices"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/face"
	"blush.example/blush/rppg"
)

// recorder keeps the trace of a recording and says what is known of it so far.
type recorder struct {
	trace    *rppg.Trace
	analyzer *engine.Analyzer
	begun    int // how often the recording had to start again
}

// meta is what JavaScript knows of a recording.
type meta struct {
	scanID, timezone string
	atRest           *bool
	device           rppg.Device
}

func newRecorder(m meta) *recorder {
	t := face.New(face.Options{}).Trace()
	t.ScanID, t.Timezone, t.AtRest, t.Device = m.scanID, m.timezone, m.atRest, m.device
	reserve(t, longest*usualRate)
	d := &recorder{trace: t}
	d.begin()
	return d
}

// usualRate is what cameras give, in frames/s.
const usualRate = 30

// reserve makes room for the given number of rows, 944 bytes each, at once: columns that grew
// would each leave their older selves behind, in memory that WebAssembly never
// gives back.
func reserve(t *rppg.Trace, rows int) {
	t.TimeMS, t.ShoulderDY = slices.Grow(t.TimeMS, rows), slices.Grow(t.ShoulderDY, rows)
	t.FaceBox, t.Landmarks = slices.Grow(t.FaceBox, rows), slices.Grow(t.Landmarks, rows)
	columns := func(r *rppg.Region) {
		for _, c := range []*[]float64{&r.R, &r.G, &r.B, &r.Pixels, &r.Clipped, &r.Skin} {
			*c = slices.Grow(*c, rows)
		}
	}
	for i := range t.Regions {
		columns(&t.Regions[i])
	}
	columns(t.Background)
}

func (d *recorder) begin() {
	t := d.trace
	t.TimeMS, t.ShoulderDY, t.FaceBox, t.Landmarks = t.TimeMS[:0], t.ShoulderDY[:0], t.FaceBox[:0], t.Landmarks[:0]
	cut := func(r *rppg.Region) {
		r.R, r.G, r.B, r.Pixels, r.Clipped, r.Skin = r.R[:0], r.G[:0], r.B[:0], r.Pixels[:0], r.Clipped[:0], r.Skin[:0]
	}
	for i := range t.Regions {
		cut(&t.Regions[i])
	}
	cut(t.Background)
	d.analyzer = engine.New(*t, engine.Options{})
}

// A recording may have a tenth of its time in gaps (engine: frame_gaps). One
// that needs more than fresh seconds to get there starts again.
const (
	mostGaps = 0.1
	fresh    = 30.0 // s
	longGap  = 1.0  // s, shorter ones are dropped frames
)

// add takes a row. Rows that are not later than the one before are passed over,
// and so is what goes beyond the longest recording.
func (d *recorder) add(row []float64) {
	n := len(d.trace.TimeMS)
	if n > 0 {
		gap := (row[0] - d.trace.TimeMS[n-1]) / 1000
		if gap <= 0 || d.seconds()+gap > longest || n >= mostRows {
			return
		}
		if gap > longGap && d.gaps(gap)/mostGaps-d.seconds()-gap > fresh {
			d.begin()
			d.begun++
		}
	}
	s := read(row)
	d.trace.Append(s)
	d.analyzer.Add(s)
}

// A recording takes no more from a length in s or a number of rows on, so that
// its trace, some 850 bytes a row, stays within rppg.MaxDecodedBytes.
const (
	longest  = 300
	mostRows = 15000
)

// gaps is the time in s in gaps, the next included.
func (d *recorder) gaps(next float64) float64 {
	t := d.trace.TimeMS
	for i := 1; i < len(t); i++ {
		if g := (t[i] - t[i-1]) / 1000; g > longGap {
			next += g
		}
	}
	return next
}

func (d *recorder) seconds() float64 { return d.trace.Duration() }

// standing is how near an estimate is to good enough.
type standing struct {
	biomarker biomarker.Name
	// share of the way, 0..1; 1: accepted, and as long as it should be.
	share      float64
	reason     biomarker.Reason // why it isn't accepted; empty: it is
	value      float64
	confidence float64
}

// standings analyses the recording so far, of which only the ending is new work. An estimate is enough when the
// engine accepts it and the recording is as long as its biomarker wants.
func (d *recorder) standings() []standing {
	r := d.analyzer.Snapshot()
	var out []standing
	for _, k := range biomarker.Catalogue {
		e, ok := r.Find(k.Name)
		if !ok || !k.FromScan {
			continue
		}
		s := standing{biomarker: k.Name, share: min(1, d.seconds()/k.WantedDuration.Seconds()), confidence: e.Confidence}
		if e.Reason != nil {
			s.reason = *e.Reason
			s.share = min(s.share, nearly)
		}
		if e.Value != nil {
			s.value = *e.Value
		}
		out = append(out, s)
	}
	return out
}

// nearly is how far an estimate gets that is long enough but isn't accepted.
const nearly = 0.95

// finish returns the trace in its compact form. It is analysed once more as it is rounded there: what is said of it from
// now on is what the server will say.
func (d *recorder) finish() ([]byte, error) {
	if err := d.trace.Validate(); err != nil {
		return nil, err
	}
	d.trace.Round()
	var out bytes.Buffer
	if err := rppg.WriteTraceCompact(&out, d.trace); err != nil {
		return nil, err
	}
	d.analyzer = engine.New(*d.trace, engine.Options{})
	var regions []rppg.Colour
	for i := range d.trace.TimeMS {
		s := d.trace.SampleIn(i, regions)
		regions = s.Regions
		d.analyzer.Add(s)
	}
	return out.Bytes(), nil
}
