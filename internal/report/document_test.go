package report

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"blush.example/blush/dsp"
	"blush.example/blush/engine"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/widget"
	"blush.example/blush/internal/words"
)

// Every level, zone and severity has its colours.
func TestTones(t *testing.T) {
	var names []string
	for _, l := range widget.Levels {
		names = append(names, string(l))
	}
	for _, z := range health.Zones {
		names = append(names, string(z))
	}
	for _, s := range health.Severities {
		names = append(names, string(s))
	}
	for _, name := range names {
		if _, ok := tones[name]; !ok {
			t.Errorf("%s has no entry in tones, internal/report/document.go", name)
		}
	}
}

// A name in any script can be written: with its accents, however they were sent, and a box for what the font lacks.
func TestShown(t *testing.T) {
	for in, want := range map[string]string{
		"Zoë":                 "Zoë",
		"Zoe\u0308":           "Zoë", // in two characters
		"Пример Ελλάδα":       "Пример Ελλάδα",
		"山 GmbH":              "□ GmbH",
		"a\u202eb\x00c\u200d": "abc", // what turns the direction of writing
		"A\u00a0B\nC":         "A B C",
		"🫀":                   "□",
	} {
		if got := shown(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
	for _, lang := range words.Languages {
		for _, section := range []map[string]string{words.Report(lang), words.Widgets(lang), words.Person(lang), words.Health(lang), words.Pages(lang)} {
			for key, s := range section {
				if strings.Contains(shown(s), "□") {
					t.Errorf("%s: the font lacks a character of %s: %s", lang, key, s)
				}
			}
		}
	}
}

// A hyphen is drawn as one: it is shorter than a dash, and than a minus sign, in both weights.
func TestHyphensAreNoDashes(t *testing.T) {
	d, err := newDocument(Cover{Language: "en"}, "title.scan", time.Unix(0, 0), wide)
	if err != nil {
		t.Fatal(err)
	}
	for _, style := range []string{"", "B"} {
		d.font(textSize, style, ink)
		if hyphen, dash, minus := d.pdf.GetStringWidth("-"), d.pdf.GetStringWidth("–"), d.pdf.GetStringWidth("−"); hyphen > 0.75*dash || hyphen > 0.75*minus {
			t.Errorf("style %q: a hyphen is %.2f mm wide, a dash %.2f, a minus sign %.2f", style, hyphen, dash, minus)
		}
	}
}

// Whom to ask and to call is said in every language in the words that the other safety texts use.
func TestDoctorIsNamed(t *testing.T) {
	for _, lang := range words.Languages {
		for _, who := range []string{"emergency", "doctor"} {
			if part := words.Phrases(lang)[who]; part == "" || !strings.Contains(words.Report(lang)["doctor.text"], part) {
				t.Errorf("%s: the report does not name %q: %s", lang, part, words.Report(lang)["doctor.text"])
			}
		}
	}
}

// A result that no engine of today gives is written, too: gaps in the wave, no beats, no capture, texts of any length.
func TestOddScans(t *testing.T) {
	rate := 60
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC).Format(time.RFC3339)
	long := strings.Repeat("Long words in a row ", 400)
	base := scan.View{FaceScanID: "id", CreatedAt: at, Timezone: "UTC", Biomarkers: scan.Biomarkers{HeartRate: &rate}}
	wave := func(rate float64, samples ...float64) *scan.Waveform {
		return &scan.Waveform{Pulse: scan.Wave{Series: dsp.Series{Rate: rate, Samples: samples}}, Beats: []engine.Beat{{Time: -1}, {Time: 0.5}, {Time: math.Inf(1)}}}
	}
	for name, s := range map[string]Scan{
		"nothing":       {View: base},
		"not a number":  {View: base, Waves: wave(1, 0, 1, math.NaN(), 2, math.Inf(1), 1, 0)},
		"flat":          {View: base, Waves: wave(1, 1, 1, 1)},
		"no rate":       {View: base, Waves: wave(0, 1, 2, 3)},
		"ten minutes":   {View: base, Waves: wave(1, make([]float64, 600)...)},
		"a long reason": {View: base, Values: []widget.Biomarker{{Name: long, State: widget.Refused, Text: long}}},
		"a long name":   {View: base, Cover: Cover{Customer: long, Person: &Person{Reference: strings.Repeat("x", 500), BirthDate: "no day"}}},
		"no language":   {View: base, Cover: Cover{Language: "tlh", Accent: "#zzzzzz"}},
	} {
		doc, err := s.PDF()
		if err != nil || !bytes.HasPrefix(doc, []byte("%PDF-")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bad := range map[string]Scan{"no time": {}, "no logo": {View: base, Cover: Cover{Logo: []byte("<svg/>")}}} {
		if _, err := bad.PDF(); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

// A list of values that has room on one page when it is written closely is not parted for a line or two.
func TestValuesStayOnOnePage(t *testing.T) {
	rate, found := 60, false
	for n := 1; n < 40; n++ {
		s := Scan{View: scan.View{CreatedAt: "2026-02-03T04:05:06Z", Timezone: "UTC", Biomarkers: scan.Biomarkers{HeartRate: &rate}}, Values: make([]widget.Biomarker, n)}
		for i := range s.Values {
			s.Values[i] = widget.Biomarker{Name: "Value", State: widget.Refused, Text: strconv.Itoa(i)}
		}
		at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
		loose, err := s.write(at, wide)
		if err != nil {
			t.Fatal(err)
		}
		closely, err := s.write(at, tight)
		if err != nil {
			t.Fatal(err)
		}
		if loose.parted == 0 || closely.parted > 0 {
			continue
		}
		found = true
		want, err := closely.bytes()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.PDF(); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d values are parted: %v", n, err)
		}
	}
	if !found {
		t.Error("no list of values is parted")
	}
}

// The pulse wave is on the page of its heading, wherever the values end.
func TestWaveFollowsItsHeading(t *testing.T) {
	rate := 60
	s := Scan{View: scan.View{Timezone: "UTC", Biomarkers: scan.Biomarkers{HeartRate: &rate}}, Waves: &scan.Waveform{Pulse: scan.Wave{Series: dsp.Series{Rate: 1, Samples: []float64{0, 1, 0, 1, 0, 1, 0, 1}}}}}
	d, err := newDocument(Cover{Language: "en"}, "scan.title", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), wide)
	if err != nil {
		t.Fatal(err)
	}
	for end := top + 40; end < bottom; end++ {
		d.pdf.AddPage()
		first := d.pdf.PageNo()
		d.y = end
		d.waves(s)
		// A second page holds the key below the wave, or the wave, then with its heading.
		if h := d.y - top; d.pdf.PageNo() == first+1 && h > d.stripHeight && h < d.stripHeight+stripTimes+d.mm(smallSize)+d.mm(headingSize) {
			t.Errorf("values to %v mm: the wave is without its heading", end)
		}
	}
}

// What a report is not and when to ask a doctor are on one page, wherever the values end.
func TestLimitsStayTogether(t *testing.T) {
	for _, lang := range words.Languages {
		whole := 0.0
		d, err := newDocument(Cover{Language: lang}, "scan.title", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), wide)
		if err != nil {
			t.Fatal(err)
		}
		for end := top; end < bottom; end += 8 {
			d.pdf.AddPage()
			first := d.pdf.PageNo()
			d.y = end
			d.limits()
			if end == top {
				whole = d.y - top - d.gap
			} else if d.pdf.PageNo() == first+1 && d.y-top < whole-0.1 {
				t.Errorf("%s, values to %v mm: the second page has only the last %.0f of %.0f mm", lang, end, d.y-top, whole)
			}
		}
	}
}

// Below a trend is shown how many scans had no value and why, in the form of the widgets' graphs: a cross means such a scan, and nothing else.
func TestTrendSaysWhyThereWasNoValue(t *testing.T) {
	d, err := newDocument(Cover{Language: "en"}, "period.title", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), wide)
	if err != nil {
		t.Fatal(err)
	}
	got := d.foot(widget.Graph{Refused: []widget.Refusal{{Reason: "too_dark", Count: 5}, {Reason: "too_short", Count: 1}}})
	if want := "5 × It was too dark · 1 × The scan was too short for this"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
