package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/rppg"
)

// Scan is one session in front of the camera with its result.
type Scan struct {
	FaceScanID         string               `json:"face_scan_id"`
	UserID             string               `json:"user_id"`
	CreatedAt          time.Time            `json:"created_at"`
	Timezone           string               `json:"timezone"`
	AtRest             *bool                `json:"at_rest"`
	Status             string               `json:"status"` // processing, then done or failed
	Failure            *string              `json:"failure"`
	QualityStatus      *string              `json:"quality_status"` // of the recording, one of the quality statuses; nil without a result
	QualityFlags       []biomarker.Reason   `json:"quality_flags"`
	Biomarkers         map[string]*int      `json:"biomarkers"`
	BloodPressure      *BloodPressure       `json:"blood_pressure"` // from a cuff
	Metrics            *ScanMetrics         `json:"metrics"`        // with what was known up to the next scan
	MetricsUpdatedAt   *time.Time           `json:"metrics_last_update_at"`
	Estimates          []biomarker.Estimate `json:"estimates"`
	Engine             *engine.Info         `json:"engine"`
	Capture            *engine.Capture      `json:"capture"`
	InstructionsForUse string               `json:"instructions_for_use"`
	TimezoneUnknown    bool                 `json:"timezone_unknown,omitempty"`
}

// Estimate returns one value of the result; ok is false if the result has no estimate of this name.
func (s Scan) Estimate(n biomarker.Name) (e biomarker.Estimate, ok bool) {
	for _, e := range s.Estimates {
		if e.Biomarker == n {
			return e, true
		}
	}
	return biomarker.Estimate{}, false
}

// Waveform holds the waves behind a result; times are in seconds from the first frame.
type Waveform struct {
	FaceScanID  string        `json:"face_scan_id"`
	Pulse       Wave          `json:"pulse"`
	Beats       []engine.Beat `json:"beats"`
	Respiration Wave          `json:"respiration"`
	Track       engine.Track  `json:"track"`
}

// Wave is an evenly sampled wave with its unit.
type Wave struct {
	RateHz  float64   `json:"rate_hz"`
	StartS  float64   `json:"start_s"`
	Samples []float64 `json:"samples"`
	Unit    string    `json:"unit"`
}

// VideoOptions are sent with a video.
type VideoOptions struct {
	ScanID   string // a UUID; if it is empty, the client makes one, so that a retry is the same scan
	Timezone string // IANA name
	AtRest   *bool
}

// Synthetic requests a scan of a simulated face; it needs a DEV key. Zero values mean the server's defaults.
type Synthetic struct {
	Seed      uint64  `json:"seed,omitempty"`
	DurationS float64 `json:"duration_s,omitempty"`
	HeartRate float64 `json:"heart_rate,omitempty"` // bpm
	Persona   string  `json:"persona,omitempty"`    // whose heart and breathing to simulate
	Quality   string  `json:"quality,omitempty"`    // the quality that the recording should get
	Reason    string  `json:"reason,omitempty"`     // the reason for which the heart rate should be refused
	Failure   bool    `json:"failure,omitempty"`    // a video that cannot be decoded
	AfterS    float64 `json:"after_s,omitempty"`    // with Failure: how many seconds the scan stays processing
}

// SubmitTrace sends a trace in its compact form, rounded as the server rounds
// traces in JSON; the answer contains the result. The error of an invalid trace is [rppg.TraceErrors].
func (c *Client) SubmitTrace(ctx context.Context, ref UserRef, tr *rppg.Trace) (Scan, error) {
	if err := tr.Validate(); err != nil {
		return Scan{}, err
	}
	var b bytes.Buffer
	if err := rppg.WriteTraceCompact(&b, tr.Rounded()); err != nil {
		return Scan{}, err
	}
	return c.submit(ctx, ref, body{kind: rppg.CompactType, bytes: b.Bytes()})
}

