package account_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// heap notes the most memory that is in use while something is written.
type heap struct {
	to      io.Writer
	written int64
	writes  int
	most    uint64
}

func (h *heap) Write(b []byte) (int, error) {
	h.written += int64(len(b))
	if h.writes++; h.writes%64 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		h.most = max(h.most, m.HeapAlloc)
	}
	return h.to.Write(b)
}

// An export holds a bounded part of itself in memory: of 2,000 scans, some 500 MB
// of JSON, and of as many accesses, less than 64 MB.
func TestExportIsBounded(t *testing.T) {
	const scans, part = 2000, 250_000
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

// items counts what is in each list of a JSON object, of which it holds little in memory.
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
