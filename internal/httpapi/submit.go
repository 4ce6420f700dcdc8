package httpapi

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/sandbox"
	"blush.example/blush/internal/scan"
	"blush.example/blush/rppg"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
)

// The limits of a submission. A phone on a slow connection sends for minutes.
const (
	submitPatience = 10 * time.Minute
	maxFormField   = 256 // bytes of one field besides the video
)

// submission is a scan that is being submitted. The handler reads its body while it
// arrives, so a video is never held in memory.
type submission struct {
	UserName
	ContentType     string `header:"Content-Type" hidden:"true"`
	ContentEncoding string `header:"Content-Encoding" enum:"gzip,identity" doc:"A trace may be sent compressed."`
	IdempotencyKey  string `header:"Idempotency-Key" maxLength:"255"`

	body io.Reader
}

// Resolve hands the unread body to the handler.
func (s *submission) Resolve(hc huma.Context) []error {
	s.body = hc.BodyReader()
	return s.UserName.Resolve(hc)
}

type submissionResponse struct {
	Status   int
	Location string `header:"Location"`
	Body     FaceScan
}

// syntheticBody asks for a scan without a camera.
type syntheticBody struct {
	FaceScanID string    `json:"face_scan_id,omitempty" format:"uuid"`
	Timezone   string    `json:"timezone,omitempty" doc:"IANA name; UTC if left out."`
	AtRest     *bool     `json:"at_rest,omitempty"`
	Synthetic  synthetic `json:"synthetic"`
}

type synthetic struct {
	Seed      uint64  `json:"seed,omitempty" doc:"The same seed makes the same scan."`
	DurationS float64 `json:"duration_s,omitempty" minimum:"10" maximum:"120" doc:"Seconds; 60 if left out."`
	HeartRate float64 `json:"heart_rate,omitempty" minimum:"40" maximum:"180" doc:"bpm; the persona's, or drawn from the seed if left out."`
	Persona   string  `json:"persona,omitempty" set:"personas" doc:"The persona whose heart and breathing are simulated."`
	Quality   string  `json:"quality,omitempty" set:"qualities" doc:"The quality that the recording must have."`
	Reason    string  `json:"reason,omitempty" set:"sandbox_reasons" doc:"The reason for which the heart rate must be refused."`
	Failure   bool    `json:"failure,omitempty" doc:"A video that cannot be decoded: 202, then the status failed."`
	AfterS    float64 `json:"after_s,omitempty" minimum:"0" maximum:"3600" doc:"For a failure: how many seconds the scan is processing."`
}

func (a *API) submissions(tag string) {
	route(a, operation{method: http.MethodPost, path: "/v2/facescans", id: "submit-face-scan", tag: tag, summary: "Submit a face scan",
		access: orScanPage, needs: blush.KeyWrite, audit: anyOf(blush.ScanCreate, blush.ScanRead),
		doc: "A scan as colour traces (application/json, also gzip; or application/vnd.blush.trace, their compact form), which is analysed within the request (201), or as a video file (multipart/form-data), " +
			"which is analysed in the background (202; poll the address in Location). The same face_scan_id with the same content is always the same scan (200). " +
			"With a DEV key also {\"synthetic\":{}}: a scan of a simulated face, without a camera: of a rate, a persona, a quality, refused for any reason, or failed.",
		creates: true, status: http.StatusCreated, more: []int{http.StatusAccepted, http.StatusOK}, errors: []int{404, 408, 409, 413, 503},
		bodyTime: submitPatience, maxBody: rppg.MaxDecodedBytes}, a.submit)
	// Described only here, because huma would read a body that it knows.
	doc := a.huma.OpenAPI()
	doc.Paths["/v2/facescans"].Post.RequestBody = submissionBodies(doc.Components.Schemas)
}

