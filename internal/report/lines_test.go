package report

import (
	"slices"
	"testing"
	"time"
)

// No line ends within what is read as one, unless it is wider than a line by itself.
func TestLinesKeepTogetherWhatIsReadAsOne(t *testing.T) {
	if got, want := parts("vom 31. Aug. 2026 bis  heute: 66 bpm."), []string{"vom", "31. Aug. 2026", "bis", "heute:", "66 bpm."}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	d, err := newDocument(Cover{Language: "en"}, "scan.title", time.Unix(0, 0), wide)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"Longitudinal_Cardiorespiratory_Health_Screening_Foundation_Number_Ten", "within 5 bpm, heart rate variability within 15 ms, RMSSD within 20 ms"} {
		for _, w := range []float64{8, 20, 40} {
			for _, line := range d.lines(w, textSize, "", s) {
				if line == "" || d.pdf.GetStringWidth(line) > w+0.1 {
					t.Errorf("in %v mm: %q is %v mm wide", w, line, d.pdf.GetStringWidth(line))
				}
			}
		}
	}
}
