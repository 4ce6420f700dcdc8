package account_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
	"blush.example/blush/rppg"

	streamjson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// heap is a writer that records the most memory in use while it is written to.
type heap struct {
	to      io.Writer
	written int64
	writes  int
	most    uint64
	collect bool // count only what is still needed
}

func (h *heap) Write(b []byte) (int, error) {
	h.written += int64(len(b))
	if h.writes++; h.writes%64 == 0 {
		if h.collect {
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		h.most = max(h.most, m.HeapAlloc)
	}
	return h.to.Write(b)
}

// A damaged part of one scan does not withhold the rest from a person: it is null, and the scan says that it is damaged.
func TestExportLeavesOutWhatIsDamaged(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	u := w.user(t, "hugo")
	var ids []string
	for range 2 {
		sc := blush.Scan{ID: blush.NewID(), UserID: u.ID, Status: blush.Done, CreatedAt: w.now, Timezone: "UTC", Source: "api", InputHash: []byte{1}, Result: json.RawMessage(`{}`)}
		data := map[store.Data][]byte{store.TraceData: []byte(`{"time_ms":[0]}`), store.WaveformData: []byte(`{"pulse":{}}`)}
		if _, _, err := w.store.CreateScan(ctx, sc, data, w.Audit(w.dev, "scan.create", u.ID, sc.ID)); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, sc.ID)
	}
	db, err := sql.Open("sqlite", "file:"+w.file+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "UPDATE scan_data SET data = x'00' || data WHERE kind = 'trace' AND scan_id = ?", ids[0]); err != nil {
		t.Fatal(err)
	}
	export, err := w.ExportUser(ctx, w.dev, blush.UserRef{ID: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	defer export.Close()
	var b bytes.Buffer
	if err := export.Write(ctx, &b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Scans []struct {
			ID              string `json:"face_scan_id"`
			Waveform, Trace json.RawMessage
			Damaged         []string
		} `json:"face_scans"`
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || len(got.Scans) != 2 {
		t.Fatalf("%s: %v", b.Bytes(), err)
	}
	for _, sc := range got.Scans {
		lost := sc.ID == ids[0]
		if string(sc.Waveform) != `{"pulse":{}}` || (string(sc.Trace) == "null") != lost || slices.Contains(sc.Damaged, "trace") != lost {
			t.Errorf("scan %s, damaged %v: %+v", sc.ID, lost, sc)
		}
	}
}

// An export during which the user is erased fails: it does not look complete.
func TestExportOfAUserWhoIsErased(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	u := w.user(t, "hugo")
	export, err := w.ExportUser(ctx, w.dev, blush.UserRef{ID: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	defer export.Close()
	if err := w.DeleteUser(ctx, w.dev, blush.UserRef{ID: u.ID}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := export.Write(ctx, &b); blush.KindOf(err) != blush.NotFound || json.Valid(b.Bytes()) {
		t.Errorf("%v: %s", err, b.Bytes())
	}
}

// An export uses a bounded amount of memory: less than 64 MB for 500 scans, about
// 125 MB of JSON, and as many accesses.
func TestExportIsBounded(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // the default, as in a real server
	const scans, part = 500, 250_000
	w := newWorld(t)
	ctx := t.Context()
	u := w.user(t, "hugo")
	trace := append(append([]byte(`{"time_ms":[0`), bytes.Repeat([]byte(",33.333"), part/7)...), "]}"...)
	within, tx := w.store.Begin(ctx)
	for i := range scans {
		sc := blush.Scan{ID: blush.NewID(), UserID: u.ID, Status: blush.Done, CreatedAt: w.now.Add(time.Duration(i) * time.Hour), Timezone: "UTC",
			Source: "api", InputHash: []byte{1}, Result: json.RawMessage(`{"engine":{}}`)}
		data := map[store.Data][]byte{store.TraceData: trace, store.WaveformData: []byte(`{"pulse":{}}`)}
		if _, _, err := w.store.CreateScan(within, sc, data, w.Audit(w.dev, "scan.create", u.ID, sc.ID)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	export, err := w.ExportUser(ctx, w.dev, blush.UserRef{ID: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	defer export.Close()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	read, write := io.Pipe()
	out := &heap{to: write}
	go func() { write.CloseWithError(export.Write(ctx, out)) }()
	counts, err := items(read)
	if err != nil {
		t.Fatal(err)
	}
	if counts["face_scans"] != scans || counts["accesses"] != scans+2 {
		t.Errorf("in the export are %v", counts)
	}
	used := (int64(out.most) - int64(before.HeapAlloc)) >> 20
	t.Logf("%d MB written, %d MB of memory used", out.written>>20, used)
	if out.written < scans*part || used > 64 {
		t.Errorf("%d MB written, %d MB of memory used", out.written>>20, used)
	}
}

// While a compact trace of the largest size is exported, memory contains the trace once and never its whole text:
// the memory in use stays below 1.5 times the size of its numbers.
func TestExportOfCompactTraceIsBounded(t *testing.T) {
	const regions, frames = 60, 1 << 12
	w := newWorld(t)
	u := w.user(t, "hugo")
	want := storeNoise(t, w, u, regions, frames)
	export, err := w.ExportUser(t.Context(), w.dev, blush.UserRef{ID: u.ID})
	if err != nil {
		t.Fatal(err)
	}
	defer export.Close()
	runtime.GC()
	runtime.GC() // the second one frees what finalizers kept alive
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	read, write := io.Pipe()
	out := &heap{to: write, collect: true}
	go func() { write.CloseWithError(export.Write(t.Context(), out)) }()
	var doc struct {
		Scans []struct {
			Trace hashed `json:"trace"`
		} `json:"face_scans"`
	}
	if err := streamjson.UnmarshalRead(read, &doc); err != nil || len(doc.Scans) != 1 || doc.Scans[0].Trace != want {
		t.Errorf("the trace in the export is another one: %d scans, %v", len(doc.Scans), err)
	}
	numbers, used := int64(regions*3*frames*8), int64(out.most)-int64(before.HeapAlloc)
	t.Logf("%d bytes of text, %d of numbers, %d of memory used", out.written, numbers, used)
	if used > numbers*3/2 {
		t.Errorf("%d bytes of memory used for %d of numbers", used, numbers)
	}
}

// storeNoise stores a scan of noise, which cannot be compressed, and returns the hash of its trace as JSON.
func storeNoise(t *testing.T, w *world, u blush.User, regions, frames int) (text hashed) {
	t.Helper()
	noise := rand.New(rand.NewPCG(1, 2))
	channel := func() []float64 {
		x := make([]float64, frames)
		for i := range x {
			x[i] = float64(100<<13+noise.IntN(50<<13)) / (1 << 13)
		}
		return x
	}
	tr := rppg.Trace{Version: 1, Site: rppg.Face, TimeMS: make([]float64, frames)}
	for i := range tr.TimeMS {
		tr.TimeMS[i] = float64(i) * 33
	}
	for i := range regions {
		tr.Regions = append(tr.Regions, rppg.Region{Name: fmt.Sprint("r", i), R: channel(), G: channel(), B: channel()})
	}
	var packed, written bytes.Buffer
	kept := tr.Rounded()
	if err := errors.Join(rppg.WriteTraceCompact(&packed, kept), rppg.WriteTraceJSON(&written, kept), streamjson.UnmarshalRead(&written, &text)); err != nil {
		t.Fatal(err)
	}
	id := blush.NewID()
	_, _, err := w.store.CreateScan(t.Context(), blush.Scan{ID: id, UserID: u.ID, Status: blush.Done, CreatedAt: w.now, Timezone: "UTC",
		Source: "api", InputHash: []byte{1}, Result: json.RawMessage(`{"engine":{}}`)}, map[store.Data][]byte{store.TraceData: packed.Bytes()}, w.Audit(w.dev, "scan.create", u.ID, id))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// hashed is the hash of a JSON value, computed token by token.
type hashed struct{ sum [sha256.Size]byte }

func (h *hashed) UnmarshalJSONFrom(in *jsontext.Decoder) error {
	sum := sha256.New()
	out := jsontext.NewEncoder(sum)
	for depth := in.StackDepth(); ; {
		token, err := in.ReadToken()
		if err == nil {
			err = out.WriteToken(token)
		}
		if err != nil {
			return err
		}
		if in.StackDepth() == depth {
			break
		}
	}
	h.sum = [sha256.Size]byte(sum.Sum(nil))
	return nil
}

// items counts the objects in each list of a JSON object, and uses little memory.
func items(doc io.Reader) (map[string]int, error) {
	counts, field, level, text := map[string]int{}, []byte(nil), 0, false
	buf := make([]byte, 1<<16)
	for {
		n, err := doc.Read(buf)
		for _, c := range buf[:n] {
			switch {
			case c == '"':
				if text = !text; text && level == 1 {
					field = field[:0]
				}
			case text:
				if level == 1 {
					field = append(field, c)
				}
			case c == '{' || c == '[':
				if level++; level == 3 && c == '{' {
					counts[string(field)]++
				}
			case c == '}' || c == ']':
				level--
			}
		}
		if errors.Is(err, io.EOF) {
			if level != 0 || text {
				err = io.ErrUnexpectedEOF
				return nil, err
			}
			return counts, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
