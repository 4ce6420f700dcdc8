package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/scan"
)

// FaceScan is one session in front of the camera with its result.
type FaceScan scan.View

// FaceScanList is one page of scans.
type FaceScanList struct {
	Data    []FaceScan `json:"data" nullable:"false"`
	HasMore bool       `json:"has_more"`
}

// Waveform holds the waves behind a result.
type Waveform scan.Waveform

type scanListRequest struct {
	UserName
	Paging
}

type scanListResponse struct{ Body orFHIR[FaceScanList] }

type scanRequest struct {
	FaceScanID  string `path:"face_scan_id" doc:"A UUID, with or without dashes."`
	Wait        int    `query:"wait" minimum:"0" maximum:"60" doc:"Seconds to wait for the result while the scan is processing."`
	IfNoneMatch string `header:"If-None-Match"`
}

type scanResponse struct {
	ETag string `header:"ETag"`
	Body orFHIR[FaceScan]
}

type waveformRequest struct {
	FaceScanID  string `path:"face_scan_id" doc:"A UUID, with or without dashes."`
	IfNoneMatch string `header:"If-None-Match"`
}

type waveformResponse struct {
	ETag string `header:"ETag"`
	Body Waveform
}

type scanName struct {
	FaceScanID string `path:"face_scan_id" doc:"A UUID, with or without dashes."`
}

func (a *API) facescans() {
	const tag = "Face scans"
	a.submissions(tag)
	route(a, operation{method: http.MethodGet, path: "/v2/facescans", id: "list-face-scans", tag: tag, summary: "List a user's face scans",
		access: orDashboard, needs: blush.KeyRead, audit: actions(blush.ScanList),
		fhir: alsoFHIR, doc: "The user's scans, newest first.", errors: []int{404}}, a.listScans)
	route(a, operation{method: http.MethodGet, path: "/v2/facescans/{face_scan_id}", id: "get-face-scan", tag: tag, summary: "Get a face scan",
		tolerant: true, access: orAnyPage, needs: blush.KeyRead, audit: actions(blush.ScanRead),
		doc:  "The scan with its result. While it is processing, ?wait=SECONDS delays the response until it is done.",
		fhir: alsoFHIR, more: []int{http.StatusNotModified}, errors: []int{404}}, a.getScan)
	route(a, operation{method: http.MethodGet, path: "/v2/facescans/{face_scan_id}/waveform", id: "get-waveform", tag: tag, summary: "Get the waves behind a result",
		tolerant: true, access: orOneScanOnly, needs: blush.KeyRead, audit: actions(blush.ScanReadWaveform),
		doc:  "Pulse wave, beats, respiration wave and the heart rate over time, with their rates and units.",
		more: []int{http.StatusNotModified}, errors: []int{404}}, a.waveform)
	route(a, operation{method: http.MethodDelete, path: "/v2/facescans/{face_scan_id}", id: "delete-face-scan", tag: tag, summary: "Erase a face scan",
		tolerant: true, access: orAPIToken, needs: blush.KeyErase, audit: actions(blush.ScanDelete),
		doc: "Erases the scan, its trace and its video.", status: http.StatusNoContent, errors: []int{404}}, a.deleteScan)
}

// views converts scans of one user to the form of the API, each with the user's metrics at that scan.
func (a *API) views(ctx context.Context, c blush.Caller, scans ...blush.Scan) ([]FaceScan, error) {
	insights, err := a.insights.ScanInsights(ctx, c, scans...)
	if err != nil {
		return nil, err
	}
	out := make([]FaceScan, len(scans))
	for i, sc := range scans {
		if out[i], err = a.view(sc, insights); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// view converts one scan, with the metrics from insights.
func (a *API) view(sc blush.Scan, insights map[string]insight.ScanInsights) (FaceScan, error) {
	v, err := scan.NewView(sc)
	if err != nil {
		return FaceScan{}, err
	}
	if strings.HasPrefix(v.InstructionsForUse, "/") {
		v.InstructionsForUse = a.cfg.BaseURL + v.InstructionsForUse
	}
	if stood, ok := insights[sc.ID]; ok {
		v.AddInsights(stood)
	}
	return FaceScan(v), nil
}

func (a *API) listScans(ctx context.Context, c blush.Caller, in *scanListRequest) (*scanListResponse, error) {
	list, err := a.scans.List(ctx, c, in.ref(), in.page())
	if err != nil {
		return nil, err
	}
	if recordOf(ctx).fhir {
		b, err := a.scansBundle(ctx, c, in.ref(), list)
		return &scanListResponse{orFHIR[FaceScanList]{fhir: b}}, err
	}
	views, err := a.views(ctx, c, list.Data...)
	if err != nil {
		return nil, err
	}
	return &scanListResponse{orFHIR[FaceScanList]{own: FaceScanList{Data: views, HasMore: list.HasMore}}}, nil
}

func (a *API) getScan(ctx context.Context, c blush.Caller, in *scanRequest) (*scanResponse, error) {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.cfg.Stopping, cancel)()
	sc, err := a.scans.Get(waiting, c, in.FaceScanID, time.Duration(in.Wait)*time.Second)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		sc, err = a.scans.Get(ctx, c, in.FaceScanID, 0)
	}
	if err != nil {
		return nil, err
	}
	if recordOf(ctx).fhir {
		b, err := a.scanBundle(ctx, c, sc)
		if err != nil {
			return nil, err
		}
		tag, text, err := etag(b, in.IfNoneMatch)
		return &scanResponse{tag, orFHIR[FaceScan]{fhir: b, text: text}}, err
	}
	views, err := a.views(ctx, c, sc)
	if err != nil {
		return nil, err
	}
	tag, text, err := etag(views[0], in.IfNoneMatch)
	return &scanResponse{tag, orFHIR[FaceScan]{own: views[0], text: text}}, err
}

func (a *API) waveform(ctx context.Context, c blush.Caller, in *waveformRequest) (*waveformResponse, error) {
	w, err := a.scans.Waveform(ctx, c, in.FaceScanID)
	if err != nil {
		return nil, err
	}
	tag, _, err := etag(w, in.IfNoneMatch)
	return &waveformResponse{tag, Waveform(w)}, err
}

func (a *API) deleteScan(ctx context.Context, c blush.Caller, in *scanName) (*struct{}, error) {
	return nil, a.scans.Delete(ctx, c, in.FaceScanID)
}

// etag names a version of an answer, with the answer as JSON, and is the problem 304 when the client holds it already.
func etag(v any, held string) (tag string, text []byte, err error) {
	if text, err = json.Marshal(v); err != nil {
		return "", nil, err
	}
	sum := sha256.Sum256(text)
	tag = `"` + hex.EncodeToString(sum[:16]) + `"`
	for one := range strings.SplitSeq(held, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return "", nil, &problem{status: http.StatusNotModified, etag: tag, text: "not modified"}
		}
	}
	return tag, text, nil
}