func (a *API) submit(ctx context.Context, c blush.Caller, in *submission) (*submissionResponse, error) {
	kind, params, err := mime.ParseMediaType(in.ContentType)
	if err != nil && in.ContentType != "" {
		kind = in.ContentType
	}
	var sc scan.Submitted
	var created bool
	switch kind {
	case "application/json", "":
		sc, created, err = a.submitJSON(ctx, c, in)
	case rppg.CompactType:
		sc, created, err = a.submitCompact(ctx, c, in)
	case "multipart/form-data":
		sc, created, err = a.submitForm(ctx, c, in, params["boundary"])
	default:
		return nil, plain(http.StatusUnsupportedMediaType, fmt.Sprintf("Send a trace with Content-Type: application/json or %s, or a video with multipart/form-data, not with %q.", rppg.CompactType, kind))
	}
	if err != nil {
		return nil, err
	}
	out := &submissionResponse{Status: http.StatusOK, Location: "/v2/facescans/" + sc.ID}
	switch {
	case sc.Status == blush.Processing:
		out.Status = http.StatusAccepted
	case created:
		out.Status = http.StatusCreated
	}
	insights := map[string]insight.ScanInsights{}
	switch {
	case sc.Insights != nil:
		insights[sc.ID] = *sc.Insights
	case !created:
		if insights, err = a.insights.ScanInsights(ctx, c, sc.Scan); err != nil {
			return nil, err
		}
	}
	out.Body, err = a.view(sc.Scan, insights)
	return out, err
}

func (a *API) submitJSON(ctx context.Context, c blush.Caller, in *submission) (scan.Submitted, bool, error) {
	raw, err := readDecoded(in.body, in.ContentEncoding)
	if err != nil {
		return scan.Submitted{}, false, err
	}
	if err := checkText(raw); err != nil {
		return scan.Submitted{}, false, err
	}
	if len(raw) < maxFormField*16 && bytes.Contains(raw, []byte(`"synthetic"`)) {
		return a.submitSynthetic(ctx, c, in.ref(), raw)
	}
	return a.submitTrace(ctx, c, in, raw)
}

func (a *API) submitCompact(ctx context.Context, c blush.Caller, in *submission) (scan.Submitted, bool, error) {
	raw, err := readDecoded(in.body, in.ContentEncoding)
	if err != nil {
		return scan.Submitted{}, false, err
	}
	sc, created, err := a.scans.SubmitCompact(ctx, c, in.ref(), raw, in.idFor(c), a.parsing)
	return sc, created, traceError(err)
}

// idFor is the scan id of a trace that comes without one, empty where nothing names it.
func (s *submission) idFor(c blush.Caller) string {
	if s.IdempotencyKey == "" {
		return ""
	}
	return scanIDFor(c, s.IdempotencyKey)
}

func (a *API) submitTrace(ctx context.Context, c blush.Caller, in *submission, raw []byte) (scan.Submitted, bool, error) {
	leave, err := a.parsing.Enter(ctx, c.CustomerID, "")
	if err != nil {
		return scan.Submitted{}, false, err
	}
	defer leave()
	tr, err := rppg.ParseTraceJSON(bytes.NewReader(raw))
	if err != nil {
		return scan.Submitted{}, false, traceError(err)
	}
	if tr.ScanID == "" {
		tr.ScanID = in.idFor(c)
	}
	if scan.Costly(tr) {
		leave() // it waits in its own lane and does not block others
	}
	return a.scans.SubmitTrace(ctx, c, in.ref(), tr)
}

// readDecoded reads a body of at most rppg.MaxDecodedBytes, before and after
// decompression, so that a small body cannot grow into a large one.
func readDecoded(body io.Reader, encoding string) ([]byte, error) {
	in := io.Reader(&limited{r: body, left: rppg.MaxDecodedBytes})
	if encoding == "gzip" {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, unreadable(err, "The body is not gzip, though Content-Encoding says so.")
		}
		in = &limited{r: z, left: rppg.MaxDecodedBytes}
	}
	raw, err := io.ReadAll(in)
	if err != nil {
		return nil, unreadable(err, "The gzip body is damaged.")
	}
	return raw, nil
}

func unreadable(err error, message string) error {
	var e *blush.Error
	var damaged flate.CorruptInputError
	switch {
	case errors.As(err, &e):
		return err
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.As(err, &damaged):
		return faultAt(message, "encoding_error", "body")
	}
	return err
}

