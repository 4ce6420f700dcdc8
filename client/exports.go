package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ErrNotWhole is the error of an answer that is not JSON and lacks its end, e.g. the last line of an export, which says
// how many rows there are. A proxy can send such an answer as a complete one.
var ErrNotWhole = errors.New("the answer is incomplete: its end is missing")

// ScanExport says which scans to export, and how. Zero values mean the server's defaults.
type ScanExport struct {
	User     UserRef // one user; zero: all
	Format   string  // ndjson (default) or csv
	From, To time.Time
}

// ExportScans returns scans as text, one line per scan, including the last line.
func (c *Client) ExportScans(ctx context.Context, e ScanExport) (text string, err error) {
	q := e.User.query()
	if e.Format != "" {
		q.Set("format", e.Format)
	}
	for name, at := range map[string]time.Time{"from": e.From, "to": e.To} {
		if !at.IsZero() {
			q.Set(name, at.Format(time.RFC3339Nano))
		}
	}
	return c.export(ctx, "/v2/facescans/export", q)
}

// WaveformCSV returns the waves behind a scan's result as CSV, including the last line.
func (c *Client) WaveformCSV(ctx context.Context, id string) (text string, err error) {
	return c.export(ctx, "/v2/facescans/"+url.PathEscape(id)+"/waveform.csv", nil)
}

// WaveformEDF returns the waves behind a scan's result in the European Data Format (EDF+C).
func (c *Client) WaveformEDF(ctx context.Context, id string) (edf []byte, err error) {
	return c.file(ctx, "/v2/facescans/"+url.PathEscape(id)+"/waveform.edf", nil, wholeEDF)
}

func (c *Client) export(ctx context.Context, path string, q url.Values) (text string, err error) {
	content, err := c.file(ctx, path, q, wholeExport)
	return string(content), err
}

// file returns an answer that is not JSON, if it is whole.
func (c *Client) file(ctx context.Context, path string, q url.Values, whole func([]byte) bool) ([]byte, error) {
	var content []byte
	if _, err := c.do(ctx, http.MethodGet, path, q, body{}, &content); err != nil {
		return nil, err
	}
	if !whole(content) {
		return nil, ErrNotWhole
	}
	return content, nil
}

// wholeExport reports whether the last line of an export marks its end.
func wholeExport(text []byte) bool {
	if !bytes.HasSuffix(text, []byte("\n")) {
		return false
	}
	text = bytes.TrimSpace(text)
	last := text[bytes.LastIndexByte(text, '\n')+1:]
	var line struct{ End bool }
	return bytes.HasPrefix(last, []byte("end,")) || json.Unmarshal(last, &line) == nil && line.End
}

// wholeEDF reports whether a file is as long as its header says: the header, and each signal's samples in each data record.
func wholeEDF(file []byte) bool {
	number := func(at, width int) int { // 0 behind the end of the file
		n, _ := strconv.Atoi(string(bytes.TrimSpace(file[min(at, len(file)):min(at+width, len(file))])))
		return n
	}
	length, records, signals := number(184, 8), number(236, 8), number(252, 4)
	for i := range signals {
		length += records * 2 * number(256+216*signals+8*i, 8)
	}
	return length > 0 && length == len(file)
}

// wholePDF reports whether a document ends as a PDF does.
func wholePDF(document []byte) bool {
	return bytes.HasSuffix(bytes.TrimSpace(document), []byte("%%EOF"))
}

// wholeHTML reports whether every element of a widget is closed.
func wholeHTML(html []byte) bool {
	opened := bytes.Count(html, []byte("<div"))
	return opened > 0 && opened == bytes.Count(html, []byte("</div>"))
}
