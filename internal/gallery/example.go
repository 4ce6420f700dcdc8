package gallery

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/widget"

	"github.com/go-chi/chi/v5"
)

// mountExample answers what the dashboard and the results page ask, from the year.
func mountExample(r chi.Router) {
	r.Get("/users", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusOK, map[string]any{"language": nil})
	})
	r.Get("/facescans", listScans)
	r.Get("/facescans/{id}", oneScan)
	r.Get("/facescans/{id}/waveform", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusOK, map[string]any{"pulse": pulse()})
	})
	r.Get("/widgets/{name}", oneWidget)
	r.Get("/questions", func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, http.StatusOK, map[string]any{"data": asked(r).questions()})
	})
	keep := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 64<<10)) // nothing is kept
		answerJSON(w, http.StatusCreated, []any{})
	}
	r.Post("/questions/answer/many", keep)
	r.Post("/readings", keep)
}

// asked is the example in the language of a request, all of it unlocked.
func asked(r *http.Request) example {
	return year().in(r.URL.Query().Get("language"))
}

// scanJSON is a scan as the API writes it, as far as the pages read it.
func scanJSON(s blush.Scan) (map[string]any, error) {
	var r engine.Result
	if err := json.Unmarshal(s.Result, &r); err != nil {
		return nil, err
	}
	values := map[string]any{}
	for _, e := range r.Estimates {
		values[string(e.Biomarker)] = nil
		if e.Value != nil {
			values[string(e.Biomarker)] = math.Round(*e.Value)
		}
	}
	return map[string]any{
		"face_scan_id": s.ID, "created_at": s.CreatedAt.Format(time.RFC3339), "status": s.Status, "quality_status": r.Quality,
		"biomarkers": values, "estimates": r.Estimates, "capture": r.Capture, "engine": r.Engine,
	}, nil
}

func listScans(w http.ResponseWriter, r *http.Request) {
	scans := slices.Clone(year().lived.Scans)
	slices.Reverse(scans)
	if after := r.URL.Query().Get("starting_after"); after != "" {
		i := slices.IndexFunc(scans, func(s blush.Scan) bool { return s.ID == after })
		scans = scans[i+1:]
	}
	const page = 20
	out := []any{}
	for _, s := range scans[:min(page, len(scans))] {
		j, err := scanJSON(s)
		if err != nil {
			fail(w, http.StatusInternalServerError, "The example cannot be read.")
			return
		}
		out = append(out, j)
	}
	answerJSON(w, http.StatusOK, map[string]any{"data": out, "has_more": len(scans) > page})
}

func find(name string) *blush.Scan {
	e := year()
	if name == "latest" {
		return e.newest(gave("heart_rate"))
	}
	return e.newest(func(s blush.Scan) bool { return s.ID == name })
}

func oneScan(w http.ResponseWriter, r *http.Request) {
	s := find(chi.URLParam(r, "id"))
	if s == nil {
		fail(w, http.StatusNotFound, "There is no such scan in the example.")
		return
	}
	j, err := scanJSON(*s)
	if err != nil {
		fail(w, http.StatusInternalServerError, "The example cannot be read.")
		return
	}
	answerJSON(w, http.StatusOK, j)
}

func oneWidget(w http.ResponseWriter, r *http.Request) {
	e, q := asked(r), r.URL.Query()
	parameter := q.Get("parameter")
	metric, isMetric := health.ParseMetric(parameter)
	known := slices.Contains(widget.Parameters(), parameter)
	switch name := chi.URLParam(r, "name"); {
	case name == widget.NameBiomarker && known && !isMetric:
		answerJSON(w, http.StatusOK, e.biomarker(parameter, find(q.Get("face_scan_id"))))
	case name == widget.NameMetric && isMetric:
		answerJSON(w, http.StatusOK, e.metric(metric))
	case name == widget.NameGraph && (known || isMetric):
		start, stop := e.days(90)
		if t, err := time.Parse(time.DateOnly, q.Get("start")); err == nil {
			start = t
		}
		if t, err := time.Parse(time.DateOnly, q.Get("stop")); err == nil {
			stop = t
		}
		answerJSON(w, http.StatusOK, e.graph(parameter, q.Get("title"), start, stop))
	case name == widget.NameMain:
		answerJSON(w, http.StatusOK, e.main())
	case name == widget.NameRecommendations:
		answerJSON(w, http.StatusOK, e.recommendations())
	case name == widget.NameTodos:
		answerJSON(w, http.StatusOK, e.todos())
	default:
		fail(w, http.StatusUnprocessableEntity, "There is no such widget in the example: "+strings.ToValidUTF8(name, ""))
	}
}

// pulse is a plain wave of 60 s with a notch, at the rate of a heart of 62 bpm.
func pulse() map[string]any {
	const rate = 30.0
	samples := make([]float64, 60*rate)
	for i := range samples {
		t := float64(i) / rate
		beat := math.Mod(t*62/60+0.02*math.Sin(t*1.4), 1)
		near := func(at, width float64) float64 { return math.Exp(-(beat - at) * (beat - at) / (2 * width * width)) }
		samples[i] = math.Round(1000*(near(0.25, 0.09)+0.38*near(0.55, 0.1)+0.05*math.Sin(t*1.4))) / 1000
	}
	return map[string]any{"rate_hz": rate, "samples": samples}
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		fail(w, http.StatusInternalServerError, "The example cannot be written.")
		return
	}
	head(w)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

func fail(w http.ResponseWriter, status int, detail string) {
	b, _ := json.Marshal(map[string]string{"detail": detail}) // a string always can be written
	head(w)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// question is one of the catalogue with the newest answer to it, as the API writes it.
type question struct {
	LookupKey string          `json:"lookup_key"`
	Text      string          `json:"text"`
	Stem      string          `json:"stem,omitempty"`
	Options   []health.Option `json:"options"`
	Minimum   *float64        `json:"minimum"`
	Maximum   *float64        `json:"maximum"`
	Unit      *string         `json:"unit"`
	Source    *string         `json:"source"`
	Answer    *answer         `json:"answer"`
	// Instrument is the questionnaire that it belongs to.
	Instrument *string `json:"instrument"`
}

type answer struct {
	Value      float64   `json:"value"`
	AnsweredAt time.Time `json:"answered_at"`
}

func (e example) questions() []question {
	var out []question
	for _, q := range health.Questions(*e.user.Language) {
		if q.Sex != "" && q.Sex != *e.user.Sex {
			continue
		}
		asked := question{LookupKey: q.Key, Text: q.Text, Stem: q.Stem, Options: []health.Option{}}
		if len(q.Options) > 0 {
			asked.Options = q.Options
		} else {
			asked.Minimum, asked.Maximum, asked.Unit = &q.Min, &q.Max, &q.Unit
		}
		if q.Instrument != "" {
			asked.Instrument, asked.Source = &q.Instrument, &q.Source
		}
		for _, a := range e.lived.Answers {
			if a.Key == q.Key {
				asked.Answer = &answer{a.Value, a.At}
			}
		}
		out = append(out, asked)
	}
	return out
}
