package rppg_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"

	"blush.example/blush/engine"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

func compact(t testing.TB, tr *rppg.Trace) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := rppg.WriteTraceCompact(&b, tr.Rounded()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func good(t testing.TB) *rppg.Trace {
	t.Helper()
	tr, err := rppg.ParseTraceJSON(strings.NewReader(goodTrace))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// Every field is read back, and so is the absence of columns. The bytes never change, because databases contain
// them.
func TestCompactKeepsEveryField(t *testing.T) {
	tr := good(t)
	b := compact(t, tr)
	back, err := rppg.ParseTraceCompact(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, tr) {
		t.Errorf("got  %+v\nwant %+v", back, tr)
	}
	const want = "8942545201041f04666163652430643465356139632d336631622d346338362d396630652d3766336132623163346435651e416d65726963612f4172" +
		"67656e74696e612f4275656e6f735f41697265730762726f777365720a43616dc3a9726120c3a900000663616d6572618005e003020a666f72656865" +
		"61645f310105636865656b02000000000000010028000001020010000000000312000001020340000001020140000001020140000000000000010202" +
		"4000000102014000000102014000020000048000000002054000ff0002014000000306018000fe0002024000000002014000ff000201400000030604" +
		"4000fe000202400000030a026d00ff030603400000030e019300fd000204400000031203c000ff030a05400001125574599e2d25610626e13047f131" +
		"000000acd7a360000000000000d97b680000082c5204753da80d000ffef2417c0000000000d07622ca000000000000e4cb41ae"
	if got := hex.EncodeToString(b); got != want {
		t.Errorf("the bytes changed, and databases contain such bytes:\n%s", got)
	}
	plain := &rppg.Trace{Version: 1, Site: rppg.Finger, TimeMS: []float64{5, 0}, Regions: []rppg.Region{{Name: "f", R: []float64{1.5, 2}, G: []float64{0, 255}, B: []float64{3, 3}}}}
	if back, err = rppg.ParseTraceCompact(bytes.NewReader(compact(t, plain))); err != nil || !reflect.DeepEqual(back, plain) {
		t.Errorf("got %+v, %v, want %+v", back, err, plain)
	}
}

// The head tells how much there is to read, and is rewritten without reading it.
func TestCompactHead(t *testing.T) {
	tr := good(t)
	b := compact(t, tr)
	h, err := rppg.ReadCompactHead(b)
	want := rppg.CompactHead{Frames: 4, Regions: 3, ScanID: tr.ScanID, Timezone: tr.Timezone, AtRest: tr.AtRest}
	if err != nil || !reflect.DeepEqual(h, want) {
		t.Errorf("%+v, %v, want %+v", h, err, want)
	}
	renamed, err := rppg.RenameCompact(b, "0190b2a0-0000-7000-8000-000000000000", "")
	if tr.ScanID, tr.Timezone = "0190b2a0-0000-7000-8000-000000000000", ""; err != nil || !bytes.Equal(renamed, compact(t, tr)) {
		t.Errorf("renamed: %v", err)
	}
	var faults rppg.TraceErrors
	for i := range b {
		bad := bytes.Clone(b)
		bad[i] ^= 0x10
		if _, err := rppg.ReadCompactHead(bad); !errors.As(err, &faults) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
}

// What goes over the wire from a browser is small, comes back exactly as it was rounded, and rounds to itself.
func TestCompactOfAScan(t *testing.T) {
	for _, name := range []string{"webcam", "phone", "moving", "variable"} {
		tr, _ := simulate.Real(name, 7, 60).Trace()
		before := *tr
		before.TimeMS = append([]float64(nil), tr.TimeMS...)
		r := tr.Rounded()
		if !reflect.DeepEqual(tr.TimeMS, before.TimeMS) {
			t.Error("Rounded changed the trace itself")
		}
		b := compact(t, tr)
		if minute := 1000 * 150 * float64(len(tr.TimeMS)) / 1800; float64(len(b)) > minute {
			t.Errorf("%s: %d bytes", name, len(b))
		}
		back, err := rppg.ParseTraceCompact(bytes.NewReader(b))
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Fatalf("%s: read back, %v", name, err)
		}
		if !reflect.DeepEqual(back.Rounded(), back) {
			t.Errorf("%s: what is rounded rounds to something else", name)
		}
		is, was := engine.Analyze(back, engine.Options{}), engine.Analyze(tr, engine.Options{})
		a, _ := is.Find("heart_rate")
		e, _ := was.Find("heart_rate")
		if (a.Value == nil) != (e.Value == nil) || a.Value != nil && math.Abs(*a.Value-*e.Value) > 0.02 {
			t.Errorf("%s: %+v, was %+v", name, a, e)
		}
	}
}

// The error of a channel is far below its own noise.
func TestRoundStaysBelowTheNoise(t *testing.T) {
	tr, _ := simulate.Real("webcam", 7, 30).Trace()
	r := tr.Rounded()
	for k := range tr.Regions {
		var off, noise float64
		g, was := r.Regions[k].G, tr.Regions[k].G
		for i := 2; i < len(g); i++ {
			off += (g[i] - was[i]) * (g[i] - was[i])
			d := was[i] - 2*was[i-1] + was[i-2]
			noise += d * d / 6 // of white noise
		}
		if ratio := math.Sqrt(off / noise); ratio > 0.01 || off == 0 {
			t.Errorf("%s: off by %.4f of its noise", tr.Regions[k].Name, ratio)
		}
	}
}

// The rules that recognise frozen pictures and replayed clips depend on which frames repeat. So whole levels stay
// whole, a frame that hardly changes becomes a repetition, and one that changes a little more does not.
func TestRoundKeepsRepetitions(t *testing.T) {
	n := 400
	tr := &rppg.Trace{Version: 1, Site: rppg.Face}
	noise := func(i, k int) float64 { return math.Mod(math.Sin(float64(i*7+k*13))*43758.5453, 1) }
	tr.Regions = []rppg.Region{{Name: "a"}, {Name: "whole"}}
	for i := range n {
		tr.TimeMS = append(tr.TimeMS, float64(i)*33.3333333)
		r := &tr.Regions[0]
		at := i
		switch {
		case i >= 300: // from here on the clip comes again
			at = i - 200
		case i >= 60 && i < 80: // frozen, all but exactly
			at = 59
		}
		v := [3]float64{120.123 + noise(at, 1), 90.7 + noise(at, 2), 60.2 + noise(at, 3)}
		if i >= 60 && i < 70 {
			v[1] += 5e-5 * noise(i, 4) // the engine takes that for the same frame
		}
		if i >= 70 && i < 80 {
			v[1] += 1.5e-4 * float64(i%2+1) // and that for another
		}
		r.R, r.G, r.B = append(r.R, v[0]), append(r.G, v[1]), append(r.B, v[2])
		w := &tr.Regions[1]
		w.R, w.G, w.B = append(w.R, 3), append(w.G, float64(100+i%2*0)), append(w.B, 0)
	}
	x := tr.Rounded()
	if !reflect.DeepEqual(x.Regions[1], tr.Regions[1]) {
		t.Error("whole levels were rounded")
	}
	g := x.Regions[0].G
	for i := 60; i < 70; i++ {
		if g[i] != g[59] || x.Regions[0].R[i] != x.Regions[0].R[59] {
			t.Errorf("frame %d no longer repeats frame 59", i)
		}
	}
	for i := 71; i < 80; i++ {
		if math.Abs(g[i]-g[i-1]) < 1e-4 {
			t.Errorf("frame %d became a repetition", i)
		}
	}
	for i := 302; i < n; i++ {
		if g[i] != g[i-200] {
			t.Errorf("frame %d is no longer frame %d", i, i-200)
		}
	}
	if !reflect.DeepEqual(x.Rounded(), x) {
		t.Error("what is rounded rounds to something else")
	}
}

func TestRoundKeepsCountsAboveZero(t *testing.T) {
	tr := good(t)
	tr.Regions[0].Skin = []float64{0, 0.2, 700.4, 5}
	if got := tr.Rounded().Regions[0].Skin; got[0] != 0 || !(got[1] > 0) {
		t.Errorf("%v", got)
	}
}

func TestWriteCompactWantsRoundedTraces(t *testing.T) {
	for _, change := range []func(*rppg.Trace){
		func(tr *rppg.Trace) { tr.Regions[0].R[1] = 0.1 },
		func(tr *rppg.Trace) { tr.TimeMS[1] = 33.33333333 },
		func(tr *rppg.Trace) { tr.Landmarks[1][3] = math.Pi },
	} {
		tr := good(t).Rounded()
		change(tr)
		if err := rppg.WriteTraceCompact(io.Discard, tr); err == nil {
			t.Error("a value that is not rounded was written")
		}
	}
	tr := good(t)
	tr.Site = "toe"
	var faults rppg.TraceErrors
	if err := rppg.WriteTraceCompact(io.Discard, tr); !errors.As(err, &faults) {
		t.Errorf("an invalid trace: %v", err)
	}
}

// sealed appends the checksum, without which nothing is read.
func sealed(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)) }

