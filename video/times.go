package video

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"sort"
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

// prime reads the first frame, so that its size and whether frames carry
// their own times are known before the first is asked for.
func (r *Reader) prime(read func() (Frame, bool, error)) error {
	first, own, err := read()
	if errors.Is(err, io.EOF) {
		return inputError("the recording holds no frames", nil)
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

// readTimes reads one time in milliseconds a line; nil without such a file.
func readTimes(path string, opt Options) ([]float64, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, inputError("the list of frame times cannot be read", err)
	}
	defer f.Close()
	sc := bufio.NewScanner(io.LimitReader(f, int64(opt.MaxFrames)*32))
	var times []float64
	for sc.Scan() {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		t, ok := parseTime(line)
		if !ok || len(times) >= opt.MaxFrames {
			return nil, inputError("the list of frame times must hold one number in milliseconds a line, line "+strconv.Itoa(len(times)+1)+" does not", nil)
		}
		times = append(times, t)
	}
	if err := sc.Err(); err != nil {
		return nil, inputError("the list of frame times is damaged", err)
	}
	if len(times) == 0 || !sort.Float64sAreSorted(times) {
		return nil, inputError("the list of frame times must rise from line to line", nil)
	}
	for i := len(times) - 1; i >= 0; i-- {
		times[i] -= times[0]
	}
	return times, nil
}
