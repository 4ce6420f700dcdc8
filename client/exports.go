package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrNotWhole is the error of an incomplete export: its last line, which says how many rows there are, is missing.
var ErrNotWhole = errors.New("the export is incomplete: its last line is missing")

// ScanExport says which scans to export, and how. Zero values mean the server's defaults.
type ScanExport struct {
	User     UserRef // one user; zero: all
	Format   string  // ndjson (default) or csv
	From, To time.Time
}

// ExportScans returns scans as text, one line per scan, including the last line. If that is missing, the error is [ErrNotWhole].
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

// WaveformCSV returns the waves behind a scan's result as CSV. If the last line is missing, the error is [ErrNotWhole].
func (c *Client) WaveformCSV(ctx context.Context, id string) (text string, err error) {
	return c.export(ctx, "/v2/facescans/"+url.PathEscape(id)+"/waveform.csv", nil)
}

// WaveformEDF returns the waves behind a scan's result in the European Data Format (EDF+C).
func (c *Client) WaveformEDF(ctx context.Context, id string) (edf []byte, err error) {
	return c.file(ctx, "/v2/facescans/"+url.PathEscape(id)+"/waveform.edf", nil)
}

func (c *Client) export(ctx context.Context, path string, q url.Values) (text string, err error) {
	if _, err := c.do(ctx, http.MethodGet, path, q, body{}, &text); err != nil {
		return "", err
	}
	if !whole(text) {
		return "", ErrNotWhole
	}
	return text, nil
}

// whole reports whether the last line of an export marks its end.
func whole(text string) bool {
	if !strings.HasSuffix(text, "\n") {
		return false
	}
	text = strings.TrimSpace(text)
	last := text[strings.LastIndexByte(text, '\n')+1:]
	var line struct{ End bool }
	return strings.HasPrefix(last, "end,") || json.Unmarshal([]byte(last), &line) == nil && line.End
}

// file returns an answer that is not JSON.
func (c *Client) file(ctx context.Context, path string, q url.Values) (content []byte, err error) {
	var raw json.RawMessage
	_, err = c.do(ctx, http.MethodGet, path, q, body{}, &raw)
	return raw, err
}
