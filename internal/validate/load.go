package validate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"blush.example/blush/face"
	"blush.example/blush/rppg"
	"blush.example/blush/video"
)

// Layout is an arrangement of recordings and references in a folder.
type Layout struct {
	Name  string
	About string
	// found reports whether a folder looks like this layout.
	found func(dir string) bool
	load  func(dir string, seconds float64) (Set, error)
}

// Layouts are the layouts that [Open] can read, in the order in which it tries them.
var Layouts = []Layout{
	{"ubfc-rppg", "UBFC-rPPG: subjectN/vid.avi with ground_truth.txt (DATASET_2) or gtdump.xmp (DATASET_1)", foundUBFC, loadUBFC},
	{"pure", "PURE: NN-NN/NN-NN/Image*.png with NN-NN.json", foundPURE, loadPURE},
	{"welltory", "fingertip traces PPG.csv with Polar H10 intervals RR.txt", foundWelltory, loadWelltory},
	{"oximetry", "fingertip traces Left|Right/PERSON.csv at 30 frames a second with rates of monitors gt/PERSON.csv", foundOximetry, loadOximetry},
	{"rhesus", "facial traces sessionN_rgb.csv with heart rates sessionN_ref.csv", foundRhesus, loadRhesus},
	{"bias-eval", "skin patches *_forehead.avi, *_leftcheek.avi, *_rightcheek.avi whose pulse compression destroyed", foundBiasEval, loadBiasEval},
	{"hschn58", "webcam clips at 0 to 100 % light with an invented frame rate", foundHschn58, loadHschn58},
	{"vitallens", "contact pulse wave and ECG heart rate at 30 Hz: sample_vitals_N.csv", foundVitals, loadVitals},
	{"plain", "NAME.json, NAME.csv or a video NAME.*, each with NAME.truth.json", foundPlain, loadPlain},
}

// Open reads the list of recordings in a folder; layout is the name of one of [Layouts], or empty to detect it.
// Recordings are cut into windows of that many seconds; 0 leaves them whole.
func Open(dir, layout string, seconds float64) (Set, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return Set{}, err
	}
	if !info.IsDir() {
		return Set{}, fmt.Errorf("%s is not a folder", dir)
	}
	for _, l := range Layouts {
		if layout != "" && layout != l.Name || layout == "" && !l.found(dir) {
			continue
		}
		set, err := l.load(dir, seconds)
		if err == nil && len(set.Recordings) == 0 {
			err = errors.New("it contains no recording")
		}
		if err != nil {
			return Set{}, fmt.Errorf("%s as %s: %w", dir, l.Name, err)
		}
		slices.SortStableFunc(set.Recordings, func(a, b Recording) int { return strings.Compare(a.ID, b.ID) })
		return set, nil
	}
	return Set{}, fmt.Errorf("%s: no known layout; the layouts are %s", dir, strings.Join(LayoutNames(), ", "))
}

// LayoutNames lists the names of [Layouts].
func LayoutNames() []string {
	var names []string
	for _, l := range Layouts {
		names = append(names, l.Name)
	}
	return names
}

// matches lists the files of a folder that match a pattern, sorted.
func matches(dir string, pattern ...string) []string {
	m, _ := fs.Glob(os.DirFS(dir), strings.Join(pattern, "/"))
	for i := range m {
		m[i] = filepath.Join(dir, filepath.FromSlash(m[i]))
	}
	return m
}

// exists reports whether there is a file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// captureFace reads the colours of the face in a video or a folder of images.
func captureFace(ctx context.Context, path string) (*rppg.Trace, error) {
	r, err := video.Open(ctx, path, video.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return face.Capture(ctx, r.Frames(), r.Info(), face.Options{})
}

// always returns a function that gives the same reference for every window.
func always(ref Reference) func(from, to float64) (Reference, bool) {
	return func(float64, float64) (Reference, bool) { return ref, true }
}

// readFloats parses numbers separated by white space, commas or semicolons.
func readFloats(text string) ([]float64, error) {
	fields := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) })
	x := make([]float64, len(fields))
	for i, f := range fields {
		if _, err := fmt.Sscanf(f, "%g", &x[i]); err != nil {
			return nil, fmt.Errorf("value %d: %q is not a number", i+1, f)
		}
	}
	return x, nil
}
