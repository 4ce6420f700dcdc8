//go:build !js

package video

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // the image formats that a folder may contain
	_ "image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// openFolder reads the images of a folder, in the order of the numbers in their names. Their times come from
// times.txt in the folder (milliseconds, one a line), or from the names if those are times: PURE's
// Image1392643993642815000.png is nanoseconds since 1970. Otherwise the times are unknown and 30 frames/s are
// assumed.
func openFolder(dir string, opt Options) (*Reader, error) {
	names, err := imageNames(dir, opt)
	if err != nil {
		return nil, err
	}
	times, err := readTimes(filepath.Join(dir, "times.txt"), opt)
	if err != nil {
		return nil, err
	}
	if times != nil && len(times) != len(names) {
		return nil, inputError("times.txt has "+strconv.Itoa(len(times))+" times, but the folder contains "+strconv.Itoa(len(names))+" images", nil)
	}
	r := &Reader{opt: opt, info: Info{Codec: "images", Frames: len(names), Timing: TimingUnknown}}
	if times == nil {
		times = timesFromNames(names)
	}
	if times != nil {
		v := judge(times, evidence{device: true})
		r.info.Timing, r.info.Rate = v.timing, v.rate
	}
	n := 0
	coming := ahead{next: func() (func() decoded, error) {
		if n >= len(names) {
			return nil, io.EOF
		}
		path, at := filepath.Join(dir, names[n]), float64(n)*1000/30
		if times != nil {
			at = times[n]
		}
		n++
		return func() decoded {
			img, err := readImage(path, opt)
			return decoded{Frame: Frame{TimeMS: at, Image: img}, err: err}
		}, nil
	}}
	var f film
	if err := r.prime(func() (Frame, bool, error) { return coming.whole(&f) }); err != nil {
		return nil, err
	}
	return r, nil
}

// imageNames lists the images of a folder, in the order of the numbers in their names.
func imageNames(dir string, opt Options) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, inputError("the folder cannot be read", err)
	}
	var names []string
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".png", ".jpg", ".jpeg":
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, inputError("the folder contains no PNG or JPEG images", nil)
	}
	if len(names) > opt.MaxFrames {
		return nil, inputError("the folder contains too many images", nil)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		na, nb := digits(a), digits(b)
		if len(na) != len(nb) {
			return len(na) - len(nb)
		}
		return strings.Compare(na, nb)
	})
	return names, nil
}

// readImage decodes one image file after checking its size.
func readImage(path string, opt Options) (image.Image, error) {
	name := filepath.Base(path)
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() || st.Size() > 4*maxJPEG {
		return nil, inputError("image "+name+" cannot be read", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, inputError("image "+name+" cannot be read", err)
	}
	damaged := func(err error) error {
		return inputError("image "+name+" is damaged", errors.Join(errSpoilt, err))
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, damaged(err)
	}
	if err := opt.checkSize(cfg.Width, cfg.Height); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, damaged(err)
	}
	return concrete(img), nil
}

// digits returns the last run of digits in a name without leading zeros.
func digits(name string) string {
	name = strings.TrimSuffix(name, filepath.Ext(name))
	end := strings.LastIndexAny(name, "0123456789") + 1
	start := end
	for start > 0 && name[start-1] >= '0' && name[start-1] <= '9' {
		start--
	}
	return strings.TrimLeft(name[start:end], "0")
}

// timesFromNames reads names as times when they are ms, µs or ns since 1970
// (13, 16 or 19 digits), so that counters are never taken for clocks. The result is in ms from the first.
func timesFromNames(names []string) []float64 {
	var first uint64
	times := make([]float64, len(names))
	for i, name := range names {
		d := digits(name)
		unit := map[int]float64{13: 1, 16: 1e-3, 19: 1e-6}[len(d)]
		v, err := strconv.ParseUint(d, 10, 64)
		if unit == 0 || err != nil {
			return nil
		}
		if i == 0 {
			first = v
		}
		times[i] = float64(v-first) * unit
		if i > 0 && (times[i] <= times[i-1] || times[i]-times[i-1] > 60_000) || math.IsInf(times[i], 0) {
			return nil
		}
	}
	if len(times) < 2 {
		return nil
	}
	return times
}
