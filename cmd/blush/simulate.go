package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/catalogue"
	"blush.example/blush/internal/validate"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

type simulateCmd struct {
	Trace simulateTraceCmd `cmd:"" help:"Simulate a trace: the colours of a face over time."`
	Video simulateVideoCmd `cmd:"" help:"Simulate a video of a face: .avi (motion JPEG), .mjpeg (for the fake camera of a browser) or .y4m (uncompressed)."`
	Year  simulateYearCmd  `cmd:"" help:"Give a test user a simulated year of scans, answers and cuff readings."`
}

// helpLists fills lists of names into the help. Kong would expand its own variables again for every flag of every command,
// which takes longer than a short command.
func helpLists() kong.Option {
	names := strings.NewReplacer(
		"${tones}", strings.Join(simulate.Tones, ", "),
		"${scenarios}", strings.Join(withPulse(), ", "),
		"${phantoms}", strings.Join(withoutPulse(), ", "),
		"${hard}", strings.Join(withHardForm(), ", "),
		"${suites}", strings.Join(validate.SuiteNames(), ", "),
		"${steps}", strings.Join(stepNames(), ", "),
		"${layouts}", strings.Join(validate.LayoutNames(), ", "),
		"${scopes}", strings.Join(blush.ScopeNames(nil), ", "),
		"${scan_biomarkers}", scanBiomarkers(),
		"${languages}", strings.Join(account.Languages, ", "),
		"${events}", strings.Join(catalogue.Set("event_types"), ", "),
		"${statuses}", strings.Join(catalogue.Set("delivery_statuses"), ", "),
	)
	return kong.PostBuild(func(k *kong.Kong) error {
		return kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
			if v, ok := node.(*kong.Value); ok {
				v.Help, v.Enum = names.Replace(v.Help), names.Replace(v.Enum)
			}
			return next(nil)
		})
	})
}

// stepNames lists the steps of the engine that can be left out.
func stepNames() (names []string) {
	for _, s := range engine.AblationSteps() {
		names = append(names, s.Name)
	}
	return names
}

// scanBiomarkers lists the biomarkers that a scan can be set to continue for, each with the length that it needs.
func scanBiomarkers() string {
	var out []string
	for _, name := range account.ScanBiomarkers {
		k, _ := biomarker.Find(biomarker.Name(name))
		out = append(out, fmt.Sprintf("%s (%g s)", name, k.WantedDuration.Seconds()))
	}
	return strings.Join(out, ", ")
}

// withPulse and withoutPulse list the scenarios with and without a pulse that can be measured.
func withPulse() []string {
	return slices.Concat([]string{"finger"}, simulate.Scenarios, simulate.Reals, simulate.Fingers)
}

// withHardForm lists the scenarios that have a hard form.
func withHardForm() []string { return slices.Concat(simulate.Scenarios, simulate.Phantoms) }

func withoutPulse() []string {
	return slices.Concat(simulate.Phantoms, simulate.Dead, simulate.DeadFingers)
}

// simulateFlags are what traces and videos have in common.
type simulateFlags struct {
	HR       *float64 `name:"hr" placeholder:"BPM" help:"Heart rate at the start, 25 to 250 bpm; it then varies like that of a real heart (default: drawn from the seed)."`
	Seconds  float64  `default:"60" help:"Length in s."`
	Tone     string   `placeholder:"TONE" help:"Skin tone on the Fitzpatrick scale: ${tones} (default: the scenario's)."`
	Seed     uint64   `default:"1" help:"Seed; the same seed gives the same recording."`
	FPS      *float64 `name:"fps" placeholder:"N" help:"Frames a second (default: the scenario's, mostly 30)."`
	Scenario string   `default:"typical" placeholder:"NAME" help:"Scenario (default: typical): ${scenarios}. Without a pulse: ${phantoms}."`
	Hard     bool     `help:"Use the hard form: a weaker pulse and stronger disturbances; for ${hard}."`
	Out      string   `required:"" placeholder:"FILE" help:"File to write: .json or .json.gz for a trace, .avi, .mjpeg (for the fake camera of a browser) or .y4m for a video. The true values are written to FILE.truth.json."`
}

