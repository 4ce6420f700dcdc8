package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"blush.example/blush/engine"
	"blush.example/blush/face"
	"blush.example/blush/internal/plot"
	"blush.example/blush/rppg"
	"blush.example/blush/video"
)

type analyzeCmd struct {
	File  string   `arg:"" help:"A video, a folder of images, or a trace (JSON or CSV, plain or gzip, or in the compact form); - reads standard input."`
	JSON  bool     `name:"json" help:"Print the engine's whole result as JSON: waves, beats, track, capture, estimates."`
	FPS   *float64 `name:"fps" placeholder:"N" help:"Frames a second, for a recording whose own times are missing or wrong. It is used as given."`
	Site  string   `enum:"face,finger,auto" default:"auto" help:"Where the skin is: face or finger (default: what a trace says, and face for a table). Not for videos."`
	Plot  string   `placeholder:"OUT.svg" help:"Draw the colour, the pulse wave with its beats and the spectrum over time."`
	Trace string   `placeholder:"OUT.json" help:"Write the trace: the colours, without any image."`
}

func (c *analyzeCmd) Run(ctx context.Context, con console) error {
	if c.FPS != nil && !(*c.FPS > 0 && *c.FPS <= 1000) {
		return badInput("--fps %g: must be above 0 and at most 1000 frames/s", *c.FPS)
	}
	if c.Trace != "" {
		if err := checkTraceName("--trace", c.Trace); err != nil {
			return err
		}
	}
	if c.Plot != "" {
		if err := checkEnding("--plot", c.Plot, "drawing", ".svg"); err != nil {
			return err
		}
	}
	file, shown, remove, err := plainFile(ctx, c.File)
	if err != nil {
		return err
	}
	defer remove()
	for flag, out := range map[string]string{"--trace": c.Trace, "--plot": c.Plot} {
		if same, err := sameFile(out, file); out != "" && err == nil && same { // another error comes up when it is written
			return badInput("%s %s: this is the recording itself; name another file", flag, out)
		}
	}
	trace, err := c.read(ctx, con, file, shown)
	if err != nil {
		return err
	}
	if c.Trace != "" {
		if err := writeTrace(c.Trace, trace); err != nil {
			return err
		}
	}
	result := engine.Analyze(trace, engine.Options{})
	if c.Plot != "" {
		if err := writeFile(c.Plot, func(w io.Writer) error { return plot.SVG(w, result, filepath.Base(shown)) }); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(con.out).Encode(result)
	}
	return printReport(con.out, result)
}

// read returns the trace of a file of any kind.
func (c *analyzeCmd) read(ctx context.Context, con console, file, shown string) (*rppg.Trace, error) {
	kind, err := sniff(file, file == shown)
	if err != nil {
		return nil, badInput("%s: %w", shown, err)
	}
	var fps float64
	if c.FPS != nil {
		fps = *c.FPS
	}
	var trace *rppg.Trace
	if kind == isVideo {
		if c.Site != "auto" {
			return nil, badInput("--site %s: %s is a video, which is read as one of a face; --site is for traces", c.Site, shown)
		}
		if trace, err = traceOf(ctx, con, file, shown, fps); err != nil {
			return nil, err
		}
	} else if trace, err = readTrace(file, kind, fps); err != nil {
		return nil, asInput(fmt.Errorf("%s: %w", shown, err))
	}
	if c.Site != "auto" {
		trace.Site = rppg.Site(c.Site)
	}
	return trace, nil
}

// fileKind says how to read a file.
type fileKind int

const (
	isVideo fileKind = iota
	isTrace
	isCSV
)

// sniff distinguishes traces from videos by their content, and tables by their name if they have one.
func sniff(name string, named bool) (fileKind, error) {
	st, err := os.Stat(name)
	if err != nil || st.IsDir() {
		return isVideo, err
	}
	f, err := os.Open(name)
	if err != nil {
		return isVideo, errors.Unwrap(err)
	}
	defer f.Close()
	packed := false
	in := bufio.NewReader(f)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return isVideo, errors.New("a damaged gzip file")
		}
		packed, in = true, bufio.NewReader(z)
	}
	head, _ := in.Peek(512)
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	ext := strings.ToLower(filepath.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz")))
	switch {
	case bytes.HasPrefix(head, []byte("{")), rppg.IsCompact(head), ext == ".json":
		return isTrace, nil
	case packed, ext == ".csv", ext == ".tsv", ext == ".txt", !named && isText(head) && bytes.ContainsAny(head, ",;\t"):
		return isCSV, nil
	}
	return isVideo, nil
}

// isText reports whether the beginning of a file has only characters that a table
// has. The last character may be cut off.
func isText(head []byte) bool {
	for len(head) >= utf8.UTFMax {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError || r < ' ' && !strings.ContainsRune("\t\r\n", r) {
			return false
		}
		head = head[n:]
	}
	return true
}

// readTrace reads a trace from a file. Its own times are replaced by those of fps frames a second unless that is 0.
func readTrace(name string, kind fileKind, fps float64) (*rppg.Trace, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if kind == isCSV {
		return rppg.ParseTraceCSV(f, fps)
	}
	t, err := rppg.ParseTrace(f)
	if err == nil && fps > 0 {
		t.SetRate(fps)
	}
	return t, err
}

// traceOf finds the face in a video and reads its colours.
func traceOf(ctx context.Context, con console, name, shown string, fps float64) (*rppg.Trace, error) {
	r, err := video.Open(ctx, name, video.Options{FPS: fps})
	if err != nil {
		return nil, asInput(fmt.Errorf("%s: %w", shown, err))
	}
	defer r.Close()
	frames := r.Frames()
	if con.interactive() {
		frames = withProgress(con.err, "finding the face", frames, r.Info().Frames)
	}
	trace, err := face.Capture(ctx, frames, r.Info(), face.Options{})
	if err != nil {
		return nil, asInput(fmt.Errorf("%s: %w", shown, err))
	}
	return trace, nil
}

// asInput marks an error that is caused by the file itself.
func asInput(err error) error {
	var trace rppg.TraceErrors
	var clip *video.InputError
	if errors.As(err, &trace) || errors.As(err, &clip) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return &inputError{err}
	}
	return err
}
