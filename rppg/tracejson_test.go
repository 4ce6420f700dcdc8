package rppg_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"blush.example/blush/rppg"
)

const goodTrace = `{"version":1,"face_scan_id":"0d4e5a9c-3f1b-4c86-9f0e-7f3a2b1c4d5e","site":"face",
 "timezone":"America/Argentina/Buenos_Aires","at_rest":false,"time_ms":[0,33.4,33.4,20],
 "regions":[{"name":"forehead_1","r":[1,2,3,4],"g":[1e1,2.5,0,255],"b":[0,0,0,0],"n_px":[9,9,0,9],"n_skin":null},
            {"name":"cheek","r":[1,2,3,4],"g":[1,2,3,4],"b":[1,2,3,4],"n_clipped":[0,0,0,1]}],
 "background":{"name":"","r":[1,2,3,4],"g":[1,2,3,4],"b":[1,2,3,4]},
 "shoulder_dy":[0,-0.25,0,0.5],"face_box":[[1,2,3,4],[1,2,3,4],[0,0,0,0],[1,2,3,4]],
 "landmarks":[[1,2,3,4,5,6,7,8,9,10],[1,2,3,4,5,6,7,8,9,10],[0,0,0,0,0,0,0,0,0,0],[1,2,3,4,5,6,7,8,9,10]],
 "device":{"source":"browser","camera":"Caméra \u00e9","width":640,"height":480,"timing":"camera"}}`

