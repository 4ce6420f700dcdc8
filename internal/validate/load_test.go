package validate

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

// contact is a wave of 20 s at 60 Hz with its true values.
func contact(seed uint64) (times, wave []float64, truth simulate.Truth) {
	s := simulate.Finger(seed, 20)
	s.Motion, s.Light, s.Clock, s.Camera.FPS = simulate.Motion{}, simulate.Light{}, simulate.Clock{}, 60
	tr, truth := s.Trace()
	for i, ms := range tr.TimeMS {
		times, wave = append(times, ms/1000), append(wave, 60-tr.Regions[0].G[i])
	}
	return times, wave, truth
}

// grey is a film of a grey wall, without a face, at a frame a second.
func grey(seconds float64) iter.Seq2[video.Frame, error] {
	return func(yield func(video.Frame, error) bool) {
		img := image.NewYCbCr(image.Rect(0, 0, 96, 64), image.YCbCrSubsampleRatio420)
		for i := range img.Y {
			img.Y[i] = 120
		}
		for i := range img.Cb {
			img.Cb[i], img.Cr[i] = 128, 128
		}
		for k := range int(seconds) {
			if !yield(video.Frame{TimeMS: 1000 * float64(k), Image: img}, nil) {
				return
			}
		}
	}
}

func write(t *testing.T, text string, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func writeAVI(t *testing.T, path ...string) {
	t.Helper()
	f, err := os.Create(write(t, "", path...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := video.WriteAVI(f, grey(20), 1, 80); err != nil {
		t.Fatal(err)
	}
}

func joined(x []float64) string { return strings.Trim(fmt.Sprint(x), "[]") }

// one opens a folder, loads its only recording and returns its reference between two times.
func one(t *testing.T, dir, layout string, from, to float64) (Recording, Loaded, Reference) {
	t.Helper()
	set, err := Open(dir, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	if set.Name != layout && layout != "plain" || len(set.Recordings) != 1 || set.Reference == "" {
		t.Fatalf("%d recordings of %s, want one of %s", len(set.Recordings), set.Name, layout)
	}
	l, err := set.Recordings[0].Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ref, ok := l.Reference(from, to)
	if !ok {
		t.Fatalf("no reference from %g to %g s", from, to)
	}
	return set.Recordings[0], l, ref
}

// rateBetween returns the true rate between two times by its definition.
func rateBetween(beats []float64, from, to float64) float64 {
	r, _ := beatReference(beats, from, to)
	return r.HeartRate
}

func TestUBFCDataset2(t *testing.T) {
	dir := t.TempDir()
	times, wave, truth := contact(1)
	write(t, joined(wave)+"\n"+joined(wave)+"\n"+joined(times)+"\n", dir, "subject1", "ground_truth.txt")
	writeAVI(t, dir, "subject1", "vid.avi")
	rec, l, ref := one(t, dir, "ubfc-rppg", 0, 20)
	near(t, "heart rate", ref.HeartRate, truth.HeartRate, 0.5)
	ref, _ = l.Reference(10, 20)
	near(t, "heart rate of the second half", ref.HeartRate, rateBetween(truth.Beats, 10, 20), 1.5)
	if rec.Person != "subject1" || len(l.Trace.TimeMS) != 20 {
		t.Errorf("person %q, %d frames", rec.Person, len(l.Trace.TimeMS))
	}
}

func TestUBFCDataset1(t *testing.T) {
	dir := t.TempDir()
	times, wave, truth := contact(2)
	var rows strings.Builder
	for i := range times {
		fmt.Fprintf(&rows, "%d,80,98,%g\n", int(1000*times[i]), wave[i])
	}
	write(t, rows.String(), dir, "5-gt", "gtdump.xmp")
	writeAVI(t, dir, "5-gt", "vid.avi")
	_, _, ref := one(t, dir, "ubfc-rppg", 0, 20)
	near(t, "heart rate", ref.HeartRate, truth.HeartRate, 0.5)
}

// The published folder contains both data sets.
func TestUBFCRoot(t *testing.T) {
	dir := t.TempDir()
	write(t, "1 2 3\n60 60 60\n0 1 2\n", dir, "DATASET_2", "subject1", "ground_truth.txt")
	write(t, "0,60,98,1\n", dir, "DATASET_1", "5-gt", "gtdump.xmp")
	set, err := Open(dir, "", 30)
	if err != nil || set.Name != "ubfc-rppg" || len(set.Recordings) != 2 {
		t.Errorf("%s with %d recordings, %v; want both of ubfc-rppg", set.Name, len(set.Recordings), err)
	}
}

func TestPURE(t *testing.T) {
	const start = 1392643993642815000
	dir := t.TempDir()
	times, wave, truth := contact(3)
	var full, images []string
	for i := range times {
		full = append(full, fmt.Sprintf(`{"Timestamp":%d,"Value":{"pulseRate":70,"o2saturation":97,"waveform":%g}}`, start+int64(times[i]*1e9), wave[i]))
	}
	img := image.NewNRGBA(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = 99
	}
	img.Set(1, 1, color.NRGBA{9, 9, 9, 255})
	for i := range 20 {
		ns := start + int64(i)*200_000_000 + int64(i%3)*1_000_000
		images = append(images, fmt.Sprintf(`{"Timestamp":%d,"Value":{}}`, ns))
		f, err := os.Create(write(t, "", dir, "01-02", "01-02", fmt.Sprintf("Image%d.png", ns)))
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, img); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	write(t, `{"/FullPackage":[`+strings.Join(full, ",")+`],"/Image":[`+strings.Join(images, ",")+`]}`, dir, "01-02", "01-02.json")
	rec, l, ref := one(t, dir, "pure", 0, 20)
	near(t, "heart rate", ref.HeartRate, truth.HeartRate, 0.5)
	near(t, "second frame, ms", l.Trace.TimeMS[1], 201, 1e-6)
	if rec.Case != "talking" || rec.Person != "01" || l.Trace.Device.Timing != rppg.TimingCamera {
		t.Errorf("case %q, person %q, timing %q", rec.Case, rec.Person, l.Trace.Device.Timing)
	}
}

func TestPlainTracesAndVideos(t *testing.T) {
	dir := t.TempDir()
	tr, truth := simulate.Scenario("ideal", false, 1, 20).Trace()
	f, err := os.Create(filepath.Join(dir, "ann.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := rppg.WriteTraceJSON(f, tr); err != nil {
		t.Fatal(err)
	}
	write(t, fmt.Sprintf(`{"heart_rate_bpm":%g,"respiratory_rate_per_min":14,"beats_s":[%s],"person":"ann","tone":"V"}`,
		truth.HeartRate, strings.ReplaceAll(joined(truth.Beats), " ", ",")), dir, "ann.json.truth.json")
	rec, l, ref := one(t, dir, "plain", 0, 10)
	near(t, "heart rate", ref.HeartRate, rateBetween(truth.Beats, 0, 10), 1e-9)
	if rec.Person != "ann" || l.Tone != "V" || ref.RespiratoryRate != 14 || rec.Seconds != 10 {
		t.Errorf("person %q tone %q breathing %g windows of %g s", rec.Person, l.Tone, ref.RespiratoryRate, rec.Seconds)
	}
	writeAVI(t, dir, "wall.avi")
	write(t, `{"has_pulse":false}`, dir, "wall.truth.json")
	set, err := Open(dir, "plain", 10)
	if err != nil || len(set.Recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(set.Recordings), err)
	}
	wall, err := set.Recordings[1].Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if ref, _ := wall.Reference(0, 20); !ref.Refuse || ref.HeartRate != 0 {
		t.Errorf("a wall has the reference %+v", ref)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	empty := t.TempDir()
	lonely := t.TempDir()
	write(t, `{}`, lonely, "x.truth.json")
	broken := t.TempDir()
	write(t, "1 2\n3", broken, "subject1", "ground_truth.txt")
	for dir, want := range map[string]string{empty: "no known layout", lonely: "there is no recording next to it", filepath.Join(empty, "gone"): "no such file"} {
		if _, err := Open(dir, "", 30); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	set, err := Open(broken, "", 30)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Recordings[0].Load(t.Context()); err == nil || !strings.Contains(err.Error(), "2 lines, want 3") {
		t.Errorf("%v, want the number of lines", err)
	}
	if _, err := Suite("hardest", 1, 1, 30); err == nil || !strings.Contains(err.Error(), "easy, hard, refuse") {
		t.Errorf("%v, want the list of suites", err)
	}
}

// The recordings under $BLUSH_DATA load, and their references have the known values.
func TestRecordingsLoad(t *testing.T) {
	root := os.Getenv("BLUSH_DATA")
	if root == "" {
		t.Skip("BLUSH_DATA is unset: no recordings")
	}
	for _, c := range []struct {
		name string
		n    int
		rate [2]float64
	}{{"welltory", 14, [2]float64{45, 110}}, {"oximetry", 6, [2]float64{50, 75}}, {"rhesus", 4, [2]float64{90, 235}}, {"vitallens", 1, [2]float64{75, 95}}, {"bias-eval", 7, [2]float64{}}, {"hschn58", 8, [2]float64{}}} {
		set, err := Open(filepath.Join(root, c.name), "", 8.5)
		if err != nil {
			t.Fatal(err)
		}
		if set.Name != c.name || len(set.Recordings) != c.n {
			t.Errorf("%s: %d recordings as %s, want %d", c.name, len(set.Recordings), set.Name, c.n)
		}
		if c.rate[0] == 0 {
			continue // videos: the tests of packages video and face read them
		}
		for _, rec := range set.Recordings {
			l, err := rec.Load(t.Context())
			if err != nil {
				t.Errorf("%s: %v", rec.ID, err)
				continue
			}
			ref, ok := l.Reference(0, 8.5)
			if !ok || ref.HeartRate < c.rate[0] || ref.HeartRate > c.rate[1] {
				t.Errorf("%s: reference %.1f bpm (%v)", rec.ID, ref.HeartRate, ok)
			}
		}
	}
}