// limited reads at most left bytes and then fails. With io.LimitReader a longer body
// would look complete.
type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, blush.E(blush.TooLarge, "The body is larger than %s.", byteSize(rppg.MaxDecodedBytes))
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return n, blush.E(blush.TooLarge, "The body is larger than %s.", byteSize(rppg.MaxDecodedBytes))
	}
	return n, err
}

// traceError converts the error of a trace to the form of the API.
func traceError(err error) error {
	var faults rppg.TraceErrors
	if !errors.As(err, &faults) {
		return err
	}
	fields := make([]FieldError, len(faults))
	for i, t := range faults {
		fields[i] = FieldError{Loc: append([]any{"body"}, t.Loc...), Msg: t.Msg, Type: t.Type}
	}
	return unprocessable("The trace is not valid.", fields...)
}

func (a *API) submitSynthetic(ctx context.Context, c blush.Caller, ref blush.UserRef, raw []byte) (scan.Submitted, bool, error) {
	var body syntheticBody
	if err := a.decode(raw, &body); err != nil {
		return scan.Submitted{}, false, err
	}
	return a.scans.SubmitSynthetic(ctx, c, ref, scan.Synthetic{
		ScanID: body.FaceScanID, Timezone: body.Timezone, AtRest: body.AtRest,
		Failure: body.Synthetic.Failure, AfterS: body.Synthetic.AfterS,
		Order: sandbox.Order{Seed: body.Synthetic.Seed, DurationS: body.Synthetic.DurationS, HeartRate: body.Synthetic.HeartRate, Persona: body.Synthetic.Persona,
			Quality: body.Synthetic.Quality, Reason: biomarker.Reason(body.Synthetic.Reason)},
	})
}

// submitForm reads the fields before the video, and streams the video.
func (a *API) submitForm(ctx context.Context, c blush.Caller, in *submission, boundary string) (scan.Submitted, bool, error) {
	if in.ContentEncoding == "gzip" {
		return scan.Submitted{}, false, faultAt("A form with a video is sent as it is, without Content-Encoding.", "value_error", "header", "Content-Encoding")
	}
	if boundary == "" {
		return scan.Submitted{}, false, faultAt("The multipart Content-Type has no boundary.", "value_error", "header", "Content-Type")
	}
	f, err := readForm(in.body, boundary, a.cfg.MaxVideoBytes)
	if err != nil {
		return scan.Submitted{}, false, err
	}
	if f.upload.ScanID == "" && in.IdempotencyKey != "" {
		f.upload.ScanID = scanIDFor(c, in.IdempotencyKey)
	}
	sc, created, err := a.scans.SubmitVideo(ctx, c, in.ref(), f.upload, f.video)
	return scan.Submitted{Scan: sc}, created, err
}

// videoForm is a form read up to its video.
type videoForm struct {
	upload scan.VideoUpload
	video  io.Reader
}

// readForm reads a form of fields and a video of at most maxVideo bytes, up to where the video begins.
func readForm(body io.Reader, boundary string, maxVideo int64) (videoForm, error) {
	form := multipart.NewReader(&uploadLimit{limited{r: body, left: maxVideo + 1<<20}, maxVideo}, boundary)
	up, sent := scan.VideoUpload{}, map[string]bool{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return videoForm{}, faultAt("The form contains no video. Send it as the field video.", "missing", "body", "video")
		}
		if err != nil {
			return videoForm{}, formError(err)
		}
		if part.FormName() == "video" || part.FormName() == "file" {
			up.Filename = part.FileName()
			return videoForm{up, &lastPart{form: form, part: part}}, nil
		}
		if sent[part.FormName()] {
			return videoForm{}, faultAt("appears twice", "duplicate", "body", part.FormName())
		}
		sent[part.FormName()] = true
		if err := formField(&up, part); err != nil {
			return videoForm{}, err
		}
	}
}