func TestParseTraceJSONReadsEveryField(t *testing.T) {
	tr, err := rppg.ParseTraceJSON(strings.NewReader("\ufeff \n" + goodTrace + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	atRest := false
	one, marks := []float64{1, 2, 3, 4}, [10]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	box := rppg.Box{1, 2, 3, 4}
	want := &rppg.Trace{Version: 1, ScanID: "0d4e5a9c-3f1b-4c86-9f0e-7f3a2b1c4d5e", Site: rppg.Face,
		Timezone: "America/Argentina/Buenos_Aires", AtRest: &atRest, TimeMS: []float64{0, 33.4, 33.4, 20},
		Regions: []rppg.Region{
			{Name: "forehead_1", R: one, G: []float64{10, 2.5, 0, 255}, B: []float64{0, 0, 0, 0}, Pixels: []float64{9, 9, 0, 9}},
			{Name: "cheek", R: one, G: one, B: one, Clipped: []float64{0, 0, 0, 1}}},
		Background: &rppg.Region{R: one, G: one, B: one},
		ShoulderDY: []float64{0, -0.25, 0, 0.5},
		FaceBox:    []rppg.Box{box, box, {}, box},
		Landmarks:  [][10]float64{marks, marks, {}, marks},
		Device:     rppg.Device{Source: "browser", Camera: "Caméra é", Width: 640, Height: 480, Timing: rppg.TimingCamera},
	}
	if !reflect.DeepEqual(tr, want) {
		t.Errorf("got  %+v\nwant %+v", tr, want)
	}

	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := rppg.WriteTraceJSON(z, tr); err != nil {
		t.Fatal(err)
	}
	z.Close()
	again, err := rppg.ParseTraceJSON(&b)
	if err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("written and read again: %+v, %v", again, err)
	}
}

// Each case changes the good trace in one place; the error must name that place.
func TestParseTraceJSONNamesThePlace(t *testing.T) {
	colours := `"r":[1,2,3,4],"g":[1,2,3,4],"b":[1,2,3,4]`
	cases := []struct{ name, old, new, where, typ string }{
		{"no version", `"version":1,`, ``, "version", "missing"},
		{"version 2", `"version":1`, `"version":2`, "version", "out_of_range"},
		{"version is text", `"version":1`, `"version":"1"`, "version", "wrong_type"},
		{"half version", `"version":1`, `"version":1.5`, "version", "wrong_type"},
		{"no site", `"site":"face",`, ``, "site", "missing"},
		{"bad site", `"site":"face"`, `"site":"toe"`, "site", "out_of_range"},
		{"null site", `"site":"face"`, `"site":null`, "site", "wrong_type"},
		{"bad id", `4d5e"`, `4d5"`, "face_scan_id", "wrong_type"},
		{"id not hex", `0d4e`, `0g4e`, "face_scan_id", "wrong_type"},
		{"bad timezone", `America/Argentina/Buenos_Aires`, `../../etc/passwd`, "timezone", "wrong_type"},
		{"Local timezone", `America/Argentina/Buenos_Aires`, `Local`, "timezone", "wrong_type"},
		{"at_rest text", `"at_rest":false`, `"at_rest":"no"`, "at_rest", "wrong_type"},
		{"unknown field", `"site"`, `"zite"`, "zite", "unknown_field"},
		{"case matters", `"site"`, `"Site"`, "Site", "unknown_field"},
		{"unknown region field", `"n_px"`, `"px"`, "regions[0].px", "unknown_field"},
		{"unknown device field", `"width"`, `"wide"`, "device.wide", "unknown_field"},
		{"repeated field", `"site":"face"`, `"site":"face","site":"face"`, "site", "duplicate"},
		{"no times", `"time_ms":[0,33.4,33.4,20],`, ``, "time_ms", "missing"},
		{"empty times", `[0,33.4,33.4,20]`, `[]`, "time_ms", "too_short"},
		{"one frame", `[0,33.4,33.4,20]`, `[0]`, "time_ms", "too_short"},
		{"negative time", `[0,33.4,33.4,20]`, `[0,33.4,-1,20]`, "time_ms[2]", "out_of_range"},
		{"nanoseconds", `[0,33.4,33.4,20]`, `[0,33.4,1.7e18,20]`, "time_ms[2]", "out_of_range"},
		{"over two hours", `[0,33.4,33.4,20]`, `[0,33.4,33.4,7200001]`, "time_ms", "too_large"},
		{"times in seconds", `[0,33.4,33.4,20]`, `[0,0.0334,0.0668,0.1]`, "time_ms", "out_of_range"},
		{"skin without pixels", `"n_skin":null`, `"n_skin":[9,9,9,9]`, "regions[0].n_skin[2]", "out_of_range"},
		{"more clipped pixels than pixels", `"n_skin":null`, `"n_clipped":[9,11,0,9]`, "regions[0].n_clipped[1]", "out_of_range"},
		{"time is text", `[0,33.4,33.4,20]`, `[0,33.4,"x",20]`, "time_ms[2]", "wrong_type"},
		{"time NaN", `[0,33.4,33.4,20]`, `[0,33.4,NaN,20]`, "time_ms[2]", "not_finite"},
		{"time -Infinity", `[0,33.4,33.4,20]`, `[0,33.4,-Infinity,20]`, "time_ms[2]", "not_finite"},
		{"time null", `[0,33.4,33.4,20]`, `[0,33.4,null,20]`, "time_ms[2]", "wrong_type"},
		{"huge number", `[0,33.4,33.4,20]`, `[0,33.4,1e999,20]`, "time_ms[2]", "out_of_range"},
		{"leading zero", `[0,33.4,33.4,20]`, `[00,33.4,1,20]`, "time_ms[1]", "syntax"},
		{"bare point", `[0,33.4,33.4,20]`, `[0,33.,1,20]`, "time_ms[1]", "syntax"},
		{"trailing comma", `[0,33.4,33.4,20]`, `[0,33.4,1,20,]`, "time_ms[4]", "syntax"},
		{"object for list", `[0,33.4,33.4,20]`, `{}`, "time_ms", "wrong_type"},
		{"value 256", `"r":[1,2,3,4]`, `"r":[1,2,3,256]`, "regions[0].r[3]", "out_of_range"},
		{"value negative", `"g":[1e1,2.5,0,255]`, `"g":[1e1,-2.5,0,255]`, "regions[0].g[1]", "out_of_range"},
		{"short channel", `"g":[1e1,2.5,0,255]`, `"g":[1,2]`, "regions[0].g", "length_mismatch"},
		{"missing channel", `"b":[0,0,0,0],`, ``, "regions[0].b", "missing"},
		{"negative count", `"n_px":[9,9,0,9]`, `"n_px":[9,9,0,-9]`, "regions[0].n_px[3]", "out_of_range"},
		{"short count", `"n_clipped":[0,0,0,1]`, `"n_clipped":[0]`, "regions[1].n_clipped", "length_mismatch"},
		{"duplicate region", `"name":"cheek"`, `"name":"forehead_1"`, "regions[1].name", "duplicate"},
		{"no region name", `"name":"cheek"`, `"name":""`, "regions[1].name", "missing"},
		{"long region name", `"name":"cheek"`, `"name":"` + strings.Repeat("é", 65) + `"`, "regions[1].name", "too_large"},
		{"control character", `"name":"cheek"`, `"name":"a\u0000b"`, "regions[1].name", "wrong_type"},
		{"no regions", `"regions":[`, `"regions":[],"x":[`, "x", "unknown_field"},
		{"shoulder short", `[0,-0.25,0,0.5]`, `[0,-0.25,0]`, "shoulder_dy", "length_mismatch"},
		{"shoulder absurd", `[0,-0.25,0,0.5]`, `[0,-0.25,0,5e9]`, "shoulder_dy[3]", "out_of_range"},
		{"box of three", `"face_box":[[1,2,3,4],`, `"face_box":[[1,2,3],`, "face_box[0]", "length_mismatch"},
		{"negative width", `"face_box":[[1,2,3,4],[1,2,3,4]`, `"face_box":[[1,2,3,4],[1,2,-3,4]`, "face_box[1][2]", "out_of_range"},
		{"box not list", `"face_box":[[1,2,3,4],`, `"face_box":[7,`, "face_box[0]", "wrong_type"},
		{"box number", `"face_box":[[1,2,3,4],`, `"face_box":[[1,2,"3",4],`, "face_box[0][2]", "wrong_type"},
		{"too few boxes", `"face_box":[[1,2,3,4],`, `"face_box":[`, "face_box", "length_mismatch"},
		{"nine coordinates", `"landmarks":[[1,2,3,4,5,6,7,8,9,10],`, `"landmarks":[[1,2,3,4,5,6,7,8,9],`, "landmarks[0]", "length_mismatch"},
		{"source", `"browser"`, `"toaster"`, "device.source", "out_of_range"},
		{"timing", `"timing":"camera"`, `"timing":"guess"`, "device.timing", "out_of_range"},
		{"width", `"width":640`, `"width":-640`, "device.width", "out_of_range"},
		{"background", `"background":{"name":"",` + colours, `"background":{"name":"","r":[1,2,3,400],"g":[1,2,3,4],"b":[1,2,3,4]`, "background.r[3]", "out_of_range"},
		{"bad escape", `"name":"cheek"`, `"name":"\x"`, "regions[1].name", "syntax"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := strings.Replace(goodTrace, c.old, c.new, 1)
			if in == goodTrace {
				t.Fatalf("%q is not in the good trace", c.old)
			}
			_, err := rppg.ParseTraceJSON(strings.NewReader(in))
			var es rppg.TraceErrors
			if !errors.As(err, &es) {
				t.Fatalf("error %v (%T), want TraceErrors", err, err)
			}
			if got, _, _ := strings.Cut(es[0].Error(), ": "); got != c.where || es[0].Type != c.typ {
				t.Errorf("%v [%s], want it at %s [%s]", es, es[0].Type, c.where, c.typ)
			}
		})
	}
}

