//go:build !js

package video

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
)

// readTimes reads one time in milliseconds from each line. It returns nil if there is no such file.
func readTimes(path string, opt Options) ([]float64, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, inputError("the list of frame times cannot be read", err)
	}
	defer f.Close()
	return parseTimes(f, opt)
}

// leastStepMS is the least mean time between frames of a list: no camera takes 2000 a second.
const leastStepMS = 0.5

// parseTimes reads the lines of a list of frame times. The first is 0 in what it returns.
func parseTimes(r io.Reader, opt Options) ([]float64, error) {
	sc := bufio.NewScanner(io.LimitReader(r, int64(opt.MaxFrames)*32))
	var times []float64
	for sc.Scan() {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		t, ok := parseTime(line)
		if !ok || len(times) >= opt.MaxFrames {
			return nil, inputError("the list of frame times must have one number in milliseconds on each line; line "+strconv.Itoa(len(times)+1)+" does not", nil)
		}
		times = append(times, t)
	}
	if err := sc.Err(); err != nil {
		return nil, inputError("the list of frame times is damaged", err)
	}
	if len(times) == 0 || !slices.IsSorted(times) {
		return nil, inputError("the frame times in the list must increase from line to line", nil)
	}
	if n := len(times) - 1; n > 0 {
		if step := (times[n] - times[0]) / float64(n); step < leastStepMS {
			return nil, inputError(fmt.Sprintf("the frame times in the list are %.2g ms apart, closer than any camera's; are they in seconds?", step), nil)
		}
	}
	for i := len(times) - 1; i >= 0; i-- {
		times[i] -= times[0]
	}
	return times, nil
}

// sidecar replaces the frame times by those in path.times, if that file exists.
func (r *Reader) sidecar(path string) error {
	times, err := readTimes(path+".times", r.opt)
	if err != nil || times == nil {
		return err
	}
	if r.opt.FPS <= 0 {
		v := judge(times, evidence{device: true})
		r.info.Timing, r.info.Rate = v.timing, v.rate
	}
	next, i := r.next, 0
	r.next = func() (Frame, error) {
		f, err := next()
		if err != nil {
			return f, err
		}
		if i >= len(times) {
			return Frame{}, inputError("the list of frame times is shorter than the recording", nil)
		}
		f.TimeMS = times[i]
		i++
		return f, nil
	}
	return nil
}