// check rejects flags that cannot be simulated.
func (f simulateFlags) check() error {
	switch {
	case f.HR != nil && !(*f.HR >= 25 && *f.HR <= 250):
		return badInput("--hr %g: must be between 25 and 250 bpm", *f.HR)
	case !(f.Seconds >= 1 && f.Seconds <= rppg.MaxDurationS):
		return badInput("--seconds %g: a recording must last 1 to %d s", f.Seconds, rppg.MaxDurationS)
	case f.Tone != "" && !slices.Contains(simulate.Tones, f.Tone):
		return badInput("--tone %s: must be one of %s", f.Tone, strings.Join(simulate.Tones, ", "))
	case f.FPS != nil && !(*f.FPS >= 1 && *f.FPS <= 240):
		return badInput("--fps %g: must be between 1 and 240 frames/s", *f.FPS)
	case f.Hard && slices.Contains(slices.Concat(withPulse(), withoutPulse()), f.Scenario) && !slices.Contains(withHardForm(), f.Scenario):
		return badInput("--hard: scenario %s has no hard form; %s have one", f.Scenario, strings.Join(withHardForm(), ", "))
	}
	return nil
}

// scene builds what the flags ask for.
func (f simulateFlags) scene() (simulate.Scene, error) {
	if err := f.check(); err != nil {
		return simulate.Scene{}, err
	}
	var s simulate.Scene
	switch {
	case f.Scenario == "finger":
		s = simulate.Finger(f.Seed, f.Seconds)
	case slices.Contains(simulate.Scenarios, f.Scenario), slices.Contains(simulate.Phantoms, f.Scenario):
		s = simulate.Scenario(f.Scenario, f.Hard, f.Seed, f.Seconds)
	case slices.Contains(simulate.Reals, f.Scenario):
		s = simulate.Real(f.Scenario, f.Seed, f.Seconds)
	case slices.Contains(simulate.Dead, f.Scenario):
		s = simulate.NoPulseScene(f.Scenario, f.Seed, f.Seconds)
	case slices.Contains(simulate.Fingers, f.Scenario), slices.Contains(simulate.DeadFingers, f.Scenario):
		s = simulate.RealFinger(f.Scenario, f.Seed, f.Seconds)
	default:
		return s, badInput("--scenario %s: must be one of %s; without a pulse %s", f.Scenario, strings.Join(withPulse(), ", "), strings.Join(withoutPulse(), ", "))
	}
	switch {
	case f.HR != nil && !s.Pulse:
		return s, badInput("--hr %g: scenario %s has no pulse", *f.HR, f.Scenario)
	case f.Tone != "" && s.Site == rppg.Finger:
		return s, badInput("--tone %s: scenario %s is of a finger, whose colour does not depend on the skin tone", f.Tone, f.Scenario)
	case f.Tone != "" && s.Tone == "":
		return s, badInput("--tone %s: scenario %s shows no skin", f.Tone, f.Scenario)
	}
	if f.HR != nil {
		s.Rhythm.HeartRate, s.Rhythm.Slope = *f.HR, 0
	}
	if f.Tone != "" {
		s.Tone = f.Tone
	}
	if f.FPS != nil {
		s.Camera.FPS = *f.FPS
	}
	return s, nil
}

type simulateTraceCmd struct{ simulateFlags }

func (c *simulateTraceCmd) Run(con console) error {
	scene, err := c.scene()
	if err != nil {
		return err
	}
	if err := checkTraceName("--out", c.Out); err != nil {
		return err
	}
	trace, truth := scene.Trace()
	if err := writeTrace(c.Out, trace); err != nil {
		return err
	}
	return c.writeTruth(con, truth)
}

type simulateVideoCmd struct {
	simulateFlags
	Width   int  `default:"480" help:"Width in pixels, 96 to 1920; the aspect ratio is 4:3."`
	Quality *int `placeholder:"N" help:"JPEG quality of an .avi or .mjpeg, 1 to 100 (default: 95)."`
}

