package validate

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
)

// Report is the result of a run, with everything needed to repeat it.
type Report struct {
	Engine      string `json:"engine"`
	Calibration string `json:"calibration"`
	Command     string `json:"command,omitempty"`
	Parts       []Part `json:"sets"`
}

// Part is the report on one set.
type Part struct {
	Set       string `json:"set"`
	Reference string `json:"reference"`
	Rows      []Row  `json:"rows"`
	Scans     []Scan `json:"scans"`
}

// Add appends the scans of a set.
func (r *Report) Add(set Set, scans []Scan) {
	r.Parts = append(r.Parts, Part{set.Name, set.Reference, Table(set, scans), scans})
}

// WriteRows writes one JSON object for each row of the table, one per line.
func (r *Report) WriteRows(w io.Writer) error {
	enc := json.NewEncoder(w)
	for _, p := range r.Parts {
		for _, row := range p.Rows {
			if err := enc.Encode(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// WriteJSON writes the whole report, each scan included.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	return enc.Encode(r)
}

// WriteMarkdown writes the tables.
func (r *Report) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Accuracy\n\nEngine %s, calibration %s.\n", r.Engine, r.Calibration)
	if r.Command != "" {
		fmt.Fprintf(&b, "\n    %s\n", r.Command)
	}
	for _, p := range r.Parts {
		p.markdown(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p Part) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\nReference: %s.\n", p.Set, p.Reference)
	if n := p.Rows[0].Failed; n > 0 {
		fmt.Fprintf(b, "\n%d recordings could not be read:\n\n", n)
		for _, s := range p.Scans {
			if s.Error != "" {
				fmt.Fprintf(b, "- %s: %s\n", s.ID, s.Error)
			}
		}
	}
	b.WriteString("\n" + tableHead)
	for _, row := range p.Rows {
		b.WriteString(row.line(row.Method))
	}
	if ours := p.Rows[0]; len(ours.Cases) > 1 {
		fmt.Fprintf(b, "\nBy case, %s:\n\n%s", Ours, tableHead)
		for _, c := range ours.Cases {
			b.WriteString(c.line(c.Case))
		}
	}
	p.Rows[0].details(b)
}

const tableHead = `| | scans | MAE bpm | within 5 | P95 bpm | coverage | accepted MAE | accepted within 5 | ECE | 90 % interval holds |
|---|---|---|---|---|---|---|---|---|---|
`

// words replaces the underscores of a key by spaces.
func words(key string) string { return strings.ReplaceAll(key, "_", " ") }

// line is one row of a Markdown table.
func (r Row) line(name string) string {
	return fmt.Sprintf("| %s | %d | %s | %s | %s | %.1f %% | %s | %s | %s | %s |\n", name, r.Scans,
		decimals(r.MAE, 2), percent(r.Within5), decimals(r.P95, 1), 100*r.Coverage,
		decimals(r.Accepted.MAE, 2), percent(r.Accepted.Within5), decimals(r.ECE, 3), percent(r.IntervalCoverage))
}

// details writes the figures for which the table has no column.
func (r Row) details(b *strings.Builder) {
	if a := r.All; a != nil {
		fmt.Fprintf(b, "\nNothing refused: bias %+.2f bpm, SD %.2f, RMSE %.2f, MAPE %.1f %%, 95 %% limits of agreement %.2f to %.2f bpm (± %.2f, %d subjects), within 3 / 10 bpm %.1f / %.1f %%.\n",
			a.Bias, a.SD, a.RMSE, a.MAPE, a.Limits[0], a.Limits[1], 1.96*a.LimitSE, a.People, 100*a.Within3, 100*a.Within10)
	}
	if len(r.Reasons) > 0 {
		b.WriteString("\nRefused because:")
		for _, why := range biomarker.Reasons {
			if n := r.Reasons[why]; n > 0 {
				fmt.Fprintf(b, " %s %d,", why, n)
			}
		}
		b.WriteString(" of the scans above.\n")
	}
	for _, key := range []string{"tone", "light", "motion", "course", "heart_rate"} {
		if len(r.By[key]) > 1 {
			fmt.Fprintf(b, "\nBy %s:\n\n%s", words(key), tableHead)
			for _, g := range r.By[key] {
				b.WriteString(g.line(g.Case))
			}
		}
	}
	r.refusals(b)
	r.others(b)
	if len(r.Reliability) > 0 {
		b.WriteString("\nStated confidence against the share within 5 bpm:\n\n| confidence | right | scans |\n|---|---|---|\n")
		for _, bin := range r.Reliability {
			fmt.Fprintf(b, "| %.2f | %.1f %% | %d |\n", bin.Confidence, 100*bin.Right, bin.N)
		}
	}
}

// refusals writes how many scans of each case and each tone were given a heart rate, and the reasons for the
// others.
func (r Row) refusals(b *strings.Builder) {
	rows := slices.Concat(r.Cases, r.By["tone"])
	if len(r.Reasons) == 0 || len(rows) < 2 {
		return
	}
	var reasons []biomarker.Reason
	head, line := "| | scans | given |", "|---|---|---|"
	for _, why := range biomarker.Reasons {
		if r.Reasons[why] > 0 {
			reasons = append(reasons, why)
			head, line = head+" "+string(why)+" |", line+"---|"
		}
	}
	fmt.Fprintf(b, "\nGiven and refused:\n\n%s\n%s\n", head, line)
	for _, row := range rows {
		fmt.Fprintf(b, "| %s | %d | %.0f |", row.Case, row.Scans, row.Coverage*float64(row.Scans))
		for _, why := range reasons {
			fmt.Fprintf(b, " %d |", row.Reasons[why])
		}
		b.WriteString("\n")
	}
}

// others writes the table of the other biomarkers, by case where there are several.
func (r Row) others(b *strings.Builder) {
	if r.Respiration == nil && r.SDNN == nil && r.RMSSD == nil && len(r.Others) == 0 {
		return
	}
	b.WriteString("\nOther biomarkers, where given:\n\n| | case | coverage | MAE | bias | within 3 | P95 | 90 % interval holds |\n|---|---|---|---|---|---|---|---|\n")
	rows := []Row{r}
	if len(r.Cases) > 1 {
		rows = append(rows, r.Cases...)
	}
	type column struct {
		name string
		get  func(Row) *Other
	}
	columns := []column{
		{"respiratory rate, breaths/min", func(r Row) *Other { return r.Respiration }},
		{"SDNN, ms", func(r Row) *Other { return r.SDNN }},
		{"RMSSD, ms", func(r Row) *Other { return r.RMSSD }},
	}
	for _, m := range markers {
		k, _ := biomarker.Find(m.name)
		columns = append(columns, column{k.Title + ", " + k.Unit, func(r Row) *Other { return r.Others[m.name] }})
	}
	for _, o := range columns {
		for _, row := range rows {
			v := o.get(row)
			if v == nil {
				continue
			}
			name := row.Case
			if name == "" {
				name = "all"
			}
			a := v.Agreement
			if a == nil {
				fmt.Fprintf(b, "| %s | %s | %.1f %% | | | | | |\n", o.name, name, 100*v.Coverage)
				continue
			}
			fmt.Fprintf(b, "| %s | %s | %.1f %% | %.2f | %+.2f | %.1f %% | %.1f | %s |\n", o.name, name, 100*v.Coverage,
				a.MAE, a.Bias, 100*a.Within3, a.P95, percent(v.IntervalCoverage))
		}
	}
}

func decimals(v *float64, n int) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%.*f", n, *v)
}

func percent(v *float64) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%.1f %%", 100**v)
}

// NewReport starts a report on an engine with its options; command is how to repeat it.
func NewReport(o engine.Options, command string) *Report {
	version := engine.DefaultCalibration().Version
	if o.Calibration != nil {
		version = o.Calibration.Version
	}
	r := &Report{Engine: engine.Version, Calibration: version, Command: command}
	if off := o.Disable.Names(); len(off) > 0 {
		r.Engine += " without " + strings.Join(off, ", ")
	}
	return r
}
