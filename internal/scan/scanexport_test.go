package scan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/scan"
)

// peak notes the most memory that is still needed while something is written.
type peak struct {
	bytes  int64
	writes int
	most   uint64
}

func (p *peak) Write(b []byte) (int, error) {
	p.bytes += int64(len(b))
	if p.writes++; p.writes%32 == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		p.most = max(p.most, m.HeapAlloc)
	}
	return len(b), nil
}

// An export of scans has one page in memory at a time: less than 6 MB for 1,500 scans of 15 users, about 15 MB.
func TestScanExportIsBounded(t *testing.T) {
	const users, scans, method = 15, 100, 10_000
	w := sqlite(t)
	result, err := json.Marshal(map[string]any{"engine": map[string]any{"version": "7"}, "estimates": []any{
		map[string]any{"biomarker": "heart_rate", "value": 60, "interval": []int{59, 61}, "unit": "bpm", "method": string(bytes.Repeat([]byte("m"), method))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range users {
		u := w.user(t, fmt.Sprint("user ", i), nil)
		all := make([]blush.Scan, scans)
		for k := range all {
			all[k] = blush.Scan{ID: blush.NewID(), UserID: u.ID, Status: blush.Done, CreatedAt: start.Add(time.Duration(k) * time.Hour), Timezone: "UTC",
				Source: "api", InputHash: []byte{1}, Result: result}
		}
		if err := w.store.Import(t.Context(), u.ID, all, nil, nil, w.accounts.Audit(w.dev, blush.HistoryImport, u.ID, "")); err != nil {
			t.Fatal(err)
		}
	}
	e, err := w.ExportScans(t.Context(), w.dev, scan.ExportQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ExportScans(t.Context(), w.dev, scan.ExportQuery{}); blush.KindOf(err) != blush.TooMany {
		t.Errorf("the same export twice at a time: %v", err)
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	out := &peak{}
	if err := e.Write(t.Context(), out, scan.NDJSON); err != nil {
		t.Fatal(err)
	}
	e.Close()
	used := (int64(out.most) - int64(before.HeapAlloc)) >> 20
	t.Logf("%d MB written, %d MB of memory used", out.bytes>>20, used)
	if out.bytes < users*scans*method || used > 6 {
		t.Errorf("%d MB written, %d MB of memory used", out.bytes>>20, used)
	}
	again, err := w.ExportScans(t.Context(), w.dev, scan.ExportQuery{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.Write(t.Context(), io.Discard, scan.CSV); err != nil {
		t.Error(err)
	}
}

// A text is not read as a formula in a spreadsheet, wherever a program begins a cell.
func TestCells(t *testing.T) {
	for text, want := range map[string]string{
		"anna": "anna", "a=b": "a=b", "a-b@c": "a-b@c", "": "", "2026-01-01": "2026-01-01",
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@A1": "'@A1", "\t=1": "\t'=1", " =1": " '=1", "\r\n=1": "\r\n'=1", "＝1": "'＝1",
		"x;=1": "x;'=1", "x,+1": "x,'+1", `x"@1`: `x"'@1`, "\u00a0=1": "\u00a0'=1", "\ufeff\u200b=1": "\ufeff\u200b'=1", "\u2028+1": "\u2028'+1", "x\n-1": "x\n'-1", "==1": "'==1",
	} {
		if got := scan.Cell(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}
