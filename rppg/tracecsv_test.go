package rppg_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"blush.example/blush/rppg"
)

func TestParseTraceCSV(t *testing.T) {
	one := []rppg.Region{{Name: "skin", R: []float64{10, 20}, G: []float64{11, 21}, B: []float64{12, 22}}}
	two := []rppg.Region{
		{Name: "forehead", R: []float64{10, 20}, G: []float64{11, 21}, B: []float64{12, 22}},
		{Name: "cheek, left", R: []float64{1, 2}, G: []float64{1, 2}, B: []float64{1, 2}}}
	for name, c := range map[string]struct {
		in   string
		want []rppg.Region
		fps  float64
	}{
		"plain":             {"time,R,G,B\n0,10,11,12\n1500,20,21,22\n", one, 0},
		"seconds":           {"t_s,r,g,b\n0,10,11,12\n1.5,20,21,22", one, 0},
		"other order":       {"b,note,G,time_ms,R\n12,x,11,0,10\n22,,21,1500,20\n", one, 0},
		"windows":           {"\ufefftime,R,G,B\r\n0,10,11,12\r\n1500,20,21,22\r\n", one, 0},
		"comments":          {"# from a phone\n\n\"time\", \"R\",G,B\n# half\n0, 10, 11, 12\n\n1500,20,21,22\n", one, 0},
		"semicolons":        {"time;R;G;B\n0;10;11;12\n1500;20;21;22\n", one, 0},
		"tabs":              {"time\tR\tG\tB\n0\t10\t11\t12\n1500\t20\t21\t22\n", one, 0},
		"by region":         {"region,time,R,G,B\nforehead,0,10,11,12\nforehead,1500,20,21,22\n\"cheek, left\",0,1,1,1\n\"cheek, left\",1500,2,2,2\n", two, 0},
		"by frame":          {"region,time,R,G,B\nforehead,0,10,11,12\n\"cheek, left\",0,1,1,1\n\"cheek, left\",1500,2,2,2\nforehead,1500,20,21,22\n", two, 0},
		"decimal commas":    {"t_s;R;G;B\n0,0;10,0;11;12\n1,5;20;21;22,0\n", one, 0},
		"no times":          {"R,G,B\n10,11,12\n20,21,22\n", one, 1 / 1.5},
		"other times":       {"t_s,R,G,B\n0,10,11,12\n0,20,21,22\n", one, 1 / 1.5},
		"no times, regions": {"region,R,G,B\nforehead,10,11,12\n\"cheek, left\",1,1,1\n\"cheek, left\",2,2,2\nforehead,20,21,22\n", two, 1 / 1.5},
	} {
		tr, err := rppg.ParseTraceCSV(strings.NewReader(c.in), c.fps)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := &rppg.Trace{Version: 1, Site: rppg.Face, TimeMS: []float64{0, 1500}, Regions: c.want, Device: rppg.Device{Source: "file"}}
		if c.fps > 0 {
			want.Device.Timing = rppg.TimingNominal
		}
		if !reflect.DeepEqual(tr, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, tr, want)
		}
	}
}

