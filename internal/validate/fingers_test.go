package validate

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"blush.example/blush/simulate"
)

// The strap was started before the camera and stopped before it: its beats before and after the trace must not
// count.
func TestWelltoryCutsTheStrapToTheVideo(t *testing.T) {
	const early, late = 3.0, 5.0 // s
	s := simulate.Finger(7, 40)
	s.Rhythm.Slope = 0.6
	tr, truth := s.Trace()
	rows := []string{"time,R,G,B"}
	for i, ms := range tr.TimeMS {
		rows = append(rows, fmt.Sprintf("%g,%g,%g,%g", ms, tr.Regions[0].R[i], tr.Regions[0].G[i], tr.Regions[0].B[i]))
	}
	beats := []float64{-early, -early + 1.9} // a pause that no window may see
	for _, b := range truth.Beats {
		if b-beats[len(beats)-1] > 0.3 && b < 40-late {
			beats = append(beats, b)
		}
	}
	var rr []string
	for i := 1; i < len(beats); i++ {
		rr = append(rr, fmt.Sprintf("%.0f", 1000*(beats[i]-beats[i-1])))
	}
	dir := t.TempDir()
	write(t, strings.Join(rows, "\n"), dir, "a", "PPG.csv")
	write(t, strings.Join(rr, " "), dir, "a", "RR.txt")
	_, l, ref := one(t, dir, "welltory", 0, 10)
	near(t, "heart rate of the first 10 s", ref.HeartRate, rateBetween(truth.Beats, 0, 10), 0.3)
	near(t, "heart rate of 20 to 30 s", there(l.Reference(20, 30)).HeartRate, rateBetween(truth.Beats, 20, 30), 0.3)
	whole := there(l.Reference(0, l.Trace.Duration()))
	near(t, "heart rate of the whole", whole.HeartRate, rateBetween(truth.Beats, 0, 40-late), 0.3)
	near(t, "SDNN of the whole", whole.SDNN, beatSDNN(truth.Beats, 40-late), 1)
	if d := l.Trace.Duration(); d > 40-late+beyondLast || d < 40-late-1.5 {
		t.Errorf("the trace lasts %.1f s, the strap's last beat in it lies before %.1f", d, 40-late)
	}
}

func there(r Reference, ok bool) Reference {
	if !ok {
		return Reference{}
	}
	return r
}

func beatSDNN(beats []float64, to float64) float64 {
	r, _ := beatReference(beats, 0, to)
	return r.SDNN
}

// The names from ECG 3 on are to the left of their columns, one oximeter is off, a monitor sometimes shows
// nothing, and the rate changes after half a minute.
func TestOximetry(t *testing.T) {
	dir := t.TempDir()
	gt := []string{"\ufeffTime,Pulse 1,Pulse 2,Pulse 3,ECG 3,RR CO2 3,,"}
	for i := range 90 {
		rate := 60.0
		if i >= 45 {
			rate = 90
		}
		first := fmt.Sprint(rate + 1)
		if i%7 == 3 {
			first = ""
		}
		gt = append(gt, fmt.Sprintf("00:00:%02d,%s,%g,0,AS AO,AS AO,%g,14", i, first, rate, rate-0.5))
	}
	gt = append(gt, "Collection Halted,,,,,,,")
	write(t, strings.Join(gt, "\n"), dir, "gt", "9.csv")
	rows := []string{"R,G,B"}
	for i := range 90 * oximetryFPS {
		rows = append(rows, fmt.Sprintf("200,%g,7", 50+math.Sin(float64(i))))
	}
	write(t, strings.Join(rows, "\n"), dir, "Left", "9.csv")
	rec, l, ref := one(t, dir, "oximetry", 0, 20)
	near(t, "heart rate", ref.HeartRate, 60-0.25*3/20, 1e-9)
	near(t, "breathing", ref.RespiratoryRate, 14, 1e-9)
	near(t, "second frame, ms", l.Trace.TimeMS[1], 1000.0/oximetryFPS, 1e-9)
	if rec.Person != "9" || rec.Case != "Left" || ref.Course != "steady" {
		t.Errorf("person %q, hand %q, course %q", rec.Person, rec.Case, ref.Course)
	}
	if c := there(l.Reference(20, 40)).Course; c != "changing" {
		t.Errorf("5 s before the rate changes by 30 bpm its course is %q, though monitors lag", c)
	}
	if _, ok := l.Reference(80, 100); ok {
		t.Error("half a window without a monitor has a reference")
	}
}