// All damage is found, and reported as an error about the content.
func TestParseCompactRefusesDamage(t *testing.T) {
	b := compact(t, good(t))
	var faults rppg.TraceErrors
	for i := range b {
		if _, err := rppg.ParseTraceCompact(bytes.NewReader(b[:i])); !errors.As(err, &faults) {
			t.Errorf("cut off at %d: %v", i, err)
		}
		bad := bytes.Clone(b)
		bad[i] ^= 0x10
		if _, err := rppg.ParseTraceCompact(bytes.NewReader(bad)); !errors.As(err, &faults) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	body := b[:len(b)-4]
	for what, bad := range map[string][]byte{
		"cut off before its checksum": sealed(bytes.Clone(body[:len(body)-3])),
		"longer than its numbers":     sealed(append(bytes.Clone(body), 0)),
	} {
		if _, err := rppg.ParseTraceCompact(bytes.NewReader(bad)); !errors.As(err, &faults) || faults[0].Type != "unreadable" {
			t.Errorf("%s: %v", what, err)
		}
	}
	next := bytes.Clone(body)
	next[4]++
	if _, err := rppg.ParseTraceCompact(bytes.NewReader(sealed(next))); !errors.As(err, &faults) || faults[0].Type != "out_of_range" {
		t.Errorf("another version: %v", err)
	}
}

// A few bytes can't cause much use of memory or time: the counts in the header are checked before any column is
// allocated.
func TestParseCompactIsBounded(t *testing.T) {
	b := compact(t, good(t))
	head := []byte("\x89BTR\x01")
	rest := b[len(head)+1 : len(b)-4] // after the number of frames, 4
	for _, frames := range []uint64{0, 1, 60_000, rppg.MaxFrames, rppg.MaxFrames + 1, 1 << 40, math.MaxUint64} {
		in := sealed(append(binary.AppendUvarint(bytes.Clone(head), frames), rest...))
		var faults rppg.TraceErrors
		var err error
		grown := testing.AllocsPerRun(1, func() { _, err = rppg.ParseTraceCompact(bytes.NewReader(in)) })
		if !errors.As(err, &faults) {
			t.Errorf("%d frames: %v", frames, err)
		}
		if grown > 2000 {
			t.Errorf("%d frames: %v allocations", frames, grown)
		}
	}
	var faults rppg.TraceErrors
	_, err := rppg.ParseTraceCompact(io.MultiReader(bytes.NewReader(b), bytes.NewReader(make([]byte, rppg.MaxDecodedBytes))))
	if !errors.As(err, &faults) || faults[0].Type != "too_large" {
		t.Errorf("a long body: %v", err)
	}
}

func FuzzParseTraceCompact(f *testing.F) {
	b := compact(f, good(f))
	f.Add(b[:len(b)-4])
	tr, _ := simulate.Real("webcam", 7, 2).Trace()
	b = compact(f, tr)
	f.Add(b[:len(b)-4])
	f.Add([]byte("\x89BTR\x01\x02"))
	f.Fuzz(func(t *testing.T, in []byte) {
		tr, err := rppg.ParseTraceCompact(bytes.NewReader(sealed(in)))
		if err != nil {
			var faults rppg.TraceErrors
			if !errors.As(err, &faults) {
				t.Fatalf("%v is not about the content", err)
			}
			return
		}
		// Whatever is read can be rounded, written and read.
		back, err := rppg.ParseTraceCompact(bytes.NewReader(compact(t, tr)))
		if err != nil || !reflect.DeepEqual(back, tr.Rounded()) {
			t.Fatalf("written and read again: %v", err)
		}
	})
}

// Times of any permitted size, and counts of zero, round to values of the compact form, and rounding them again
// changes nothing.
func TestRoundOfLargeTimesAndNoCounts(t *testing.T) {
	for _, from := range []float64{0, 1.7e12, 4.4e12, 4.45e12, 9e12} {
		tr := good(t)
		for i := range tr.TimeMS {
			tr.TimeMS[i] = from + 33.3*float64(i)
		}
		tr.Regions[0].Pixels, tr.Regions[0].Skin = []float64{0, 9, 900.4, 9}, []float64{math.Copysign(0, -1), 0, 700.4, 5}
		if err := tr.Validate(); err != nil {
			t.Fatal(err)
		}
		x := tr.Rounded()
		if !reflect.DeepEqual(x.Rounded(), x) {
			t.Errorf("times from %g ms: what is rounded rounds to something else", from)
		}
		var b bytes.Buffer
		if err := rppg.WriteTraceCompact(&b, x); err != nil {
			t.Errorf("times from %g ms: %v", from, err)
			continue
		}
		if got, err := rppg.ParseTraceCompact(&b); err != nil || !reflect.DeepEqual(got, x) || math.Signbit(x.Regions[0].Skin[0]) {
			t.Errorf("times from %g ms come back otherwise: %v", from, err)
		}
	}
}