func TestParseTraceJSONRefusesWhatIsNotOneObject(t *testing.T) {
	for in, typ := range map[string]string{
		"": "syntax", " ": "syntax", "[]": "wrong_type", "null": "wrong_type", "{": "syntax", "{}": "missing", `{"a`: "syntax",
		"<html>": "syntax", goodTrace + goodTrace: "syntax", goodTrace[:len(goodTrace)-1]: "syntax",
		"\x1f\x8b\x08": "unreadable", "\x1f\x8bhello there, not gzip": "unreadable",
	} {
		_, err := rppg.ParseTraceJSON(strings.NewReader(in))
		var es rppg.TraceErrors
		if !errors.As(err, &es) || es[0].Type != typ {
			t.Errorf("%.20q: %v, want %s", in, err, typ)
		}
	}
}

func TestParseTraceJSONListsEveryWrongValueUpToItsLimit(t *testing.T) {
	var g strings.Builder
	for i := range 100 {
		fmt.Fprintf(&g, "%d,", 1000+i)
	}
	n := strings.Repeat("1,", 99) + "1"
	in := fmt.Sprintf(`{"version":1,"site":"face","time_ms":[%s],"regions":[{"name":"a","r":[%s],"g":[%s],"b":[%s]}]}`,
		n, n, strings.TrimSuffix(g.String(), ","), n)
	_, err := rppg.ParseTraceJSON(strings.NewReader(in))
	var es rppg.TraceErrors
	if !errors.As(err, &es) || len(es) != rppg.MaxTraceErrors {
		t.Fatalf("%v: %d errors, want %d", err, len(es), rppg.MaxTraceErrors)
	}
	if want := []any{"regions", 0, "g", 7}; !reflect.DeepEqual(es[7].Loc, want) {
		t.Errorf("the eighth is at %v, want %v", es[7].Loc, want)
	}
}

