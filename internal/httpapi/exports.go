package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/fhir"
	"blush.example/blush/internal/scan"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

// exportResponse is a file that is sent while it is being made.
type exportResponse struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Disposition string `header:"Content-Disposition"`
	Body        func(huma.Context)
}

// fileResponse is a file that was made before it is sent. It says its length: a proxy that speaks HTTP/1.0 to the server
// cannot tell the end of a file without one from a connection that broke.
type fileResponse struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Disposition string `header:"Content-Disposition"`
	Length      int    `header:"Content-Length" hidden:"true"`
	Body        []byte
}

// partWriter gives the client the time of a whole response for each part that is sent. Between parts, while the
// server works, there is no deadline.
type partWriter struct{ w http.ResponseWriter }

func (p *partWriter) Write(b []byte) (int, error) {
	rc := http.NewResponseController(p.w)
	// A connection without deadlines (a test's recorder) returns an error, which does not matter.
	_ = rc.SetWriteDeadline(time.Now().Add(answerTime))
	n, err := p.w.Write(b)
	if err == nil {
		_ = rc.SetWriteDeadline(time.Time{})
	}
	return n, err
}

// stream sends a file while write makes it. If write fails, the connection is aborted, so that no client takes an incomplete file for a complete one.
func stream(ctx context.Context, contentType, file string, write func(io.Writer) error) *exportResponse {
	return &exportResponse{ContentType: contentType, Disposition: `attachment; filename="` + file + `"`, Body: func(hc huma.Context) {
		_, w := humachi.Unwrap(hc)
		hc.SetStatus(http.StatusOK)
		if err := write(&partWriter{w: w}); err != nil {
			recordOf(ctx).note(fmt.Errorf("export cut short: %w", err))
			panic(http.ErrAbortHandler) // so that the client sees that the response is incomplete
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime)) // for what is still buffered
	}}
}

// streams describes the response of a route that sends a file, which huma cannot describe itself.
// Lines of JSON have no schema, because OpenAPI 3.1 describes only single documents.
func (a *API) streams(path string, contentTypes ...string) {
	content := map[string]*huma.MediaType{}
	for _, t := range contentTypes {
		content[t] = &huma.MediaType{}
		switch t {
		case "application/json", fhir.ContentType:
			content[t].Schema = &huma.Schema{}
		case ndjsonType:
		default:
			content[t].Schema = &huma.Schema{Type: huma.TypeString, Format: "binary"}
		}
	}
	a.huma.OpenAPI().Paths[path].Get.Responses["200"].Content = content
}

const (
	ndjsonType = "application/x-ndjson"
	csvType    = "text/csv; charset=utf-8"
	edfType    = "application/x-edf"
)

type exportScansRequest struct {
	UserName
	Format string    `query:"format" enum:"ndjson,csv" default:"ndjson" doc:"One JSON object or one row for each scan."`
	From   time.Time `query:"from" doc:"Scans made from this time on, e.g. 2026-01-31T08:00:00Z."`
	To     time.Time `query:"to" doc:"Scans made before this time."`
}

func (a *API) exports() {
	const tag, scans = "Face scans", "/v2/facescans/export"
	route(a, operation{method: http.MethodGet, path: scans, id: "export-face-scans", tag: tag, summary: "Export face scans",
		access: keyOnly, needs: blush.KeyExport, audit: actions(blush.ScanExport),
		doc: "The scans of all the customer's users in the key's environment, or of one user, with their values, one user after another. The response is streamed. " +
			"The last line says how many scans there were: `{\"end\":true,\"face_scans\":N}`, in CSV a row `end,N`. An export without it is incomplete, and its connection is aborted. " +
			"In CSV an apostrophe precedes what a spreadsheet would read as a formula. Only one export of the same scans runs at a time.",
		errors: []int{404}}, a.exportScans)
	a.streams(scans, ndjsonType, "text/csv")
	for _, f := range []struct {
		path, id, summary, doc, contentType, file string
		write                                     func(*scan.Waves, io.Writer) error
	}{
		{"/v2/facescans/{face_scan_id}/waveform.csv", "get-waveform-csv", "Get the waves as CSV",
			"The pulse wave, the breathing wave and the beats by time. A beat is 1, or 2 if its interval was corrected. The last row says how many rows there are: `end,N`.",
			csvType, "csv", (*scan.Waves).WriteCSV},
		{"/v2/facescans/{face_scan_id}/waveform.edf", "get-waveform-edf", "Get the waves as EDF+",
			"The pulse wave and the breathing wave in the European Data Format (EDF+C), the beats as annotations, which programs for biosignals read. The person is identified only by user_id.",
			edfType, "edf", (*scan.Waves).WriteEDF},
	} {
		route(a, operation{method: http.MethodGet, path: f.path, id: f.id, tag: tag, summary: f.summary,
			tolerant: true, access: orOneScanOnly, needs: blush.KeyRead, audit: actions(blush.ScanReadWaveform), doc: f.doc, errors: []int{404}},
			func(ctx context.Context, c blush.Caller, in *scanName) (*fileResponse, error) {
				w, err := a.scans.Waves(ctx, c, in.FaceScanID)
				if err != nil {
					return nil, err
				}
				var b bytes.Buffer
				err = f.write(w, &b)
				return &fileResponse{f.contentType, `attachment; filename="waveform.` + f.file + `"`, b.Len(), b.Bytes()}, err
			})
		contentType := f.contentType
		if contentType == csvType {
			contentType = "text/csv"
		}
		a.streams(f.path, contentType)
	}
}

func (a *API) exportScans(ctx context.Context, c blush.Caller, in *exportScansRequest) (*exportResponse, error) {
	e, err := a.scans.ExportScans(ctx, c, scan.ExportQuery{User: in.ref(), From: in.From, To: in.To})
	if err != nil {
		return nil, err
	}
	contentType := ndjsonType
	if in.Format == string(scan.CSV) {
		contentType = csvType
	}
	return stream(ctx, contentType, "face-scans."+in.Format, func(to io.Writer) error {
		defer e.Close()
		return e.Write(ctx, to, scan.Format(in.Format))
	}), nil
}
