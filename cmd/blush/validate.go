package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/validate"
	"blush.example/blush/rppg"
)

type validateCmd struct {
	Folder  string   `arg:"" optional:"" help:"Recordings with references: UBFC-rPPG, PURE, or NAME.json, NAME.csv, a video, each with NAME.truth.json."`
	Layout  string   `placeholder:"NAME" help:"Layout of the folder (default: detected): ${layouts}."`
	Suite   []string `placeholder:"NAME" help:"Simulated suites: ${suites}."`
	Seconds float64  `default:"30" help:"Length of a simulated scan, or of the windows that recordings are cut into; 0 leaves recordings whole."`
	Scans   int      `default:"100" help:"Simulated scans of each case."`
	Seed    uint32   `default:"1000" help:"Seed of a suite: from 1000 on to state accuracy, 100 to 999 for calibration, below 100 for development."`
	Without []string `placeholder:"STEP" help:"Leave out steps of the engine, to see what they contribute: ${steps}."`
	Ablate  bool     `help:"Leave out each step in turn, or each of --without, and print a table of the resulting figures." xor:"table"`
	Compact bool     `help:"Also analyse each scan after a round trip through the compact form of traces, and print a table of what that changes." xor:"table"`

	Calibration string `placeholder:"FILE" help:"Calibration to use instead of the built-in one."`
	Workers     int    `placeholder:"N" help:"Recordings analysed in parallel (default: one per core)."`
	JSON        bool   `name:"json" help:"Print one JSON object per row of the table."`
	Out         string `placeholder:"DIR" help:"Also write report.md, report.json and report.html to this folder."`
}

func (c *validateCmd) Run(ctx context.Context, con console) error {
	if c.Workers < 0 {
		return badInput("--workers %d: must be at least 1, or 0 for one per core", c.Workers)
	}
	opt, err := c.engine()
	if err != nil {
		return err
	}
	sets, err := c.sets()
	if err != nil {
		return err
	}
	if (c.Ablate || c.Compact) && c.Out != "" {
		return badInput("--out %s: --ablate and --compact only print their table", c.Out)
	}
	if c.Compact {
		return c.compact(ctx, con, sets, opt)
	}
	if c.Ablate {
		return c.ablate(ctx, con, sets, opt)
	}
	if err := makeFolder(c.Out); err != nil {
		return err
	}
	report := validate.NewReport(opt, "blush "+strings.Join(os.Args[1:], " "))
	for _, set := range sets {
		bar := con.progress(set.Name, len(set.Recordings))
		scans, err := validate.Run(ctx, set, validate.Options{Engine: opt, Workers: c.Workers, Progress: bar})
		if err != nil {
			return err
		}
		report.Add(set, scans)
	}
	if c.Out != "" {
		if err := writeReport(c.Out, report); err != nil {
			return err
		}
	}
	if c.JSON {
		return report.WriteRows(con.out)
	}
	return report.WriteMarkdown(con.out)
}

// ablate measures each set without each of the steps in turn.
func (c *validateCmd) ablate(ctx context.Context, con console, sets []validate.Set, opt engine.Options) error {
	steps := blush.Once(c.Without)
	if len(steps) == 0 {
		steps = stepNames()
	}
	opt.Disable = engine.Ablation{}
	for _, set := range sets {
		rows, err := validate.Ablate(ctx, set, steps, validate.Options{Engine: opt, Workers: c.Workers, Progress: con.progress(set.Name, len(set.Recordings))})
		if err != nil {
			return err
		}
		if err := writeRows(con.out, rows, c.JSON, validate.WriteAblation); err != nil {
			return err
		}
	}
	return nil
}

// compact measures what the compact form of traces changes in each set.
func (c *validateCmd) compact(ctx context.Context, con console, sets []validate.Set, opt engine.Options) error {
	for _, set := range sets {
		rows, err := validate.Compact(ctx, set, validate.Options{Engine: opt, Workers: c.Workers, Progress: con.progress(set.Name, len(set.Recordings))})
		if err != nil {
			return err
		}
		if err := writeRows(con.out, rows, c.JSON, validate.WriteCompact); err != nil {
			return err
		}
	}
	return nil
}

// writeRows writes a table, or its rows as JSON, one per line.
func writeRows[T any](w io.Writer, rows []T, asJSON bool, table func(io.Writer, []T) error) error {
	if !asJSON {
		return table(w, rows)
	}
	for _, r := range rows {
		if err := json.NewEncoder(w).Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// sets returns the recordings to measure.
func (c *validateCmd) sets() ([]validate.Set, error) {
	switch {
	case c.Folder == "" && len(c.Suite) == 0:
		return nil, badInput("name a folder of recordings, or suites with --suite")
	case c.Folder != "" && len(c.Suite) > 0:
		return nil, badInput("%s: name a folder of recordings or --suite, not both", c.Folder)
	}
	if c.Folder != "" {
		if c.Seconds != 0 && !(c.Seconds >= 1) {
			return nil, badInput("--seconds %g: windows of 1 s or longer, or 0 for whole recordings", c.Seconds)
		}
		if st, err := os.Stat(c.Folder); err != nil || !st.IsDir() {
			return nil, badInput("%s: no such folder", c.Folder)
		}
		set, err := validate.Open(c.Folder, c.Layout, c.Seconds)
		if err != nil {
			return nil, &inputError{err}
		}
		return []validate.Set{set}, nil
	}
	if c.Layout != "" {
		return nil, badInput("--layout %s: only for a folder of recordings, not for --suite", c.Layout)
	}
	if c.Scans < 1 {
		return nil, badInput("--scans %d: must be at least 1", c.Scans)
	}
	if !(c.Seconds >= 1 && c.Seconds <= rppg.MaxDurationS) {
		return nil, badInput("--seconds %g: a simulated scan must last 1 to %d s", c.Seconds, rppg.MaxDurationS)
	}
	var sets []validate.Set
	for _, name := range blush.Once(c.Suite) {
		set, err := validate.Suite(name, c.Scans, c.Seed, c.Seconds)
		if err != nil {
			return nil, badInput("--suite: %w", err)
		}
		sets = append(sets, set)
	}
	return sets, nil
}

// engine returns the options of the engine to measure.
func (c *validateCmd) engine() (engine.Options, error) {
	var opt engine.Options
	if c.Calibration != "" {
		b, err := os.ReadFile(c.Calibration)
		if err != nil {
			return opt, badInput("--calibration %w", plainPath(err))
		}
		if opt.Calibration, err = engine.ParseCalibration(b); err != nil {
			return opt, badInput("--calibration %s: %w", c.Calibration, err)
		}
	}
	off, err := engine.Without(c.Without...)
	if err != nil {
		return opt, badInput("--without: %w", err)
	}
	opt.Disable = off
	return opt, nil
}

// writeReport writes a report in its three forms.
func writeReport(dir string, r *validate.Report) error {
	for name, write := range map[string]func(io.Writer) error{
		"report.md": r.WriteMarkdown, "report.json": r.WriteJSON, "report.html": r.WriteHTML,
	} {
		if err := writeFile(filepath.Join(dir, name), write); err != nil {
			return err
		}
	}
	return nil
}

// progress returns a function that shows the progress of a long task on a terminal.
func (c console) progress(what string, all int) func(done, all int) {
	if !c.interactive() {
		return nil
	}
	bar := progressbar.NewOptions(all, progressbar.OptionSetWriter(c.err), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(200*time.Millisecond))
	return func(done, all int) { _ = bar.Set(done) } // a bar that cannot be drawn is no reason to stop
}