func (c *simulateVideoCmd) Run(ctx context.Context, con console) error {
	scene, err := c.scene()
	if err != nil {
		return err
	}
	quality := 95
	if c.Quality != nil {
		quality = *c.Quality
	}
	switch {
	case scene.Site == rppg.Finger:
		return badInput("--scenario %s: a video shows a face; simulate a finger as a trace", c.Scenario)
	case c.Width < 96 || c.Width > 1920:
		return badInput("--width %d: must be 96 to 1920 pixels wide", c.Width)
	case quality < 1 || quality > 100:
		return badInput("--quality %d: must be between 1 and 100", quality)
	case c.Quality != nil && strings.ToLower(filepath.Ext(c.Out)) == ".y4m":
		return badInput("--quality %d: %s is not compressed; only an .avi or .mjpeg has a JPEG quality", quality, c.Out)
	}
	truth, err := film(ctx, con, scene, c.Out, c.Width, quality)
	if err != nil {
		return err
	}
	return c.writeTruth(con, truth)
}

// film renders a scene into a file: .avi as motion JPEG in which each frame keeps its own time; at a constant rate .y4m,
// uncompressed, and .mjpeg, motion JPEG without a container, which browsers play as a camera at 30 frames/s.
func film(ctx context.Context, con console, scene simulate.Scene, out string, width, quality int) (simulate.Truth, error) {
	ext := strings.ToLower(filepath.Ext(out))
	if ext != ".avi" && ext != ".mjpeg" && ext != ".y4m" {
		return simulate.Truth{}, badInput("--out %s: the name of a video must end in .avi (motion JPEG), .mjpeg (for the fake camera of a browser) or .y4m (uncompressed)", out)
	}
	if ext != ".avi" { // players don't know the times of its frames
		scene.Clock, scene.Camera.VaryFPS.SD = simulate.Clock{}, 0
	}
	frames, truth := scene.Video(simulate.VideoOptions{Width: width, Height: width * 3 / 4})
	frames = stoppable(ctx, frames)
	if con.interactive() {
		frames = withProgress(con.err, "filming", frames, int(scene.Duration*scene.Camera.FPS))
	}
	f, err := os.Create(out)
	if err != nil {
		return simulate.Truth{}, badFile(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	switch ext {
	case ".y4m":
		err = errors.Join(video.WriteY4M(w, frames, scene.Camera.FPS), w.Flush())
	case ".mjpeg":
		err = errors.Join(video.WriteMJPEG(w, frames, quality), w.Flush())
	default:
		err = video.WriteAVI(f, frames, scene.Camera.FPS, quality)
	}
	return truth, errors.Join(err, f.Close())
}

// stoppable ends a recording with the context's error when the user interrupts.
func stoppable(ctx context.Context, frames iter.Seq2[video.Frame, error]) iter.Seq2[video.Frame, error] {
	return func(yield func(video.Frame, error) bool) {
		for f, err := range frames {
			if stop := ctx.Err(); stop != nil {
				yield(video.Frame{}, stop)
				return
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// truthFile is the content of FILE.truth.json. Numbers that a recording does not
// have, because it has no pulse or too few beats, are null.
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

// writeTruth writes the true values of a simulated recording next to it, and prints them.
func (f simulateFlags) writeTruth(con console, t simulate.Truth) error {
	scenario := f.Scenario
	if f.Hard {
		scenario += ", hard"
	}
	known := func(v float64) *float64 {
		if !t.HasPulse || v == 0 || math.IsNaN(v) {
			return nil
		}
		return &v
	}
	file := truthFile{Scenario: scenario, Seed: f.Seed, HasPulse: t.HasPulse, Tone: t.Tone, HeartRate: known(t.HeartRate),
		RespiratoryRate: known(t.RespiratoryRate), SDNN: known(t.SDNN), RMSSD: known(t.RMSSD), Ectopic: t.Ectopic, Beats: t.Beats}
	name := f.Out + ".truth.json"
	err := writeFile(name, func(w io.Writer) error { return json.NewEncoder(w).Encode(file) })
	if err != nil {
		return err
	}
	pulse := "no pulse"
	if t.HasPulse {
		pulse = fmt.Sprintf("%.1f bpm, %.1f breaths/min", t.HeartRate, t.RespiratoryRate)
	}
	fmt.Fprintf(con.err, "%s: %s; truth in %s\n", f.Out, pulse, name)
	return nil
}
