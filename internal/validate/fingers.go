package validate

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"blush.example/blush/dsp"
	"blush.example/blush/rppg"
)

func foundWelltory(dir string) bool { return len(matches(dir, "*", "RR.txt")) > 0 }

// loadWelltory reads fingertip traces with the intervals of a chest strap. Strap and camera have different clocks:
// the strap's beats are aligned with the pulses of the trace, beats before its first frame are left out, and the
// trace ends where the strap does.
func loadWelltory(dir string, seconds float64) (Set, error) {
	set := Set{Name: "welltory", Reference: "Polar H10 intervals, laid over the pulses and cut to the window: 60 x intervals / (last beat - first beat), SDNN, RMSSD"}
	for _, path := range matches(dir, "*", "RR.txt") {
		folder := filepath.Dir(path)
		id := filepath.Base(folder)
		set.Recordings = append(set.Recordings, Recording{ID: id, Person: id, Seconds: seconds, Load: func(context.Context) (Loaded, error) {
			text, err := os.ReadFile(path)
			if err != nil {
				return Loaded{}, err
			}
			rr, err := readFloats(string(text))
			if err != nil {
				return Loaded{}, fmt.Errorf("%s: %w", path, err)
			}
			tr, err := readTrace(filepath.Join(folder, "PPG.csv"))
			if err != nil {
				return Loaded{}, err
			}
			tr.Site = rppg.Finger
			beats := alignedBeats(tr, rr)
			if len(beats) == 0 {
				return Loaded{}, fmt.Errorf("%s: no interval", path)
			}
			return Loaded{Trace: cut(tr, 0, beats[len(beats)-1]+beyondLast), Reference: func(from, to float64) (Reference, bool) { return beatReference(beats, from, to) }}, nil
		}})
	}
	return set, nil
}

// One person starts strap and camera, within mostApart s of each other. A beat of the strap further than farPulse
// s from every pulse counts as that far, since many pulses are not seen.
const (
	mostApart  = 6.0
	apartStep  = 0.02
	farPulse   = 0.15
	beyondLast = 0.3 // s after the strap's last beat in which its pulse may arrive
)

// alignedBeats returns the beats between intervals in ms, in s from the first frame of a trace, shifted as a whole
// to where they are nearest to the peaks of any colour. The rhythm's changes distinguish the right shift from
// those by a beat more or less.
func alignedBeats(tr *rppg.Trace, rr []float64) []float64 {
	beats := make([]float64, 1, len(rr)+1)
	for _, v := range rr {
		beats = append(beats, beats[len(beats)-1]+v/1000)
	}
	times := make([]float64, len(tr.TimeMS))
	for i, ms := range tr.TimeMS {
		times[i] = (ms - tr.TimeMS[0]) / 1000
	}
	best, shift := math.Inf(1), 0.0
	for _, colour := range [3][]float64{tr.Regions[0].R, tr.Regions[0].G, tr.Regions[0].B} {
		wave := make([]float64, len(colour))
		for i, v := range colour {
			wave[i] = -v
		}
		peaks := contactBeats(times, wave)
		for s := -mostApart; s <= mostApart; s += apartStep {
			if d := distance(beats, peaks, s, tr.Duration()); d < best {
				best, shift = d, s
			}
		}
	}
	out := beats[:0]
	for _, b := range beats {
		if b += shift; b >= 0 && b <= tr.Duration() {
			out = append(out, b)
		}
	}
	return out
}

// distance returns the mean distance in s between the shifted beats inside a recording of that many seconds and
// their nearest peaks, at most farPulse each. It is infinite where fewer than half are inside.
func distance(beats, peaks []float64, shift, seconds float64) float64 {
	sum, n := 0.0, 0
	for _, b := range beats {
		b += shift
		if b < 0 || b > seconds {
			continue
		}
		n++
		i, _ := slices.BinarySearch(peaks, b)
		d := farPulse
		for _, j := range [2]int{i - 1, i} {
			if j >= 0 && j < len(peaks) {
				d = min(d, math.Abs(peaks[j]-b))
			}
		}
		sum += d
	}
	if 2*n < len(beats) {
		return math.Inf(1)
	}
	return sum / float64(n)
}

func foundOximetry(dir string) bool { return len(matches(dir, "gt", "*.csv")) > 0 }

// The fingers of Hoffman et al. 2022 were filmed at 30 frames a second; there are no times.
const oximetryFPS = 30

