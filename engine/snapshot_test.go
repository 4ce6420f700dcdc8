package engine

import (
	"encoding/json"
	"reflect"
	"testing"
	"unsafe"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// A snapshot equals the result of the frames so far, byte for byte, and taking it doesn't change later results.
// The recording is longer than the colours that the Analyzer keeps.
func TestSnapshotIsTheResultSoFar(t *testing.T) {
	for _, scenario := range []string{"vfr", "typical"} {
		tr, _ := simulate.Scenario(scenario, true, 7, 64).Trace()
		tr.Round() // as Analyze does with a whole trace
		a := New(rppg.Trace{Site: tr.Site, Regions: names(tr), Device: tr.Device}, Options{})
		part := *tr
		part.TimeMS = nil
		for i := range tr.TimeMS {
			a.Add(tr.Sample(i))
			s := (tr.TimeMS[i] - tr.TimeMS[0]) / 1000
			if i%199 != 0 && i != len(tr.TimeMS)-1 {
				continue
			}
			got, err := json.Marshal(a.Snapshot())
			if err != nil {
				t.Fatal(err)
			}
			if i%995 != 0 && i != len(tr.TimeMS)-1 {
				continue // taken nevertheless, so that later ones would show what it changed
			}
			part.TimeMS = tr.TimeMS[:i+1]
			if want, _ := json.Marshal(Analyze(&part, Options{})); string(got) != string(want) {
				t.Errorf("%s: the snapshot at %.1f s differs from the result", scenario, s)
			}
		}
		want, _ := json.Marshal(Analyze(tr, Options{}))
		if got, _ := json.Marshal(a.Finish()); string(got) != string(want) {
			t.Errorf("%s: the result after snapshots differs", scenario)
		}
	}
}

// sharedByForks are the parts of an Analyzer that a fork shares with it, and why it may.
var sharedByForks = map[string]string{
	".meta": "never changes", ".opt": "never changes", ".cal": "never changes", ".area": "never changes", ".in.taps": "never changes",
	".in.emit": "a function", ".voter": "of one window", ".scratch": "of one window",
	".waves.hann": "what is in it never changes", ".capture.older": "nothing is added to it",
	".capture.seconds[].looks": "those of a second that is over never change",
	".tracker.votes[]":         "a row never changes", ".tracker.back[]": "a row never changes",
	".steps.short[]": "a row never changes", ".steps.long[]": "a row never changes", ".steps.rows[]": "a row never changes",
}

// A fork has its own copy of every slice and map, but for those that may be shared. Each has an entry in this test.
func TestForkSharesNothingThatChanges(t *testing.T) {
	a := New(rppg.Trace{Site: rppg.Face, Regions: make([]rppg.Region, 2)}, Options{})
	fill(reflect.ValueOf(a).Elem(), "")
	used := map[string]bool{}
	var compare func(x, y reflect.Value, at string)
	compare = func(x, y reflect.Value, at string) {
		if sharedByForks[at] != "" {
			used[at] = true
			return
		}
		switch x.Kind() {
		case reflect.Struct:
			for i := range x.NumField() {
				compare(x.Field(i), y.Field(i), at+"."+x.Type().Field(i).Name)
			}
		case reflect.Array:
			for i := range x.Len() {
				compare(x.Index(i), y.Index(i), at)
			}
		case reflect.Pointer, reflect.Map, reflect.Slice:
			if x.IsNil() || x.Kind() != reflect.Pointer && x.Len() == 0 {
				t.Fatalf("%s is empty: the test can't tell whether it is shared", at)
			}
			if x.Pointer() == y.Pointer() {
				t.Errorf("%s is shared", at)
			} else if x.Kind() == reflect.Pointer {
				compare(x.Elem(), y.Elem(), at)
			} else if x.Kind() == reflect.Slice && y.Len() > 0 {
				compare(x.Index(0), y.Index(0), at+"[]")
			}
		case reflect.Func, reflect.Interface, reflect.Chan, reflect.UnsafePointer:
			t.Errorf("%s: a fork may share it or not", at)
		default: // numbers and texts are copied with what holds them
		}
	}
	compare(reflect.ValueOf(a).Elem(), reflect.ValueOf(a.fork()).Elem(), "")
	for at := range sharedByForks {
		if !used[at] {
			t.Errorf("%s is no part of an Analyzer", at)
		}
	}
}

// fill puts an entry into every empty slice and map that forks don't share.
func fill(x reflect.Value, at string) {
	x = reflect.NewAt(x.Type(), unsafe.Pointer(x.UnsafeAddr())).Elem() // unexported fields, too
	switch {
	case sharedByForks[at] != "":
	case x.Kind() == reflect.Struct:
		for i := range x.NumField() {
			fill(x.Field(i), at+"."+x.Type().Field(i).Name)
		}
	case x.Kind() == reflect.Array:
		for i := range x.Len() {
			fill(x.Index(i), at)
		}
	case x.Kind() == reflect.Pointer:
		fill(x.Elem(), at)
	case x.Kind() == reflect.Map:
		x.Set(reflect.MakeMap(x.Type()))
		x.SetMapIndex(reflect.Zero(x.Type().Key()), reflect.Zero(x.Type().Elem()))
	case x.Kind() == reflect.Slice:
		if x.Len() == 0 {
			x.Set(reflect.MakeSlice(x.Type(), 1, 1))
		}
		for i := range x.Len() {
			fill(x.Index(i), at+"[]")
		}
	}
}
