package validate

import (
	"context"
	"fmt"
	"io"
	"strings"

	"blush.example/blush/engine"
)

// AblationRow is a row of the table of an ablation: the figures of a set without one step.
type AblationRow struct {
	Set string `json:"set"`
	// Without is the name of the step; empty where nothing is left out.
	Without string `json:"without"`
	Does    string `json:"does,omitempty"`
	// WithPulse is the number of scans with a pulse, and Given the share of them that were given a heart rate. MAE and
	// Within5 are the figures of those.
	WithPulse int      `json:"alive"`
	Given     float64  `json:"given"`
	MAE       *float64 `json:"given_mae_bpm"`
	Within5   *float64 `json:"given_within_5"`
	// Guess and GuessWithin5 are the same figures of all scans with a pulse, nothing refused.
	Guess        *float64 `json:"mae_bpm"`
	GuessWithin5 *float64 `json:"within_5"`
	Held         *float64 `json:"interval_coverage"`
	ECE          *float64 `json:"ece"`
	// WithoutPulse is the number of scans without a pulse, and Passed the share of them that were given a rate.
	WithoutPulse int     `json:"dead"`
	Passed       float64 `json:"dead_given"`
	// Changed is the number of scans whose rate or reason differs from that with nothing left out.
	Changed int `json:"changed"`
}

// Ablate analyses every recording of a set once with nothing left out and once without each of the steps of
// [engine.AblationSteps] with these names.
func Ablate(ctx context.Context, set Set, steps []string, o Options) ([]AblationRow, error) {
	engines := []engine.Options{o.Engine}
	for _, name := range steps {
		off, err := engine.Without(name)
		if err != nil {
			return nil, err
		}
		e := o.Engine
		e.Disable = off
		engines = append(engines, e)
	}
	scans, err := run(ctx, set, engines, o)
	if err != nil {
		return nil, err
	}
	does := map[string]string{}
	for _, s := range engine.AblationSteps() {
		does[s.Name] = s.Does
	}
	var out []AblationRow
	for i, name := range append([]string{""}, steps...) {
		a := ablationRow(set.Name, scans[i])
		a.Without, a.Does = name, does[name]
		for k := range scans[i] {
			if heartRate(&scans[i][k]) != heartRate(&scans[0][k]) {
				a.Changed++
			}
		}
		out = append(out, a)
	}
	return out, nil
}

// heartRate returns a scan's heart rate to a tenth, or the reason why there is none.
func heartRate(s *Scan) string {
	switch e := s.HeartRate; {
	case e.Value != nil:
		return fmt.Sprintf("%.1f", *e.Value)
	case e.Reason != nil:
		return string(*e.Reason)
	}
	return s.Error
}

func ablationRow(set string, scans []Scan) AblationRow {
	r := engineRow(set, "", scans)
	out := AblationRow{Set: set, MAE: r.Accepted.MAE, Within5: r.Accepted.Within5, Guess: r.MAE, GuessWithin5: r.Within5, Held: r.IntervalCoverage, ECE: r.ECE}
	given, passed := 0, 0
	for i := range scans {
		switch s := &scans[i]; {
		case s.Error != "":
		case s.Reference.Refuse:
			out.WithoutPulse++
			if s.Accepted() {
				passed++
			}
		default:
			out.WithPulse++
			if s.Accepted() {
				given++
			}
		}
	}
	out.Given, out.Passed = share(given, out.WithPulse), share(passed, out.WithoutPulse)
	return out
}

// WriteAblation writes the table of one set.
func WriteAblation(w io.Writer, rows []AblationRow) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s: %d scans with a pulse, %d without\n\n", rows[0].Set, rows[0].WithPulse, rows[0].WithoutPulse)
	b.WriteString("| left out | given | given MAE bpm | given within 5 | MAE bpm | within 5 | 90 % interval holds | ECE | of no pulse given | changed |\n|---|---|---|---|---|---|---|---|---|---|\n")
	part := func(of int, v float64) string {
		if of == 0 {
			return ""
		}
		return percent(&v)
	}
	for _, r := range rows {
		name := r.Without
		if name == "" {
			name = "nothing"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %d |\n", name, part(r.WithPulse, r.Given), decimals(r.MAE, 2), percent(r.Within5),
			decimals(r.Guess, 2), percent(r.GuessWithin5), percent(r.Held), decimals(r.ECE, 3), part(r.WithoutPulse, r.Passed), r.Changed)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