func TestParseTraceCSVNamesThePlace(t *testing.T) {
	for in, want := range map[string]struct {
		loc []any
		typ string
	}{
		"":                                      {nil, "missing"},
		"# nothing\n":                           {nil, "missing"},
		"time,R,G,B\n":                          {nil, "too_short"},
		"time,R,G,B\n0,1,2,3\n":                 {nil, "too_short"},
		"R,G,B\n1,2,3\n":                        {[]any{"header", "time"}, "missing"},
		"time,R,G\n1,2,3\n":                     {[]any{"header", "b"}, "missing"},
		"time,R,G,B,r\n":                        {[]any{"header", "r"}, "duplicate"},
		"time,t_s,R,G,B\n":                      {[]any{"header", "t_s"}, "duplicate"},
		"time,R,G,B\n0,1,2,3\n\n1,1,x,3\n":      {[]any{"line", 4, "g"}, "wrong_type"},
		"time,R,G,B\n0,1,2,3\n1,1,,3\n":         {[]any{"line", 3, "g"}, "wrong_type"},
		"t_s,R,G,B\n0;1,2,3\n":                  {[]any{"line", 2, "t_s"}, "wrong_type"},
		"time,R,G,B\n0,1,2,NaN\n":               {[]any{"line", 2, "b"}, "not_finite"},
		"time,R,G,B\n0,1,2,1e999\n":             {[]any{"line", 2, "b"}, "not_finite"},
		"time,R,G,B\n0,1,2,256\n":               {[]any{"line", 2, "b"}, "out_of_range"},
		"time,R,G,B\n0,1,2\n":                   {[]any{"line", 2, "b"}, "missing"},
		"time,R,G,B\n0,1,2,3\n-5,1,2,3\n":       {[]any{"time_ms", 1}, "out_of_range"},
		"time,R,G,B\n0,1,2,3\n1,\"1,2,3\n":      {[]any{"line", 3}, "syntax"},
		"time,R,G,B,region\n0,1,2,3, \n":        {[]any{"line", 2, "region"}, "missing"},
		"time,R,G,B,region\n0,1,2,3,a\n1,1,2,3": {[]any{"line", 3, "region"}, "missing"},
		"time,R,G,B,region\n0,1,2,3,a\n1,1,2,3,a\n0,1,2,3,b\n":            {[]any{"region", "b"}, "length_mismatch"},
		"time,R,G,B,region\n0,1,2,3,a\n1,1,2,3,a\n0,1,2,3,b\n2,1,2,3,b\n": {[]any{"region", "b"}, "length_mismatch"},
	} {
		_, err := rppg.ParseTraceCSV(strings.NewReader(in), 0)
		var es rppg.TraceErrors
		if !errors.As(err, &es) || !reflect.DeepEqual(es[0].Loc, want.loc) || es[0].Type != want.typ {
			t.Errorf("%q: %v, want %v %s", in, err, want.loc, want.typ)
		}
	}
}

func TestParseTraceCSVReadsTheRecordings(t *testing.T) {
	dir := os.Getenv("BLUSH_DATA")
	if dir == "" {
		t.Skip("BLUSH_DATA is not set: no recordings to read")
	}
	finger, _ := filepath.Glob(filepath.Join(dir, "welltory", "subject_*", "PPG.csv"))
	rhesus, _ := filepath.Glob(filepath.Join(dir, "rhesus", "session*_rgb.csv"))
	if len(finger) != 14 || len(rhesus) < 4 {
		t.Fatalf("BLUSH_DATA holds %d fingertip and %d rhesus traces, want 14 and at least 4", len(finger), len(rhesus))
	}
	for _, name := range append(finger, rhesus...) {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := rppg.ParseTraceCSV(f, 0)
		f.Close()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := tr.Duration(); d < 60 || d > 2000 || len(tr.Regions) != 1 {
			t.Errorf("%s: %g s, %d regions", name, d, len(tr.Regions))
		}
	}
}

// Tables are read with their own times and without.
func FuzzParseTraceCSV(f *testing.F) {
	f.Add([]byte("time,R,G,B\n0,1,2,3\n33,1,2,3\n"))
	f.Add([]byte("\ufefft_s;r;g;b;region\r\n0;1;2;3;a\r\n0.04;1;2;3;a\r\n0;1;2;3;b\r\n0.04;1;2;3;b\r\n"))
	f.Add([]byte("#x\n\"time\",R,G,B\n0,\"1\",2,3\n1,1,2,0x1p-3\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, fps := range []float64{0, 30} {
			tr, err := rppg.ParseTraceCSV(strings.NewReader(string(in)), fps)
			if err != nil {
				var es rppg.TraceErrors
				if !errors.As(err, &es) || len(es) == 0 || es[0].Msg == "" || es[0].Type == "" {
					t.Fatalf("unkind error %#v", err)
				}
				continue
			}
			if err := tr.Validate(); err != nil {
				t.Fatalf("accepted an invalid trace: %v", err)
			}
		}
	})
}