// SubmitSynthetic makes a scan without a camera.
func (c *Client) SubmitSynthetic(ctx context.Context, ref UserRef, s Synthetic) (Scan, error) {
	b, err := jsonBody(map[string]any{"synthetic": s})
	if err != nil {
		return Scan{}, err
	}
	return c.submit(ctx, ref, b)
}

// SubmitVideo sends a video file. The scan is then processing; Wait returns its result.
func (c *Client) SubmitVideo(ctx context.Context, ref UserRef, file string, opt VideoOptions) (Scan, error) {
	if opt.ScanID == "" {
		opt.ScanID = newUUID()
	}
	boundary := rand.Text()
	stream := func() (io.Reader, error) {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		r, w := io.Pipe()
		go func() {
			defer f.Close()
			w.CloseWithError(writeForm(w, boundary, f, filepath.Base(file), opt))
		}()
		return r, nil
	}
	return c.submit(ctx, ref, body{kind: "multipart/form-data; boundary=" + boundary, stream: stream})
}

func writeForm(w io.Writer, boundary string, video io.Reader, name string, opt VideoOptions) error {
	form := multipart.NewWriter(w)
	if err := form.SetBoundary(boundary); err != nil {
		return err
	}
	fields := [][2]string{{"face_scan_id", opt.ScanID}, {"timezone", opt.Timezone}}
	if opt.AtRest != nil {
		fields = append(fields, [2]string{"at_rest", strconv.FormatBool(*opt.AtRest)})
	}
	for _, f := range fields {
		if f[1] == "" {
			continue
		}
		if err := form.WriteField(f[0], f[1]); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("video", name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, video); err != nil {
		return err
	}
	return form.Close()
}

// newUUID makes a random UUID, version 4 (RFC 9562 §5.4).
func newUUID() string {
	const hex = "0123456789abcdef"
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := make([]byte, 0, 36)
	for i, v := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = append(text, hex[v>>4], hex[v&15])
	}
	return string(text)
}

func (c *Client) submit(ctx context.Context, ref UserRef, b body) (s Scan, err error) {
	_, err = c.do(ctx, http.MethodPost, "/v2/facescans", ref.query(), b, &s)
	return s, err
}

// Scan returns a scan in its current state.
func (c *Client) Scan(ctx context.Context, id string) (Scan, error) { return c.scan(ctx, id, 0) }

// Wait returns a scan once it is done or has failed.
func (c *Client) Wait(ctx context.Context, id string) (Scan, error) {
	for {
		s, err := c.scan(ctx, id, 20)
		if err != nil || s.Status != "processing" {
			return s, err
		}
	}
}

func (c *Client) scan(ctx context.Context, id string, wait int) (s Scan, err error) {
	q := url.Values{}
	if wait > 0 {
		q.Set("wait", strconv.Itoa(wait))
	}
	_, err = c.do(ctx, http.MethodGet, "/v2/facescans/"+url.PathEscape(id), q, body{}, &s)
	return s, err
}

// Scans lists a user's scans, newest first.
func (c *Client) Scans(ctx context.Context, ref UserRef, p Page) (list List[Scan], err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/facescans", p.into(ref.query()), body{}, &list)
	return list, err
}

// AllScans goes through a user's scans, newest first. An error is the last item.
func (c *Client) AllScans(ctx context.Context, ref UserRef) iter.Seq2[Scan, error] {
	return all(func(p Page) (List[Scan], error) { return c.Scans(ctx, ref, p) }, func(s Scan) string { return s.FaceScanID })
}

// Waveform returns the waves behind a scan's result.
func (c *Client) Waveform(ctx context.Context, id string) (w Waveform, err error) {
	_, err = c.do(ctx, http.MethodGet, "/v2/facescans/"+url.PathEscape(id)+"/waveform", nil, body{}, &w)
	return w, err
}

// DeleteScan erases a scan.
func (c *Client) DeleteScan(ctx context.Context, id string) error {
	_, err := c.do(ctx, http.MethodDelete, "/v2/facescans/"+url.PathEscape(id), nil, body{}, nil)
	return err
}
