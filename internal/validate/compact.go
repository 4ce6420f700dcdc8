package validate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/rppg"
)

// CompactRow is a row of the table of changes by the compact form of traces: the scans of one case, each analysed
// as it is and again after conversion to the form and back.
type CompactRow struct {
	Set   string `json:"set"`
	Case  string `json:"case,omitempty"`
	Scans int    `json:"scans"`
	// MostBPM is the largest difference between the two heart rates, in bpm, where both were given.
	MostBPM float64 `json:"most_bpm"`
	// Apart are the scans whose heart rates differ by more than 0.02 bpm.
	Apart []string `json:"apart,omitempty"`
	// Refusals are the scans whose heart rate is given only once of the two times, or refused for different
	// reasons.
	Refusals []string `json:"refusals,omitempty"`
	// Others are the scans for which that is true of another biomarker.
	Others []string `json:"others,omitempty"`
	// KBMinute is the size of the largest scan in kB per minute of 1800 frames, and JSONKBMinute that of its JSON.
	KBMinute     float64 `json:"kb_minute"`
	JSONKBMinute float64 `json:"json_kb_minute"`
	Errors       int     `json:"errors,omitempty"`
}

// Compact analyses every window of a set twice, the second time after conversion to the compact form and back.
func Compact(ctx context.Context, set Set, o Options) ([]CompactRow, error) {
	pairs, err := forEach(ctx, set, o, func(rec Recording) (out []compactPair) {
		loaded, err := rec.Load(ctx)
		if err != nil {
			return []compactPair{{id: rec.ID, err: err}}
		}
		for _, w := range windows(loaded.Trace, rec.Seconds) {
			out = append(out, newCompactPair(rec.ID, w.trace, o.Engine))
		}
		return out
	})
	if err != nil {
		return nil, err
	}
	var rows []CompactRow
	for i, rec := range set.Recordings {
		at := slices.IndexFunc(rows, func(r CompactRow) bool { return r.Case == rec.Case })
		if at < 0 {
			at = len(rows)
			rows = append(rows, CompactRow{Set: set.Name, Case: rec.Case})
		}
		for _, p := range pairs[i] {
			rows[at].add(p)
		}
	}
	return rows, nil
}

// compactPair is a trace analysed as it is, and after a round trip through its compact form.
type compactPair struct {
	id         string
	plain      *engine.Result
	back       *engine.Result // after the round trip
	size, json float64        // kB a minute
	err        error
}

func newCompactPair(id string, tr *rppg.Trace, o engine.Options) compactPair {
	p := compactPair{id: id, plain: engine.Analyze(tr, o)}
	var packed, text bytes.Buffer
	if p.err = errors.Join(rppg.WriteTraceCompact(&packed, tr.Rounded()), rppg.WriteTraceJSON(&text, tr)); p.err != nil {
		return p
	}
	minutes := float64(len(tr.TimeMS)) / 1800
	p.size, p.json = float64(packed.Len())/1000/minutes, float64(text.Len())/1000/minutes
	back, err := rppg.ParseTraceCompact(&packed)
	if err != nil {
		p.err = err
		return p
	}
	p.back = engine.Analyze(back, o)
	return p
}

// add counts a pair.
func (r *CompactRow) add(p compactPair) {
	if p.err != nil {
		r.Errors++
		return
	}
	r.Scans++
	if p.size > r.KBMinute {
		r.KBMinute, r.JSONKBMinute = p.size, p.json
	}
	for _, a := range p.plain.Estimates {
		b, _ := p.back.Find(a.Biomarker)
		rate := a.Biomarker == biomarker.HeartRate
		switch {
		case outcome(a) != outcome(b) && rate:
			r.Refusals = append(r.Refusals, fmt.Sprintf("%s: %s, %s", p.id, outcome(a), outcome(b)))
		case outcome(a) != outcome(b):
			r.Others = append(r.Others, fmt.Sprintf("%s %s: %s, %s", p.id, a.Biomarker, outcome(a), outcome(b)))
		case rate && a.Value != nil:
			d := math.Abs(*a.Value - *b.Value)
			r.MostBPM = max(r.MostBPM, d)
			if d > 0.02 {
				r.Apart = append(r.Apart, fmt.Sprintf("%s: %.3f, %.3f bpm", p.id, *a.Value, *b.Value))
			}
		}
	}
}

// outcome returns "given" for an estimate with a value, else its reason.
func outcome(e biomarker.Estimate) string {
	if e.Reason != nil {
		return string(*e.Reason)
	}
	return "given"
}

// WriteCompact writes the table of one set.
func WriteCompact(w io.Writer, rows []CompactRow) error {
	var b strings.Builder
	b.WriteString("\n| set | case | scans | most bpm | more than 0.02 bpm apart | heart rates refused otherwise | other estimates refused otherwise | kB a minute | as JSON |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %d | %.4f | %d | %d | %d | %.0f | %.0f |\n", r.Set, r.Case, r.Scans, r.MostBPM, len(r.Apart), len(r.Refusals), len(r.Others), r.KBMinute, r.JSONKBMinute)
	}
	for _, r := range rows {
		for _, s := range slices.Concat(r.Apart, r.Refusals, r.Others) {
			fmt.Fprintf(&b, "\n- %s", s)
		}
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}
