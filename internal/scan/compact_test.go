package scan_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/store"
	"blush.example/blush/rppg"
)

// A trace is stored rounded, in its compact form. The export of its user's data contains it as JSON.
func TestTraceIsKeptCompact(t *testing.T) {
	w := sqlite(t)
	tr := aTrace(3, 20)
	tr.ScanID, tr.Timezone = blush.NewID(), "Europe/Brussels"
	want := tr.Rounded()
	sc, _, err := w.SubmitTrace(t.Context(), w.dev, ref(w.alice), tr)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := w.store.ScanData(t.Context(), sc.ID, store.TraceData)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := rppg.ParseTraceCompact(bytes.NewReader(kept)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("kept is another trace: %v", err)
	}
	if len(kept) > 150_000*20/60 {
		t.Errorf("20 s take %d bytes", len(kept))
	}
	export, err := w.accounts.ExportUser(t.Context(), w.dev, ref(w.alice))
	if err != nil {
		t.Fatal(err)
	}
	defer export.Close()
	var out bytes.Buffer
	if err := export.Write(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Scans []struct{ Trace json.RawMessage } `json:"face_scans"`
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil || len(doc.Scans) != 1 {
		t.Fatalf("%d scans, %v", len(doc.Scans), err)
	}
	if got, err := rppg.ParseTraceJSON(bytes.NewReader(doc.Scans[0].Trace)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("exported is another trace: %v", err)
	}
}

// Both forms of a trace are the same scan.
func TestFormsOfATraceAreOneScan(t *testing.T) {
	w := sqlite(t)
	tr := aTrace(3, 20)
	tr.ScanID = blush.NewID()
	sc, created, err := w.SubmitTrace(t.Context(), w.dev, ref(w.alice), tr)
	if err != nil || !created {
		t.Fatal(created, err)
	}
	again, created, err := w.SubmitTrace(t.Context(), w.dev, ref(w.alice), tr.Rounded())
	if err != nil || created || !reflect.DeepEqual(again.Scan, sc.Scan) {
		t.Errorf("%+v, created %v, %v", again, created, err)
	}
}

// A trace that comes in the compact form is kept as it came, but for its id and time zone, unless it is not rounded as ours are.
func TestCompactTraceIsKeptAsItCame(t *testing.T) {
	w := sqlite(t)
	reading := scan.NewLane(scan.LaneRules{Inside: 1})
	rounded, other := aTrace(3, 20).Rounded(), aTrace(4, 20).Rounded()
	for i := range other.Regions[0].G { // on the grid of the compact form, and moving by less than what shows
		for r := range other.Regions {
			for _, x := range [][]float64{other.Regions[r].R, other.Regions[r].G, other.Regions[r].B} {
				x[i] = 100 + float64(i%2)/(1<<15)
			}
		}
	}
	for _, sent := range []*rppg.Trace{rounded, other} {
		var b bytes.Buffer
		if err := rppg.WriteTraceCompact(&b, sent); err != nil {
			t.Fatal(err)
		}
		id := blush.NewID()
		sc, created, err := w.SubmitCompact(t.Context(), w.dev, ref(w.alice), b.Bytes(), id, reading)
		if err != nil || !created || sc.ID != id {
			t.Fatalf("%s, created %v, %v", sc.ID, created, err)
		}
		want := sent.Rounded()
		want.ScanID, want.Timezone = id, "UTC"
		var packed bytes.Buffer
		if err := rppg.WriteTraceCompact(&packed, want); err != nil {
			t.Fatal(err)
		}
		kept, err := w.store.ScanData(t.Context(), id, store.TraceData)
		if err != nil || !bytes.Equal(kept, packed.Bytes()) {
			t.Errorf("kept %d bytes that are not those of the trace that came, %v", len(kept), err)
		}
		again, created, err := w.SubmitCompact(t.Context(), w.dev, ref(w.alice), b.Bytes(), id, reading)
		if err != nil || created || !reflect.DeepEqual(again.Scan, sc.Scan) {
			t.Errorf("sent again: created %v, %v", created, err)
		}
	}
}

// A device may send again a trace that an earlier version took in, and knows by the hash of its JSON.
func TestTraceOfAnEarlierVersionIsSentAgain(t *testing.T) {
	w := sqlite(t)
	tr := aTrace(3, 20)
	tr.ScanID, tr.Timezone = blush.NewID(), "UTC"
	text, err := json.Marshal(tr)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(text)
	before := blush.Scan{ID: tr.ScanID, UserID: w.alice.ID, Status: blush.Done, CreatedAt: time.Now(), Timezone: "UTC", Source: "api", InputHash: hash[:], Result: []byte(`{}`)}
	if _, _, err := w.store.CreateScan(t.Context(), before, nil, w.accounts.Audit(w.dev, blush.ScanCreate, w.alice.ID, tr.ScanID)); err != nil {
		t.Fatal(err)
	}
	if sc, created, err := w.SubmitTrace(t.Context(), w.dev, ref(w.alice), tr); err != nil || created || sc.ID != tr.ScanID {
		t.Errorf("%+v, created %v, %v", sc, created, err)
	}
	tr.Regions[0].G[5]++
	_, _, err = w.SubmitTrace(t.Context(), w.dev, ref(w.alice), tr)
	wantLoc(t, err, "face_scan_id")
}
