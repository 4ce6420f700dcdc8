package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"blush/rppg"
	"blush/simulate"
)

type simulateCmd struct {
	Trace simulateTraceCmd `cmd:"" help:"Make a trace: the colours of a face, with the truth beside it in OUT.truth.json."`
}

// words fills the lists of the simulator's names into the help.
func words() kong.Option {
	return kong.Vars{
		"tones":     strings.Join(simulate.Tones, ", "),
		"scenarios": strings.Join(append([]string{"finger"}, simulate.Scenarios...), ", "),
		"phantoms":  strings.Join(simulate.Phantoms, ", "),
	}
}

// simulateFlags are what traces and videos have in common.
type simulateFlags struct {
	HR      float64 `name:"hr" placeholder:"BPM" help:"Heart rate at the start, 35 to 240 bpm; it varies as hearts do (default: drawn from the seed)."`
	Seconds float64 `default:"60" help:"Length in s."`
	Tone    string  `placeholder:"TONE" help:"Skin tone after Fitzpatrick: ${tones} (default: the scenario's)."`
	Seed    uint64  `default:"1" help:"The same seed makes the same recording."`
	Out     string  `required:"" placeholder:"FILE" help:"File to write."`
}

func (f simulateFlags) check() error {
	switch {
	case f.HR != 0 && !(f.HR >= 35 && f.HR <= 240):
		return badInput("--hr %g: a heart rate lies between 35 and 240 bpm", f.HR)
	case !(f.Seconds >= 1 && f.Seconds <= rppg.MaxDurationS):
		return badInput("--seconds %g: a recording lasts 1 to %d s", f.Seconds, rppg.MaxDurationS)
	case f.Tone != "" && !slices.Contains(simulate.Tones, f.Tone):
		return badInput("--tone %s: there are %s", f.Tone, strings.Join(simulate.Tones, ", "))
	}
	return nil
}

type simulateTraceCmd struct {
	simulateFlags
	Scenario string  `default:"typical" help:"What it is like (default: typical): ${scenarios}. Without a pulse: ${phantoms}."`
	Hard     bool    `help:"The hard form of the scenario: less pulse, more of the nuisance."`
	FPS      float64 `name:"fps" placeholder:"N" help:"Frames a second (default: the scenario's, mostly 30)."`
}

func (c *simulateTraceCmd) Run(con console) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.FPS != 0 && !(c.FPS >= 1 && c.FPS <= 240) {
		return badInput("--fps %g: frames a second lie between 1 and 240", c.FPS)
	}
	scene, err := c.scene()
	if err != nil {
		return err
	}
	trace, truth := scene.Trace()
	if err := writeFile(c.Out, func(w io.Writer) error { return rppg.WriteTraceJSON(w, trace) }); err != nil {
		return err
	}
	return writeTruth(con, c.Out, truth, scenarioName(c.Scenario, c.Hard), c.Seed)
}

func (c *simulateTraceCmd) scene() (simulate.Scene, error) {
	var s simulate.Scene
	switch {
	case c.Scenario == "finger":
		s = simulate.Finger(c.Seed, c.Seconds)
	case slices.Contains(simulate.Scenarios, c.Scenario), slices.Contains(simulate.Phantoms, c.Scenario):
		s = simulate.Scenario(c.Scenario, c.Hard, c.Seed, c.Seconds)
	default:
		return s, badInput("--scenario %s: there are finger, %s; without a pulse %s", c.Scenario,
			strings.Join(simulate.Scenarios, ", "), strings.Join(simulate.Phantoms, ", "))
	}
	if c.HR != 0 {
		s.Rhythm.HeartRate, s.Rhythm.Slope = c.HR, 0
	}
	if c.Tone != "" {
		s.Tone = c.Tone
	}
	if c.FPS != 0 {
		s.Camera.FPS = c.FPS
	}
	return s, nil
}

func scenarioName(name string, hard bool) string {
	if hard {
		return name + ", hard"
	}
	return name
}

// truthFile is what FILE.truth.json holds. Numbers that a recording does not
// have, because it holds no pulse or too few beats, are null.
type truthFile struct {
	Scenario        string    `json:"scenario"`
	Seed            uint64    `json:"seed"`
	HasPulse        bool      `json:"has_pulse"`
	Tone            string    `json:"tone,omitempty"`
	HeartRate       *float64  `json:"heart_rate_bpm"`
	RespiratoryRate *float64  `json:"respiratory_rate_per_min"`
	SDNN            *float64  `json:"sdnn_ms"`
	RMSSD           *float64  `json:"rmssd_ms"`
	Ectopic         int       `json:"ectopic_beats"`
	Beats           []float64 `json:"beats_s"`
}

// writeTruth writes what a made recording holds beside it, and says so.
func writeTruth(con console, out string, t simulate.Truth, scenario string, seed uint64) error {
	known := func(v float64) *float64 {
		if !t.HasPulse || v == 0 || math.IsNaN(v) {
			return nil
		}
		return &v
	}
	file := truthFile{Scenario: scenario, Seed: seed, HasPulse: t.HasPulse, Tone: t.Tone, HeartRate: known(t.HeartRate),
		RespiratoryRate: known(t.RespiratoryRate), SDNN: known(t.SDNN), RMSSD: known(t.RMSSD), Ectopic: t.Ectopic, Beats: t.Beats}
	name := out + ".truth.json"
	err := writeFile(name, func(w io.Writer) error { return json.NewEncoder(w).Encode(file) })
	if err != nil {
		return err
	}
	pulse := "no pulse"
	if t.HasPulse {
		pulse = fmt.Sprintf("%.1f bpm, %.1f breaths/min", t.HeartRate, t.RespiratoryRate)
	}
	fmt.Fprintf(con.err, "%s: %s; truth in %s\n", out, pulse, name)
	return nil
}
