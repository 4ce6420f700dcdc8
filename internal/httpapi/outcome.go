package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"blush.example/blush/internal/fhir"
)

// fhirPath is the beginning of the routes that answer only in FHIR.
const fhirPath = "/v2/fhir"

func underFHIR(r *http.Request) bool {
	return r.URL.Path == fhirPath || strings.HasPrefix(r.URL.Path, fhirPath+"/")
}

// accepted is one media range of an Accept header.
type accepted struct {
	kind   string
	params map[string]string
	weight float64
}

func acceptedBy(r *http.Request) []accepted {
	var out []accepted
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		a := accepted{kind, params, 1}
		if q, given := params["q"]; given {
			if a.weight, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		if a.weight > 0 {
			out = append(out, a)
		}
	}
	return out
}

// wantsFHIR says whether a request prefers a response in FHIR, on the routes that have both forms.
func wantsFHIR(r *http.Request) bool {
	resource, other, own := 0.0, 0.0, 0.0 // other: FHIR in an unsupported form or version
	for _, a := range acceptedBy(r) {
		switch {
		case a.kind == fhir.ContentType && unsupportedVersion(a.params) == "":
			resource = max(resource, a.weight)
		case strings.HasPrefix(a.kind, "application/fhir+"): // XML and Turtle too
			other = max(other, a.weight)
		case a.kind == "application/json":
			own = max(own, a.weight)
		}
	}
	return resource > 0 && resource >= own || other > 0 && own == 0
}

// hasFHIR says whether responses on a path may be in FHIR.
func hasFHIR(path string) bool {
	return strings.HasPrefix(path, "/v2/facescans") || path == "/v2/readings" || strings.HasPrefix(path, "/v2/userprofiles/")
}

// unacceptable says which unsupported form or version a request for FHIR asks for; empty if it can be answered.
func unacceptable(r *http.Request) string {
	if formats, given := r.URL.Query()["_format"]; given && underFHIR(r) {
		for _, f := range formats {
			// A + that was not escaped is a space in a query.
			kind, params, err := mime.ParseMediaType(strings.Replace(f, " ", "+", 1))
			if f != "json" && (err != nil || kind != "application/json" && kind != fhir.ContentType && kind != "text/json") {
				return fmt.Sprintf("_format %q is not supported: use %s.", f, fhir.ContentType)
			}
			if why := unsupportedVersion(params); why != "" {
				return why
			}
		}
		return ""
	}
	ranges := acceptedBy(r)
	why := ""
	for _, a := range ranges {
		switch a.kind {
		case fhir.ContentType, "application/json", "text/json", "application/*", "*/*":
			if why = unsupportedVersion(a.params); why == "" {
				return ""
			}
		}
	}
	if why == "" && len(ranges) > 0 {
		why = fmt.Sprintf("Only %s is supported.", fhir.ContentType)
	}
	return why
}

func unsupportedVersion(params map[string]string) string {
	switch v := params["fhirversion"]; v {
	case "", "4.0", fhir.Version:
		return ""
	default:
		return fmt.Sprintf("FHIR %s is not supported: use fhirVersion=4.0.", v)
	}
}

// outcomes turns all errors of requests for FHIR into an OperationOutcome, wherever they come from.
func outcomes(next http.Handler) http.Handler {
	inFHIR := asOutcome(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !underFHIR(r) && (!hasFHIR(r.URL.Path) || !wantsFHIR(r)) {
			next.ServeHTTP(w, r)
			return
		}
		inFHIR(w, r)
	})
}

// asOutcome answers a request for FHIR with an OperationOutcome in place of an error.
func asOutcome(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rec := recordOf(r.Context())
		rec.fhir, rec.lenient = true, strings.Contains(strings.Join(r.Header.Values("Prefer"), ","), "handling=lenient")
		ow := &outcomeWriter{widgetWriter{ResponseWriter: w}, underFHIR(r)}
		defer func() {
			v := recover()
			fault, _ := v.(error)
			if v != nil && ow.status == 0 && !errors.Is(fault, http.ErrAbortHandler) {
				writeProblem(ow, internalError(r.Context()))
			}
			ow.finish()
			if v != nil {
				panic(v) // for the log
			}
		}()
		r, err := asGET(ow, r)
		if err != nil {
			writeProblem(ow, problemFrom(r.Context(), err))
			return
		}
		if why := unacceptable(r); why != "" {
			p := plain(http.StatusNotAcceptable, why)
			if underFHIR(r) && r.URL.Query().Has("_format") {
				p.body = FieldList{[]FieldError{{Loc: []any{"query", "_format"}, Msg: why, Type: "extra_forbidden"}}}
			}
			writeProblem(ow, p)
			return
		}
		next.ServeHTTP(ow, r)
	}
}

// outcomeWriter holds an error back until it is complete, to write it as an OperationOutcome.
type outcomeWriter struct {
	widgetWriter
	alone bool // a route that answers only in FHIR, where a wrong parameter is a 400 (R4 §3.1.0.5)
}

// issueCodes are the codes of R4's issue-type for our statuses.
var issueCodes = map[int]string{
	http.StatusUnauthorized: "login", http.StatusForbidden: "forbidden", http.StatusNotFound: "not-found", http.StatusMethodNotAllowed: "not-supported",
	http.StatusNotAcceptable: "not-supported", http.StatusRequestTimeout: "timeout", http.StatusConflict: "conflict", http.StatusRequestEntityTooLarge: "too-long",
	http.StatusUnsupportedMediaType: "not-supported", http.StatusTooManyRequests: "throttled", http.StatusInternalServerError: "exception",
	http.StatusServiceUnavailable: "transient", http.StatusInsufficientStorage: "no-store",
}

// fieldIssues are those of the types of our field errors.
var fieldIssues = map[string]string{"missing": "required", "extra_forbidden": "not-supported"}

func (w *outcomeWriter) finish() {
	if w.status < http.StatusBadRequest {
		return
	}
	status := w.status
	code := issueCodes[status]
	if code == "" {
		code = "invalid"
	}
	var out fhir.OperationOutcome
	var one Detail
	var many FieldList
	switch body := w.body.Bytes(); {
	case json.Unmarshal(body, &one) == nil && one.Detail != "":
		out = fhir.NewOutcome(code, one.Detail)
	case json.Unmarshal(body, &many) == nil && len(many.Detail) > 0:
		out.ResourceType = "OperationOutcome"
		for _, f := range many.Detail {
			issue := "value"
			if c := fieldIssues[f.Type]; c != "" {
				issue = c
			}
			name := ""
			if len(f.Loc) > 1 && f.Loc[0] == "query" {
				name = fmt.Sprint(f.Loc[1])
			}
			out.Issue = append(out.Issue, fhir.NewIssue(issue, f.Msg, name))
		}
		if w.alone && status == http.StatusUnprocessableEntity {
			status = http.StatusBadRequest
		}
	default:
		out = fhir.NewOutcome(code, http.StatusText(status)+".")
	}
	body, err := json.Marshal(out)
	if err != nil {
		body = nil
	}
	h := w.Header()
	h.Del("Content-Length")
	h.Set("Content-Type", fhir.ContentType)
	w.ResponseWriter.WriteHeader(status)
	_, _ = w.ResponseWriter.Write(body)
}