func formField(up *scan.VideoUpload, part *multipart.Part) error {
	name := part.FormName()
	text, err := io.ReadAll(io.LimitReader(part, maxFormField+1))
	if err != nil {
		return formError(err)
	}
	if len(text) > maxFormField {
		return faultAt("This field is too long.", "string_too_long", "body", name)
	}
	if !utf8.Valid(text) {
		return faultAt("This field is not UTF-8.", "string_unicode", "body", name)
	}
	value := strings.TrimSpace(string(text))
	switch name {
	case "face_scan_id":
		up.ScanID = value
	case "timezone":
		up.Timezone = value
	case "at_rest":
		switch strings.ToLower(value) {
		case "true", "false":
			rest := strings.EqualFold(value, "true")
			up.AtRest = &rest
		case "":
		default:
			return faultAt("at_rest must be true or false.", "bool_parsing", "body", "at_rest")
		}
	default:
		return faultAt("Unknown field. A video comes as video, before it face_scan_id, timezone, at_rest.", "extra_forbidden", "body", name)
	}
	return nil
}

// lastPart reads the video and checks that the form ends with it. A field after it would
// be lost, because the video is stored while it arrives.
type lastPart struct {
	form *multipart.Reader
	part *multipart.Part
}

func (l *lastPart) Read(p []byte) (int, error) {
	n, err := l.part.Read(p)
	if err == nil {
		return n, nil
	}
	if !errors.Is(err, io.EOF) {
		return n, formError(err)
	}
	next, err := l.form.NextPart()
	switch {
	case errors.Is(err, io.EOF):
		return n, io.EOF
	case err != nil:
		return n, formError(err)
	case next.FormName() == "video" || next.FormName() == "file":
		return n, faultAt("A form has one video.", "duplicate", "body", next.FormName())
	}
	return n, faultAt("Fields must come before the video.", "value_error", "body", next.FormName())
}

// formError distinguishes a broken form, which is the sender's mistake, from a connection
// that is too slow. A broken connection looks like an incomplete form, but then nobody reads the response.
func formError(err error) error {
	var e *blush.Error
	var slow net.Error
	if errors.As(err, &e) || errors.As(err, &slow) {
		return err
	}
	return faultAt("The multipart form is invalid or incomplete.", "value_error", "body")
}

// uploadLimit limits the size of a whole upload.
type uploadLimit struct {
	limited
	video int64
}

func (u *uploadLimit) Read(p []byte) (int, error) {
	n, err := u.limited.Read(p)
	if blush.KindOf(err) == blush.TooLarge {
		err = blush.E(blush.TooLarge, "The video is larger than %s.", byteSize(u.video))
	}
	return n, err
}

// scanIDFor makes the scan id of a recording that has an Idempotency-Key but no id. The
// same key of the same caller gives the same scan id, and other content with it is refused
// as for any scan id. (RFC 9562 §5.8, version 8.)
func scanIDFor(c blush.Caller, key string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{c.CustomerID, string(c.Environment), c.UserID, key}, "\x00")))
	id := uuid.UUID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id.String()
}

func isMultipart(contentType string) bool {
	kind, _, _ := mime.ParseMediaType(contentType)
	return kind == "multipart/form-data"
}

// decode checks a JSON body against the schema of its type and reads it, as
// huma does for the bodies it reads itself.
func (a *API) decode(raw []byte, into any) error {
	if fault := bodyFault(raw); fault != nil {
		return unprocessable(fault.Msg, *fault)
	}
	raw = wholeNumbers(raw)
	var loose any
	var large *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &loose); errors.As(err, &large) {
		return faultAt("the "+large.Value+" is out of range", "json_invalid", "body")
	} else if err != nil {
		return faultAt("The body is not valid JSON: "+err.Error(), "json_invalid", "body")
	}
	registry := a.huma.OpenAPI().Components.Schemas
	path, res := huma.NewPathBuffer([]byte("body"), 0), &huma.ValidateResult{}
	huma.Validate(registry, schemaOf(registry, into), path, huma.ModeWriteToServer, loose, res)
	if len(res.Errors) > 0 {
		return problemFromHuma(http.StatusUnprocessableEntity, "validation failed", res.Errors)
	}
	err := json.Unmarshal(raw, into)
	var wrong *json.UnmarshalTypeError // 1e30 is an integer to the schema
	if errors.As(err, &wrong) {
		loc := []any{"body"}
		for name := range strings.SplitSeq(wrong.Field, ".") {
			loc = append(loc, name)
		}
		return faultAt("This number is out of range, or not written as an integer.", "int_parsing", loc...)
	}
	return err
}
