package widget

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	said "blush.example/blush/internal/words"

	"golang.org/x/net/html"
)

// pictures is where every widget is written as a page to look at.
var pictures = flag.String("pictures", "", "write each widget as a page to this directory")

func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("needs -pictures DIR")
	}
	groups := map[string]*strings.Builder{}
	for _, e := range examples("en") {
		html, err := e.html("en", Look{Variation: e.variation})
		if err != nil {
			t.Fatalf("%s: %v", e.title(), err)
		}
		g := e.name + "-" + e.variation
		if groups[g] == nil {
			groups[g] = &strings.Builder{}
		}
		fmt.Fprintf(groups[g], "<div class=cell><div class=cap>%s</div>%s</div>\n", e.state, html)
	}
	for g, b := range groups {
		page := `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>` + g + `</title>
<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){body{background:#10171b;color:#999}}body{margin:12px;display:grid;gap:14px;background:#f6f6f4;background:light-dark(#f6f6f4,#10171b)}.cap{font:12px monospace;margin:2px;color:#888}</style>` + b.String()
		if err := os.WriteFile(filepath.Join(*pictures, g+".html"), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// A score that a notice forbids is refused, not for want of data, also where data are missing besides. The notice is in the tile once.
func TestScoreThatANoticeForbids(t *testing.T) {
	urgent := health.History{Sex: "F", Cuffs: []health.Cuff{{Systolic: 184, Diastolic: 112, At: today}}}
	child := health.History{BirthDate: today.AddDate(-17, 0, 0).Format(time.DateOnly)}
	pregnant := health.History{BirthDate: "1990-01-02", Sex: "F", Answers: []health.Answer{{Key: "pregnancy", Value: 2, At: today}}}
	for _, c := range []struct {
		of     health.History
		metric health.Metric
		code   string
		child  bool // no profile has a score
	}{
		{urgent, health.Hypertension, "cuff_urgent", false}, {pregnant, health.GeneralFitness, "pregnancy", false}, {pregnant, health.Hypertension, "outlook_pregnancy", false},
		{child, health.MentalStress, "outside_age", true}, {child, health.GeneralFitness, "outside_age", true},
	} {
		in := health.Compute(c.of, today)
		for _, lang := range health.Languages {
			own := wordsOf(lang)
			m := NewMetric(Place{Language: lang, Now: today}, in.Of(c.metric), nil).Data
			why := health.Text(lang, "notice."+c.code)
			if m.State != Refused || m.Reason == nil || *m.Reason != c.code || m.Title == nil || *m.Title != own.say("refused.title") || m.Text != why || *m.Status != "no_data" {
				t.Errorf("%s, %s: %+v", lang, c.code, m)
			}
			text, err := m.HTML(lang, Look{})
			if err != nil {
				t.Fatal(err)
			}
			shown := map[string]int{}
			walk(parse(t, text)[1:], func(n *html.Node) {
				if n.Data == "p" && n.FirstChild != nil {
					shown[n.FirstChild.Data]++
				}
			})
			if shown[said.Typeset(why)] != 1 || shown[own.say("refused.title")] != 1 || shown[own.say("no_data.title")] != 0 {
				t.Errorf("%s, %s: %v", lang, c.code, shown)
			}
			all := NewMain(Place{Language: lang, Now: today}, in).Data
			for _, p := range all.Profiles {
				if want := c.child; (p.State == Refused) != want || *p.Title != own.titleOf(p.State) {
					t.Errorf("%s, %s: profile %+v", lang, c.code, p)
				}
			}
			if want := c.child; (all.State == Refused) != want || (all.Text == why) != want {
				t.Errorf("%s, %s: the profiles are %s: %s", lang, c.code, all.State, all.Text)
			}
		}
	}
	// A notice that goes with a score forbids none: without data there is no data.
	none := NewMetric(Place{Language: "en", Now: today}, health.Compute(health.History{BirthDate: "1990-01-02", Sex: "F"}, today).Of(health.MentalHealthRisk), nil).Data
	if len(none.Notices) == 0 || none.State != NoData || none.Reason != nil || *none.Title != "No data yet" || none.Text != "Scans and answers will fill this in." {
		t.Errorf("without data: %+v", none)
	}
}

// A notice reaches the reader in whichever variation the integrator chose.
func TestNoticeStandsInEveryTile(t *testing.T) {
	urgent := &health.Cuff{Systolic: 184, Diastolic: 112, At: today}
	for _, lang := range health.Languages {
		b := NewBloodPressure(Place{Language: lang, Now: today}, urgent, nil).Data
		for _, v := range Variations(NameBiomarker) {
			text, err := b.HTML(lang, Look{Variation: v})
			if err != nil {
				t.Fatal(err)
			}
			shown := 0
			walk(parse(t, text)[1:], func(n *html.Node) {
				if n.Data == "div" && attr(n, "role") == "note" {
					shown++
				}
			})
			if shown != 1 || len(b.Notices) != 1 || !strings.Contains(string(text), html.EscapeString(said.Typeset(b.Notices[0].Text))) {
				t.Errorf("%s, %s: %d notices drawn of %+v", lang, v, shown, b.Notices)
			}
		}
	}
}

// A pulse or a breathing rate outside the usual, and a pulse without a rhythm,
// come with what to do; nothing else does, nor does a value that was not taken at rest.
func TestOutsideComesWithHelp(t *testing.T) {
	active := scanAt(today, heartRate(140, 3, .9))
	no := false
	active.AtRest = &no
	breaths := func(v float64) *Scan {
		return scanAt(today, biomarker.Accept(biomarker.RespiratoryRate, v, v-1, v+1, .9, "fusion"))
	}
	refused := func(n biomarker.Name, r biomarker.Reason) *Scan {
		return scanAt(today, biomarker.Refuse(n, r, .2, "vote"))
	}
	for _, c := range []struct {
		name biomarker.Name
		scan *Scan
		want bool
	}{
		{biomarker.HeartRate, scanAt(today, heartRate(131, 3, .9)), true},
		{biomarker.HeartRate, scanAt(today, heartRate(38, 2, .9)), true},
		{biomarker.HeartRate, scanAt(today, heartRate(100, 2, .9)), false},
		{biomarker.HeartRate, scanAt(today, heartRate(66, 2, .9)), false},
		{biomarker.HeartRate, active, false},
		{biomarker.RespiratoryRate, breaths(27), true},
		{biomarker.RespiratoryRate, breaths(7), true},
		{biomarker.RespiratoryRate, breaths(14), false},
		{biomarker.HeartRate, refused(biomarker.HeartRate, biomarker.IrregularRhythm), true},
		{biomarker.RMSSD, refused(biomarker.RMSSD, biomarker.IrregularRhythm), true},
		{biomarker.HeartRate, refused(biomarker.HeartRate, biomarker.TooDark), false},
	} {
		for _, lang := range health.Languages {
			b := NewBiomarker(Place{Language: lang, Now: today}, string(c.name), c.scan, nil).Data
			help := wordsOf(lang).say("outside.help")
			if got := len(b.Notices) == 1 && b.Notices[0] == (Notice{"outside_usual", "warning", help}); got != c.want || !c.want && len(b.Notices) > 0 {
				t.Errorf("%s %s: %q comes with %+v, help wanted: %t", lang, c.name, b.Text, b.Notices, c.want)
			}
			for _, v := range Variations(NameBiomarker) {
				text, err := b.HTML(lang, Look{Variation: v})
				if err != nil {
					t.Fatal(err)
				}
				if n := strings.Count(string(text), html.EscapeString(said.Typeset(help))); n != map[bool]int{true: 1}[c.want] {
					t.Errorf("%s %s, %s: the help is there %d times", lang, c.name, v, n)
				}
			}
		}
	}
}

// The confidence of a measured value is a probability, that of a score the share
// of what could be known: each is said in its own words.
func TestConfidenceOfAScoreIsAShare(t *testing.T) {
	for _, lang := range health.Languages {
		w := wordsOf(lang)
		pattern := func(key string) *regexp.Regexp {
			return regexp.MustCompile(strings.NewReplacer("NUMBER", `\d+`, " ", `[ \x{a0}]`).Replace(regexp.QuoteMeta(html.EscapeString(w.say(key, "n", "NUMBER")))))
		}
		share, chance := pattern("known.text"), pattern("confidence.text")
		drawn := map[string]int{}
		for _, e := range examples(lang) {
			text, err := e.html(lang, Look{Variation: e.variation})
			if err != nil {
				t.Fatal(err)
			}
			score := e.name == NameMetric || e.name == NameMain || e.name == NameGraph && strings.Contains(e.text(), `"suboptimal"`)
			if share.Match(text) {
				drawn[e.name]++
				if !score {
					t.Errorf("%s in %s: a measured value is %q", e.title(), lang, share)
				}
			}
			if score && chance.Match(text) {
				t.Errorf("%s in %s: a score has %q", e.title(), lang, chance)
			}
		}
		if drawn[NameMetric] == 0 || drawn[NameMain] == 0 || drawn[NameGraph] == 0 {
			t.Errorf("%s: the share is said in %v", lang, drawn)
		}
	}
}

// A pressure is as far from the usual as the worse of its two numbers; a low
// systolic is outside it, a low diastolic alone close to it.
func TestZoneOfBloodPressure(t *testing.T) {
	for _, c := range []struct {
		systolic, diastolic float64
		want                Level
	}{
		{62, 35, Bad}, {89, 70, Bad}, {89.4, 70, Bad}, {90, 60, Good}, {112, 55, Neutral}, {118, 76, Good}, {134, 82, Neutral}, {128, 86, Neutral}, {140, 80, Bad}, {120, 90, Bad},
	} {
		b := NewBloodPressure(Place{Language: "en", Now: today}, &health.Cuff{Systolic: c.systolic, Diastolic: c.diastolic, At: today}, nil).Data
		if *b.Zone != c.want {
			t.Errorf("%v/%v is %s, want %s", c.systolic, c.diastolic, *b.Zone, c.want)
		}
	}
}

// Variability falls with age, so a value has no zone until there are ranges by age.
func TestVariabilityHasNoUsualRange(t *testing.T) {
	for _, k := range []biomarker.Name{biomarker.HeartRateVariability, biomarker.RMSSD} {
		b := NewBiomarker(Place{Language: "en", Now: today}, string(k), scanAt(today, biomarker.Accept(k, 14, 9, 22, .9, "pulse")), nil).Data
		if b.State != Ready || b.Range != nil || b.Zone != nil || len(b.Ranges) != 0 || b.RangeSource != "" {
			t.Errorf("%s: range %v, zone %v, source %q", k, b.Range, b.Zone, b.RangeSource)
		}
		if strings.Contains(b.Text, "range") {
			t.Errorf("%s is compared with a range: %s", k, b.Text)
		}
	}
}

// Whatever a scan measures has a widget, in the catalogue's unit and within its scale's order of size.
func TestEveryBiomarkerOfAScanHasAWidget(t *testing.T) {
	for _, b := range biomarker.Catalogue {
		k, ok := kindOf(string(b.Name))
		if b.FromScan && (!ok || k.Unit != b.Unit || k.Scale[0] >= k.Scale[1] || k.Scale[1] > b.Max) {
			t.Errorf("%s: %+v, %v", b.Name, k, ok)
		}
	}
}

// Where whole numbers would say nothing, a value, its bounds, its change and its axis have a decimal.
func TestSmallValuesHaveADecimal(t *testing.T) {
	scan := func(v float64) *Scan {
		return scanAt(today, biomarker.Accept(biomarker.LFHFRatio, v, v/2, 2*v, .6, "spectrum"))
	}
	b := NewBiomarker(Place{Language: "fr", Now: today}, "lf_hf_ratio", scan(1.26), scan(4.31)).Data
	if *b.Display != "1,3" || b.Change.By != -3 || b.Decimals != 1 || !strings.Contains(b.Text, "Rapport LF/HF : 1,3 : 1") || !strings.Contains(b.Text, "0,6") {
		t.Errorf("%s, by %v, %d decimals: %s", *b.Display, b.Change.By, b.Decimals, b.Text)
	}
	v := 1.26
	g := NewGraph(Place{Language: "en", Now: today}, Series{Parameter: "lf_hf_ratio", Start: dayOf(-6), Stop: dayOf(0), Step: "none", Samples: []Sample{{At: today, Value: &v, Count: 1}},
		Summary: insight.Sum([]insight.HistoryPoint{{At: today, Value: &v}})}).Data
	if g.Scale[1]-g.Scale[0] > 2 || g.Decimals != 1 || !strings.Contains(g.Text, "1.3") {
		t.Errorf("from %v to %v: %s", g.Scale[0], g.Scale[1], g.Text)
	}
}

// A value and its bounds have the decimals of the catalogue, however narrow the interval, and the bounds as written contain the value as written.
func TestIntervalsHaveTheCatalogueDecimals(t *testing.T) {
	for _, k := range biomarker.Catalogue {
		if !k.FromScan {
			continue
		}
		for _, i := range [][3]float64{{71.3, 71.4, 71.45}, {71.5, 71.5, 71.5}, {0, 0.04, 1}, {0, 0, 0.4}, {61.6, 62.4, 64.2}, {63, 70, 77}} {
			low, high := max(i[0], k.Min), min(i[2], k.Max)
			if !(low <= i[1] && i[1] <= high) {
				continue
			}
			for _, lang := range health.Languages {
				w := wordsOf(lang)
				b := NewBiomarker(Place{Language: lang, Now: today}, string(k.Name), scanAt(today, biomarker.Accept(k.Name, i[1], low, high, .9, "x")), nil).Data
				read := func(s string) float64 {
					_, decimals, _ := strings.Cut(s, w.say("decimal"))
					if len(decimals) != k.Decimals {
						t.Errorf("%s, %s: %v is written %s, %s", lang, k.Name, i, *b.Display, *b.IntervalText)
					}
					v, err := strconv.ParseFloat(strings.Replace(s, w.say("decimal"), ".", 1), 64)
					if err != nil {
						t.Fatal(err)
					}
					return v
				}
				bounds := regexp.MustCompile(`\d+([.,]\d+)?`).FindAllString(*b.IntervalText, -1)
				if from, v, to := read(bounds[0]), read(*b.Display), read(bounds[1]); from > v || v > to || from > low || to < high || to-from > high-low+2/math.Pow10(k.Decimals) {
					t.Errorf("%s, %s: %v is written %s, %s", lang, k.Name, i, *b.Display, *b.IntervalText)
				}
			}
		}
	}
	m := NewMetric(Place{Language: "nl", Now: today}, health.Insight{Metric: health.Hypertension, Status: health.Validated, Score: ptr(0.2), Interval: &[2]float64{0, 1}, Zone: ptr(health.Suboptimal)}, nil).Data
	if *m.IntervalText != "Waarschijnlijk 0 tot 1" {
		t.Errorf("a score of few points: %s", *m.IntervalText)
	}
}

// A title is somebody else's words: one line, in the direction in which it is written.
func TestTitleIsPlain(t *testing.T) {
	for title, want := range map[string]string{
		"\u202eevil\u202c": "evil", "two\r\nlines\x00": "two  lines", "  ": "Heart rate", "\u2066\u200f": "Heart rate", "נשימה ונשמה 🙂": "נשימה ונשמה 🙂",
	} {
		g := NewGraph(Place{Language: "en", Now: today, Journey: journey(7)}, Series{Parameter: "heart_rate", Title: title, Start: dayOf(-6), Stop: dayOf(0), Step: "none"}).Data
		if g.Title != want {
			t.Errorf("%q becomes %q, want %q", title, g.Title, want)
		}
	}
}

// Every widget in every variation, state and language is drawn.
func TestEveryWidgetInEveryLanguage(t *testing.T) {
	for _, lang := range health.Languages {
		for _, e := range examples(lang) {
			html, err := e.html(lang, Look{Variation: e.variation})
			if err != nil {
				t.Fatalf("%s in %s: %v", e.title(), lang, err)
			}
			for _, bad := range []string{"%!", "ZgotmplZ", "NaN", "+Inf", "-Inf", "<no value>", "{n}", "{date}", "undefined"} {
				if strings.Contains(string(html), bad) {
					t.Errorf("%s in %s holds %s", e.title(), lang, bad)
				}
			}
		}
	}
}

// The examples that the other tests look at hold every state, status and level that a widget can have.
func TestExamplesShowEveryState(t *testing.T) {
	var all strings.Builder
	for _, e := range examples("en") {
		all.WriteString(e.text())
	}
	for field, values := range map[string][]string{
		"state": textsOf(States), "status": textsOf(health.Statuses), "zone": append(textsOf(Levels), textsOf(health.Zones)...), "severity": textsOf(health.Severities),
		"direction": {"up", "down", "same"}, "source": Sources, "aggregation": {"none", "week"},
	} {
		for _, v := range values {
			if !strings.Contains(all.String(), fmt.Sprintf("%q:%q", field, v)) {
				t.Errorf("no example has %s %s", field, v)
			}
		}
	}
}

func textsOf[T ~string](names []T) (out []string) {
	for _, n := range names {
		out = append(out, string(n))
	}
	return out
}

// A graph by day or by week tells the newest scan itself, and the least and the most of all scans, not of means;
// what a point stands for is told with all of its days.
func TestGatheredGraphTellsScans(t *testing.T) {
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, brussels)
	var scans []insight.HistoryPoint
	for i, v := range []float64{58, 66, 61, 63.9} { // Monday to Thursday
		at := monday.AddDate(0, 0, i)
		scans = append(scans, insight.HistoryPoint{At: at, Day: at.Format(time.DateOnly), Value: &v, Confidence: .9, Count: 1})
	}
	refused := monday.AddDate(0, 0, 4)
	scans = append(scans, insight.HistoryPoint{At: refused, Day: refused.Format(time.DateOnly), Reason: "too_dark", Refused: 1})
	for step, span := range map[insight.Step]string{insight.Weekly: "23 Nov – 29 Nov 2026", insight.Daily: "26 Nov 2026"} {
		h := insight.History{Parameter: "heart_rate", Start: "2025-12-01", Stop: "2026-11-30", Step: step, Points: insight.GroupByStep(scans, step, false), Summary: insight.Sum(scans), Language: "en", Now: refused}
		g, err := FromHistory(h, "")
		if err != nil {
			t.Fatal(err)
		}
		if n := g.Data.Latest; n == nil || n.Value != 63.9 || n.Display != "64" || n.Text != "Latest: 64 bpm, 26 Nov 2026" || n.Timestamp != "2026-11-26T09:00:00+02:00" {
			t.Errorf("%s: the newest is %+v", step, n)
		}
		if !strings.Contains(g.Data.Text, "average 62, from 58 to 66 bpm") {
			t.Errorf("%s: %s", step, g.Data.Text)
		}
		html, err := g.Data.HTML("en", Look{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(html), said.Typeset("Latest: 64 bpm, 26 Nov 2026")) || !strings.Contains(string(html), ">"+said.Typeset(span)+"<") {
			t.Errorf("%s: the newest or %s is not shown: %s", step, span, html[len(Styles()):])
		}
	}
}

// visible is what of a widget is read by the eye, in one line.
func visible(t *testing.T, text []byte) string {
	t.Helper()
	var b strings.Builder
	walk(parse(t, text)[1:], func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode && !within(n, "vh") && n.Data != "title" {
				b.WriteString(c.Data + " ")
			}
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

func within(n *html.Node, class string) bool {
	for ; n != nil; n = n.Parent {
		if slices.Contains(strings.Fields(attr(n, "class")), class) {
			return true
		}
	}
	return false
}

// A title, a reason and an advice are said once, with nothing to list and where a value was refused too.
func TestNothingIsSaidTwice(t *testing.T) {
	for _, lang := range health.Languages {
		for _, e := range examples(lang) {
			text, err := e.html(lang, Look{Variation: e.variation})
			if err != nil {
				t.Fatal(err)
			}
			seen := visible(t, text)
			var said struct {
				Data struct{ Title, Name, Text, State string }
			}
			if err := json.Unmarshal([]byte(e.text()), &said); err != nil {
				t.Fatal(err)
			}
			d := said.Data
			for _, once := range []string{d.Title, map[bool]string{true: d.Text}[d.State != "ready"]} {
				if once != "" && len(regexp.MustCompile(regexp.QuoteMeta(once)+`(?:\PL|$)`).FindAllString(seen, -1)) > 1 {
					t.Errorf("%s in %s says %q more than once: %s", e.title(), lang, once, seen)
				}
			}
			if list := e.name == NameTodos && e.state == "done" || e.name == NameRecommendations && e.state == "no_data"; list && (!strings.Contains(seen, d.Title) || strings.Count(string(text), "<p") != 1) {
				t.Errorf("%s in %s is more than a line: %s", e.title(), lang, text[len(Styles()):])
			}
		}
	}
}

// The small tile shows how sure its value is: the interval as a mark on a scale and in words.
func TestSmallShowsItsInterval(t *testing.T) {
	for _, e := range examples("en") {
		if e.name != NameBiomarker || e.variation != Small || !strings.Contains(e.text(), `"interval":[`) {
			continue
		}
		text, err := e.html("en", Look{Variation: Small})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(visible(t, text), "Most likely ") || !strings.Contains(string(text), `class="ink-line"`) {
			t.Errorf("%s does not show its interval: %s", e.title(), visible(t, text))
		}
	}
}

// A score says which end of its bar is the good one and what it is based on; how complete its data are is never shown next to its interval.
func TestScoresSayWhatTheyMean(t *testing.T) {
	for _, lang := range health.Languages {
		w := wordsOf(lang)
		for _, e := range examples(lang) {
			if e.name != NameMetric {
				continue
			}
			text, err := e.html(lang, Look{})
			if err != nil {
				t.Fatal(err)
			}
			seen := visible(t, text)
			if !strings.Contains(seen, w.say("score.better")) {
				t.Errorf("%s in %s does not say which end is good", e.title(), lang)
			}
			var m struct{ Data Metric }
			if err := json.Unmarshal([]byte(e.text()), &m); err != nil {
				t.Fatal(err)
			}
			if m.Data.How != nil && strings.Count(seen, *m.Data.How) != 1 {
				t.Errorf("%s in %s does not say once what it is based on: %s", e.title(), lang, seen)
			}
			if m.Data.Confidence != nil && strings.Contains(seen, w.known(*m.Data.Confidence)) {
				t.Errorf("%s in %s shows a share beside its interval: %s", e.title(), lang, seen)
			}
		}
	}
}

// A value without a usual range says so, instead of leaving its scale unexplained; a note says more.
func TestNoUsualRangeIsSaid(t *testing.T) {
	none, said := wordsOf("en").say("usual.none"), 0
	for _, e := range examples("en") {
		env, ok := e.json.(Envelope[Biomarker])
		b := env.Data
		k, listed := biomarker.Find(biomarker.Name(b.Parameter))
		if !ok || !listed || b.State != Ready {
			continue
		}
		want := len(k.Parts) == 0 && b.Note == nil
		if got := b.UsualText != nil && *b.UsualText == none; got != want {
			t.Errorf("%s: says that there is no usual range: %v", e.title(), got)
		} else if got {
			said++
		}
	}
	if said == 0 {
		t.Error("no example lacks a usual range")
	}
}

// A resonance of 0 says what that means, on every variation; another does not.
func TestZeroResonanceIsExplained(t *testing.T) {
	want := wordsOf("en").say("resonance.zero")
	for _, e := range examples("en") {
		text, err := e.html("en", Look{Variation: e.variation})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(visible(t, text), want); got != (e.state == "resonance 0") {
			t.Errorf("%s: explained %v", e.title(), got)
		}
	}
}

// What needs more than a scan says how long; another scan would not help.
func TestShortForALongerRecordingSaysHowLong(t *testing.T) {
	for _, lang := range health.Languages {
		scan := Scan{ID: "0190-scan", At: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Status: blush.Done, Reason: string(biomarker.TooShort)}
		for _, k := range biomarker.Catalogue {
			if !k.FromScan {
				continue
			}
			d := NewBiomarker(Place{Language: lang, Now: scan.At}, string(k.Name), &scan, nil).Data
			seconds := strconv.Itoa(int(k.LeastDuration.Seconds()))
			if longer := k.LeastDuration > blush.ScanDuration; strings.Contains(d.Text, seconds) != longer || strings.Contains(d.Text, wordsOf(lang).say("refused.again")) == longer {
				t.Errorf("%s: %s, which needs %s s: %q", lang, k.Name, seconds, d.Text)
			}
		}
	}
}

// A refused tile says its reason, what helps where something does, and that one may scan again.
func TestRefusedOffersToScanAgain(t *testing.T) {
	for _, lang := range health.Languages {
		again := wordsOf(lang).say("refused.again")
		for _, e := range examples(lang) {
			reason, refused := strings.CutPrefix(e.state, "refused ")
			if e.name != NameBiomarker || !refused {
				continue
			}
			text, err := e.html(lang, Look{Variation: e.variation})
			if err != nil {
				t.Fatal(err)
			}
			offers := !slices.Contains([]string{"not_measured", "irregular_rhythm", "out_of_range"}, reason) // no scan helps, or the notice says it
			if got := strings.Count(visible(t, text), again); got != map[bool]int{true: 1}[offers] {
				t.Errorf("%s in %s offers to scan again %d times", e.title(), lang, got)
			}
			if offers && strings.Count(wordsOf(lang).say("reason."+reason), ". ") == 0 {
				t.Errorf("%s in %s does not say how to do better", reason, lang)
			}
		}
	}
}

// No line of the profiles ends between a score and the name before it.
func TestScoresStandWithTheirNames(t *testing.T) {
	scores := 0
	for _, lang := range health.Languages {
		for _, e := range examples(lang) {
			if e.name != NameMain {
				continue
			}
			text, err := e.html(lang, Look{})
			if err != nil {
				t.Fatal(err)
			}
			walk(parse(t, text)[1:], func(n *html.Node) {
				if attr(n, "class") == "parts" {
					_, members, _ := strings.Cut(n.FirstChild.Data, wordsOf(lang).health("metric.mental_stress"))
					if strings.HasPrefix(members, "\u00a0") {
						scores++
					} else if regexp.MustCompile(`^ \d`).MatchString(members) {
						t.Errorf("%s in %s: %q", e.title(), lang, n.FirstChild.Data)
					}
				}
			})
		}
	}
	if scores < len(health.Languages) {
		t.Errorf("only %d scores", scores)
	}
}