// A gzip bomb of 1 GiB must be refused after 16 MiB.
func TestParseTraceJSONBoundsWhatItUnpacks(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	blank := make([]byte, 1<<20)
	for i := range blank {
		blank[i] = ' '
	}
	for range 64 {
		z.Write(blank)
	}
	z.Close()
	src := bytes.NewReader(b.Bytes())
	_, err := rppg.ParseTraceJSON(src)
	var es rppg.TraceErrors
	if !errors.As(err, &es) || es[0].Type != "too_large" {
		t.Fatalf("%v, want too_large", err)
	}
	if read := b.Len() - src.Len(); read > b.Len()/2 {
		t.Errorf("read %d of %d bytes of a bomb", read, b.Len())
	}
	if _, err := rppg.ParseTraceJSON(endless{}); !errors.As(err, &es) || es[0].Type != "too_large" {
		t.Errorf("endless input: %v, want too_large", err)
	}
	if _, err := rppg.ParseTraceJSON(failing{}); !errors.Is(err, errBroken) {
		t.Errorf("a reader that fails: %v, want its own error", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

var errBroken = errors.New("the line went dead")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }

func TestParseTraceJSONRefusesTooManyRegions(t *testing.T) {
	region := `{"name":"a","r":[1,2],"g":[1,2],"b":[1,2]},`
	in := `{"version":1,"site":"face","time_ms":[0,1],"regions":[` + strings.TrimSuffix(strings.Repeat(region, 65), ",") + `]}`
	_, err := rppg.ParseTraceJSON(strings.NewReader(in))
	var es rppg.TraceErrors
	if !errors.As(err, &es) || es[0].Type != "too_many" || !reflect.DeepEqual(es[0].Loc, []any{"regions", 64}) {
		t.Errorf("%v, want too_many at regions[64]", err)
	}
}

// A list that is too long is refused where it becomes so, before all of it is in memory.
func TestParseTraceJSONRefusesTooManyFrames(t *testing.T) {
	long := strings.Repeat("1,", rppg.MaxFrames)
	for in, at := range map[string][]any{
		`{"version":1,"site":"face","time_ms":[` + long + `1,"unread"`:                                {"time_ms"},
		`{"version":1,"site":"face","time_ms":[1],"regions":[{"name":"a","r":[` + long + `1,"unread"`: {"regions", 0, "r"},
	} {
		_, err := rppg.ParseTraceJSON(strings.NewReader(in))
		var es rppg.TraceErrors
		if !errors.As(err, &es) || es[0].Type != "too_many" || !reflect.DeepEqual(es[0].Loc, at) {
			t.Errorf("%v, want too_many at %v", err, at)
		}
	}
}

func TestValidateOfTracesMadeInCode(t *testing.T) {
	long := &rppg.Trace{Version: 1, Site: rppg.Face, TimeMS: make([]float64, rppg.MaxFrames+1), Regions: []rppg.Region{{Name: "a"}}}
	nan := &rppg.Trace{Version: 1, Site: rppg.Finger, TimeMS: []float64{0, 1},
		Regions: []rppg.Region{{Name: "a", R: []float64{1, math.NaN()}, G: []float64{1, 2}, B: []float64{math.Inf(1), 2}}}}
	for want, tr := range map[string]*rppg.Trace{
		"trace: time_ms: has 1728001 frames":             long,
		"trace: regions[0].r[1]: is not a finite number": nan,
		"trace: version: is 0":                           {},
	} {
		if err := tr.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s…", err, want)
		}
	}
	if err := rppg.WriteTraceJSON(&bytes.Buffer{}, nan); err == nil {
		t.Error("wrote a trace with NaN")
	}
}

// Colours that are fractions of the greatest level are named. Levels of a black picture are not taken for fractions.
func TestColoursThatAreFractions(t *testing.T) {
	const n = 60
	made := func(level func(i int) float64) *rppg.Trace {
		tr := &rppg.Trace{Version: 1, Site: rppg.Face, TimeMS: make([]float64, n), Background: &rppg.Region{}}
		for i := range n {
			tr.TimeMS[i] = float64(i) * 33
		}
		tr.Regions = make([]rppg.Region, 2)
		for k, r := range []*rppg.Region{&tr.Regions[0], &tr.Regions[1], tr.Background} {
			if k < 2 {
				r.Name = fmt.Sprint("r", k)
			}
			for i := range n {
				v := level(i)
				r.R, r.G, r.B = append(r.R, v), append(r.G, 0.7*v), append(r.B, 0.6*v)
				r.Pixels, r.Clipped = append(r.Pixels, 900), append(r.Clipped, 0)
			}
		}
		return tr
	}
	pulse := func(mean float64) func(i int) float64 {
		return func(i int) float64 { return mean + 0.005*mean*math.Sin(float64(i)/5) }
	}
	whole := func(tr *rppg.Trace) *rppg.Trace {
		for _, r := range []*rppg.Region{&tr.Regions[0], &tr.Regions[1], tr.Background} {
			for i := range n {
				r.R[i], r.G[i], r.B[i] = math.Round(r.R[i]), math.Round(r.G[i]), math.Round(r.B[i])
			}
		}
		return tr
	}
	changed := func(tr *rppg.Trace, change func(tr *rppg.Trace)) *rppg.Trace {
		change(tr)
		return tr
	}
	for name, c := range map[string]struct {
		tr   *rppg.Trace
		want bool
	}{
		"light skin":             {made(pulse(0.8)), true},
		"dark skin":              {made(pulse(0.15)), true},
		"a face that is lost":    {changed(made(pulse(0.6)), func(tr *rppg.Trace) { tr.Regions[0].R[3], tr.Regions[1].R[3] = 0, 0 }), true},
		"one region":             {changed(made(pulse(0.6)), func(tr *rppg.Trace) { tr.Regions, tr.Background = tr.Regions[:1], nil }), true},
		"one level above 1":      {changed(made(pulse(0.6)), func(tr *rppg.Trace) { tr.Regions[1].G[59] = 1.5 }), false},
		"a lit background":       {changed(made(pulse(0.6)), func(tr *rppg.Trace) { tr.Background.G[3] = 90 }), false},
		"skin as levels":         {made(pulse(150)), false},
		"too dark in both units": {made(pulse(0.05)), false},
		"black":                  {made(pulse(0)), false},
		"black, constant":        {made(func(int) float64 { return 0.6 }), false},
		"black, whole levels":    {whole(made(func(i int) float64 { return 0.5 + 0.3*math.Sin(float64(i)) })), false},
		"black, noise": {changed(made(pulse(0.7)), func(tr *rppg.Trace) {
			for _, r := range []*rppg.Region{&tr.Regions[0], &tr.Regions[1], tr.Background} {
				for i := range r.Clipped {
					r.Clipped[i] = 890
				}
			}
		}), false},
	} {
		err := c.tr.Plausible()
		if err := c.tr.Validate(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		const want = "trace: regions: have colours between 0 and 1 only; colours are levels from 0 to 255: multiply by 255"
		if c.want != (err != nil) || err != nil && err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseTraceJSON(f *testing.F) {
	f.Add([]byte(goodTrace))
	f.Add([]byte(`{"version":1,"site":"face","time_ms":[0,1e3],"regions":[{"name":"a","r":[1,2],"g":[1,2],"b":[1,2]}]}`))
	f.Add([]byte(`{"version":-0,"device":{"width":1e5},"landmarks":[[]],"face_box":null}`))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		tr, err := rppg.ParseTraceJSON(bytes.NewReader(in))
		if err != nil {
			var es rppg.TraceErrors
			if !errors.As(err, &es) || len(es) == 0 || len(es) > rppg.MaxTraceErrors || es[0].Msg == "" || es[0].Type == "" {
				t.Fatalf("unkind error %#v", err)
			}
			return
		}
		var b bytes.Buffer
		if err := rppg.WriteTraceJSON(&b, tr); err != nil {
			t.Fatalf("accepted but can't be written: %v", err)
		}
		again, err := rppg.ParseTraceJSON(&b)
		if err != nil {
			t.Fatalf("accepted, written, refused: %v", err)
		}
		if tr.Duration() != again.Duration() || len(tr.Regions) != len(again.Regions) {
			t.Fatalf("changed on the way")
		}
	})
}

func BenchmarkParseTraceJSON(b *testing.B) {
	n := 1800
	tr := &rppg.Trace{Version: 1, Site: rppg.Face, TimeMS: make([]float64, n)}
	for k := range 16 {
		r := rppg.Region{Name: fmt.Sprint("r", k), R: make([]float64, n), G: make([]float64, n), B: make([]float64, n)}
		for i := range n {
			tr.TimeMS[i] = float64(i) * 33.333
			r.R[i], r.G[i], r.B[i] = 180+math.Sin(float64(i)), 120+math.Cos(float64(i)), 100+math.Sin(float64(2*i))
		}
		tr.Regions = append(tr.Regions, r)
	}
	var buf bytes.Buffer
	if err := rppg.WriteTraceJSON(&buf, tr); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(buf.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rppg.ParseTraceJSON(bytes.NewReader(buf.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}
