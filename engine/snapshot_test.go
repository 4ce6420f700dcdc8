package engine

import (
	"encoding/json"
	"testing"

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
				continue // taken all the same, so that later ones would show what it changed
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
