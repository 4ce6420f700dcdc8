package report

import (
	"slices"
	"testing"
	"time"
)

// No line ends between a number and its unit, within a date or within a term.
func TestLinesKeepTogetherWhatIsReadAsOne(t *testing.T) {
	for _, c := range []struct {
		lang, text string
		want       []string
	}{
		{"en", "from 57 to 66 bpm. pNN50 10 to 38 %.", []string{"from", "57", "to", "66 bpm.", "pNN50", "10", "to", "38 %."}},
		{"en", "ln RMSSD: from 3.4 to 4.0 ln ms, 4 × There", []string{"ln RMSSD:", "from", "3.4", "to", "4.0 ln ms,", "4 × There"}},
		{"de", "vom 31. Aug. 2026 bis zum 28. Nov. 2026: Mittelwert 48 von 100", []string{"vom", "31. Aug. 2026", "bis", "zum", "28. Nov. 2026:", "Mittelwert", "48 von", "100"}},
		{"fr", "au 28 nov. 2026 : moyenne 4,9 batt./respiration. Pourquoi ?", []string{"au", "28 nov. 2026 :", "moyenne", "4,9 batt./respiration.", "Pourquoi ?"}},
		{"sv", "inom 15 ms, 67 för 5 % inom", []string{"inom", "15 ms,", "67", "för", "5 %", "inom"}},
		{"en", "", nil},
	} {
		if got := textsOf(c.lang).parts(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.lang, got, c.want)
		}
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
