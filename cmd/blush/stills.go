package main

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"

	"blush.example/blush/engine"
	"blush.example/blush/internal/validate"
)

type stillsCmd struct {
	Folder string `arg:"" optional:"" help:"Folder of portraits (JPEG, PNG) to use instead of drawn ones."`
	Crops  int    `default:"200" help:"Number of videos to make, each of a different crop."`
	Seed   uint32 `default:"1" help:"Seed of the drawn pictures."`
	Out    string `placeholder:"DIR" help:"Write report.md, report.json, report.html and the videos that got a rate to this folder."`
}

func (c *stillsCmd) Run(ctx context.Context, con console) error {
	if c.Crops < 1 || c.Crops > 100_000 {
		return badInput("--crops %d: must be 1 to 100000", c.Crops)
	}
	stills := validate.Stills{Crops: c.Crops, Seed: c.Seed}
	if c.Folder != "" {
		files, err := portraits(c.Folder)
		if err != nil {
			return badFile(err)
		}
		stills.Picture = func(draw uint64) (*image.NRGBA, error) { return readPicture(files[draw%uint64(len(files))]) }
	}
	if err := makeFolder(c.Out); err != nil {
		return err
	}
	set := stills.Set()
	scans, err := validate.Run(ctx, set, validate.Options{Progress: con.progress(set.Name, c.Crops)})
	if err != nil {
		return err
	}
	report := validate.NewReport(engine.Options{}, "blush "+strings.Join(os.Args[1:], " "))
	report.Add(set, scans)
	if c.Out != "" {
		if err := writeReport(c.Out, report); err != nil {
			return err
		}
	}
	failed := 0
	for i, s := range scans { // one of each video
		switch {
		case s.Error != "":
			failed++
		case s.Accepted():
			fmt.Fprintf(con.out, "%s is given %.1f bpm, confidence %.3f\n\n", s.ID, *s.HeartRate.Value, s.HeartRate.Confidence)
			if c.Out != "" {
				if err := stills.Write(ctx, i, filepath.Join(c.Out, s.ID)); err != nil {
					return err
				}
			}
		}
	}
	if err := report.WriteMarkdown(con.out); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d videos could not be made or read", failed, len(scans))
	}
	return nil
}
