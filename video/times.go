package video

import (
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// timeKey marks a frame's own time in milliseconds in a y4m frame header and in a JPEG comment.
const timeKey = "time_ms="

func formatTime(ms float64) string { return timeKey + strconv.FormatFloat(ms, 'f', 3, 64) }

func parseTime(s string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e15 {
		return 0, false
	}
	return v, true
}

// prime reads the first frame, so that its size, and whether frames have their own times, are known before a frame
// is asked for.
func (r *Reader) prime(read func() (Frame, bool, error)) error {
	first, own, err := read()
	if errors.Is(err, io.EOF) {
		return inputError("the recording contains no frames", nil)
	}
	if err != nil {
		return err
	}
	if own {
		r.info.Timing = TimingCamera
	}
	b := first.Image.Bounds()
	r.info.Width, r.info.Height = b.Dx(), b.Dy()
	origin := 0.0
	if own {
		origin = first.TimeMS
	}
	r.next = func() (Frame, error) {
		if first.Image != nil {
			f := first
			first.Image = nil
			f.TimeMS -= origin
			return f, nil
		}
		f, _, err := read()
		f.TimeMS -= origin
		return f, err
	}
	if r.opt.FPS > 0 {
		r.info.Rate, r.info.Timing = r.opt.FPS, TimingNominal
	}
	return nil
}
