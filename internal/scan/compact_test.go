package scan_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
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

// A device may send again a trace that an earlier version stored, with the hash of its JSON.
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