// loadOximetry reads the fingers of both hands of people who breathed changing oxygen (Hoffman et
// al., npj Digit Med 2022;5:146). The reference of a second is the median of the oximeters' and
// the ECG's rates, that of a window their mean.
func loadOximetry(dir string, seconds float64) (Set, error) {
	set := Set{Name: "oximetry", Reference: "mean over the window of each second's median of four oximeters and an ECG, which themselves average over several seconds; breathing by CO2"}
	for _, hand := range []string{"Left", "Right"} {
		for _, path := range matches(dir, hand, "*.csv") {
			person := strings.TrimSuffix(filepath.Base(path), ".csv")
			set.Recordings = append(set.Recordings, Recording{Case: hand, ID: person + "/" + hand, Person: person, Seconds: seconds, Load: func(context.Context) (Loaded, error) {
				tr, err := readFinger(path)
				if err != nil {
					return Loaded{}, fmt.Errorf("%s: %w", path, err)
				}
				gt := filepath.Join(dir, "gt", person+".csv")
				m, err := readMonitors(gt)
				if err != nil {
					return Loaded{}, fmt.Errorf("%s: %w", gt, err)
				}
				return Loaded{Trace: tr, Reference: m.over}, nil
			}})
		}
	}
	return set, nil
}

// readFinger reads rows of R, G, B of a fingertip, oximetryFPS rows a second.
func readFinger(path string) (*rppg.Trace, error) {
	rows, err := readTable(path)
	if err != nil {
		return nil, err
	}
	tr := &rppg.Trace{Version: 1, Site: rppg.Finger, Device: rppg.Device{Source: "file", Timing: rppg.TimingNominal}}
	reg := rppg.Region{Name: "finger"}
	for i, row := range rows[1:] {
		v, err := readFloats(strings.Join(row, " "))
		if err != nil || len(v) != 3 {
			return nil, fmt.Errorf("line %d: want R, G, B", i+2)
		}
		tr.TimeMS = append(tr.TimeMS, 1000*float64(i)/oximetryFPS)
		reg.R, reg.G, reg.B = append(reg.R, v[0]), append(reg.G, v[1]), append(reg.B, v[2])
	}
	tr.Regions = []rppg.Region{reg}
	return tr, nil
}

// readTable reads a file of comma-separated values whose rows may differ in length; it has at least one below the
// names.
func readTable(path string) ([][]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err == nil && len(rows) < 2 {
		err = errors.New("it has no row")
	}
	return rows, err
}

// monitors are rates once a second, from the start of the recording; 0 where none was shown.
type monitors struct{ heart, breath []float64 }

// readMonitors reads the columns Pulse 1 to 5, ECG 3 and RR CO2 3. The names from ECG 3 on are shifted to the left
// of their columns, by the number of blank names at the end.
func readMonitors(path string) (monitors, error) {
	rows, err := readTable(path)
	if err != nil {
		return monitors{}, err
	}
	names := rows[0]
	shift := 0
	for shift < len(names) && names[len(names)-1-shift] == "" {
		shift++
	}
	ecg, breath := slices.Index(names, "ECG 3"), slices.Index(names, "RR CO2 3")
	var pulses []int
	for i, name := range names {
		if strings.HasPrefix(name, "Pulse ") {
			pulses = append(pulses, i)
		}
	}
	if len(pulses) == 0 {
		return monitors{}, errors.New("no column Pulse 1")
	}
	var m monitors
	for _, row := range rows[1:] {
		number := func(i int) float64 {
			if i < 0 || i >= len(row) {
				return 0
			}
			v, err := strconv.ParseFloat(strings.TrimSpace(row[i]), 64)
			if err != nil || !(v > 0) || math.IsInf(v, 0) {
				return 0
			}
			return v
		}
		var shown []float64
		for _, i := range pulses {
			if v := number(i); v > 0 {
				shown = append(shown, v)
			}
		}
		if v := number(ecg + shift); ecg >= 0 && v > 0 {
			shown = append(shown, v)
		}
		rate := 0.0
		if len(shown) > 0 {
			rate = dsp.Median(shown)
		}
		m.heart = append(m.heart, rate)
		m.breath = append(m.breath, 0)
		if breath >= 0 {
			m.breath[len(m.breath)-1] = number(breath + shift)
		}
	}
	return m, nil
}

// A monitor averages over, and lags by, up to lag s. That doesn't matter where the rates shown around a window
// differ by less than steadyRange bpm.
const (
	lag         = 15
	steadyRange = 4.0
)

// over returns the means over a window, false where a tenth of its seconds or more has no rate.
func (m monitors) over(from, to float64) (Reference, bool) {
	var heart, breath, around []float64
	for i := max(0, int(from)-lag); i < min(len(m.heart), int(to)+lag); i++ {
		if m.heart[i] <= 0 {
			continue
		}
		around = append(around, m.heart[i])
		if t := float64(i); t < from || t >= to {
			continue
		}
		heart = append(heart, m.heart[i])
		if m.breath[i] > 0 {
			breath = append(breath, m.breath[i])
		}
	}
	if float64(len(heart)) < 0.9*(to-from) {
		return Reference{}, false
	}
	r := Reference{HeartRate: dsp.Mean(heart), Course: "changing"}
	if float64(len(breath)) >= 0.9*(to-from) {
		r.RespiratoryRate = dsp.Mean(breath)
	}
	if slices.Max(around)-slices.Min(around) < steadyRange {
		r.Course = "steady"
	}
	return r, true
}
