package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"blush.example/blush/engine"
	"blush.example/blush/internal/validate"
	"blush.example/blush/rppg"
)

type calibrateCmd struct {
	Out     string    `arg:"" help:"File to write, .json."`
	Version string    `required:"" placeholder:"NAME" help:"Name of the calibration; it is part of every result."`
	Seed    uint32    `default:"100" help:"Seed of the simulated scans, 100 to 999. These seeds are never used to state accuracy."`
	Scans   int       `default:"100" help:"Simulated scans of each case and length."`
	Seconds []float64 `default:"12,30,60" placeholder:"SECONDS" help:"Lengths of the scans in s (default: 12,30,60)."`
	Within5 float64   `name:"within-5" default:"0.99" help:"Smallest share of accepted scans within 5 bpm, 0 to 1."`
	NoPulse float64   `name:"no-pulse" default:"0.005" help:"Largest share of scans without a pulse that may be accepted, 0 to 1."`
	Workers int       `placeholder:"N" help:"Scans analysed in parallel (default: one per core)."`
}

// check rejects invalid flags before hours of work.
func (c *calibrateCmd) check() error {
	switch {
	case c.Version == "":
		return badInput("--version: give the calibration a name")
	case len(c.Seconds) == 0:
		return badInput("--seconds: give at least one length")
	case slices.ContainsFunc(c.Seconds, func(s float64) bool { return !(s >= 1 && s <= rppg.MaxDurationS) }):
		return badInput("--seconds %s: a simulated scan must last 1 to %d s", strings.Trim(fmt.Sprint(c.Seconds), "[]"), rppg.MaxDurationS)
	case c.Scans < 1:
		return badInput("--scans %d: must be at least 1", c.Scans)
	case !(c.Within5 >= 0 && c.Within5 <= 1):
		return badInput("--within-5 %g: must be between 0 and 1", c.Within5)
	case !(c.NoPulse >= 0 && c.NoPulse <= 1):
		return badInput("--no-pulse %g: must be between 0 and 1", c.NoPulse)
	case c.Workers < 0:
		return badInput("--workers %d: must be at least 1, or 0 for one per core", c.Workers)
	}
	return checkEnding("<out>", c.Out, "calibration", ".json")
}

func (c *calibrateCmd) Run(ctx context.Context, con console) error {
	if err := c.check(); err != nil {
		return err
	}
	var scans []validate.Scan
	for _, seconds := range c.Seconds {
		set, err := validate.Training(c.Scans, c.Seed, seconds)
		if err != nil {
			return badInput("--%w", err)
		}
		bar := con.progress(fmt.Sprintf("%g s", seconds), len(set.Recordings))
		part, err := validate.Run(ctx, set, validate.Options{Engine: engine.Options{}, Workers: c.Workers, Progress: bar})
		if err != nil {
			return err
		}
		scans = slices.Concat(scans, part)
	}
	source := fmt.Sprintf("simulated scans of %v s, %d of each case, seed %d", c.Seconds, c.Scans, c.Seed)
	cal, err := validate.Fit(scans, c.Version, source, validate.Targets{Within5: c.Within5, Phantoms: c.NoPulse})
	if err != nil {
		return err
	}
	if err := writeFile(c.Out, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(cal)
	}); err != nil {
		return err
	}
	fmt.Fprintf(con.err, "%s: fitted on %d scans\n", c.Out, len(scans))
	for _, m := range []struct {
		name  string
		model engine.Model
	}{{"face", cal.HeartRate.Face}, {"one region", cal.HeartRate.Single}, {"finger", cal.HeartRate.Finger}, {"one colour", cal.HeartRate.OneColour}} {
		for _, a := range m.model.Accept {
			fmt.Fprintf(con.err, "  %-10s  %2.0f s  accepted from %.2f\n", m.name, a.Seconds, a.Probability)
		}
	}
	return nil
}
