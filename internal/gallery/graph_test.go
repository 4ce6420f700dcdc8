package gallery_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest/browser"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/widget"
)

// components opens a page that has the components and, without a token, shows none of its own.
func components(t *testing.T) *browser.Browser {
	t.Helper()
	b := browser.Start(t, browser.Camera{})
	b.Open(site(t) + "/dashboard")
	b.WaitFor(`customElements.get("blush-graph") && customElements.get("blush-biomarker") && !document.querySelector(".spin")`)
	return b
}

// give hands a graph on the page a history to draw, at a width in pixels.
func give(t *testing.T, b *browser.Browser, h insight.History, width int) {
	t.Helper()
	h.Summary = insight.Sum(h.Points)
	g, err := widget.FromHistory(h, "")
	if err != nil {
		t.Fatal(err)
	}
	js, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	b.Eval(fmt.Sprintf(`(async () => {
		window.graph ??= document.body.appendChild(document.createElement("blush-graph"));
		graph.style.width = "%dpx";
		graph.language = %q;
		graph.data = %s;
		await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(r)))); // a graph follows its size
	})()`, width, h.Language, js), nil)
}

// A graph of blood pressure has two usual ranges, nothing red, a key of its two values, what joins the two of a reading, and a line for each where they are many.
func TestGraphOfBloodPressure(t *testing.T) {
	b := components(t)
	stop := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct{ readings, lines, joined int }{{5, 2, 5}, {120, 2, 1}} { // where they are many, the last alone is marked
		h := insight.History{Parameter: blush.BloodPressure, Start: "2026-07-01", Stop: "2026-11-26", Step: insight.EachScan, Language: "en", Now: stop}
		for i := range c.readings {
			at := stop.AddDate(0, 0, i+1-c.readings)
			systolic, diastolic := 116+float64(i%7)*4, 72+float64(i%5)*3
			h.Points = append(h.Points, insight.HistoryPoint{At: at, Day: at.Format(time.DateOnly), Value: &systolic, Diastolic: &diastolic, Count: 1})
		}
		give(t, b, h, 390)
		var got struct {
			Zones, Labels []string
			Lines, Marks  int
			Joined        int
			Key, Text     string
		}
		b.Eval(`(() => { const all = (q) => [...graph.shadowRoot.querySelectorAll(q)]; return {
			zones: all(".area").map((a) => a.parentNode.getAttribute("class")), labels: all("text.label").map((l) => l.textContent), lines: all(".line").length,
			marks: all(".plot circle.low").length, joined: all(".plot .whisker").length, key: all("p.legend").map((p) => p.textContent).join(), text: graph.shadowRoot.textContent }; })()`, &got)
		if !slices.Equal(got.Zones, []string{"good", "good"}) || !slices.Equal(got.Labels, []string{"Usual, diastolic", "Usual, systolic"}) {
			t.Errorf("%d readings: zones %v, labelled %q", c.readings, got.Zones, got.Labels)
		}
		if got.Lines != c.lines || got.Marks == 0 || got.Joined != c.joined || got.Key != "systolicdiastolic" {
			t.Errorf("%d readings: %d lines, %d marks, key %q", c.readings, got.Lines, got.Marks, got.Key)
		}
	}
	quiet(t, b)
}

// A week lies within the graph, also where its Monday is before the first day or its middle after the last; the mark of an interval has its key.
func TestGraphKeepsWeeksInside(t *testing.T) {
	b := components(t)
	value, low, high := 64.0, 62.0, 67.0
	h := insight.History{Parameter: "heart_rate", Start: "2026-01-01", Stop: "2026-11-24", Step: insight.Weekly, Language: "en", Now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	for _, day := range []string{"2025-12-29", "2026-01-05", "2026-11-16", "2026-11-23"} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		h.Points = append(h.Points, insight.HistoryPoint{At: at, Day: day, Value: &value, Low: &low, High: &high, Confidence: .9, Count: 1})
	}
	for _, width := range []int{165, 700} {
		give(t, b, h, width)
		var out int
		b.Eval(`(() => {
			const all = (q) => [...graph.shadowRoot.querySelectorAll(q)], [line] = all(".plot line.grid"), at = (e, name) => Number(e.getAttribute(name));
			return all(".plot circle.point").filter((p) => at(p, "cx") < at(line, "x1") || at(p, "cx") > at(line, "x2")).length;
		})()`, &out)
		var key string
		b.Eval(`graph.shadowRoot.querySelector("p.legend")?.textContent ?? ""`, &key)
		if out != 0 || key != "value, by weeklikely range" {
			t.Errorf("at %d px: %d points outside, key %q", width, out, key)
		}
	}
	quiet(t, b)
}

// The labels of the axis of time are apart from each other, whatever the period, the language and the width; whole years are told as such.
func TestGraphLabelsStandApart(t *testing.T) {
	b := components(t)
	stop := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	value := 64.0
	for _, days := range []int{7, 30, 61, 90, 200, 364, 800, 5 * 365, 12 * 365, 40 * 365} {
		h := insight.History{Parameter: "heart_rate", Start: stop.AddDate(0, 0, -days).Format(time.DateOnly), Stop: stop.Format(time.DateOnly), Step: insight.EachScan, Now: stop}
		h.Points = []insight.HistoryPoint{{At: stop, Day: h.Stop, Value: &value, Confidence: .9, Count: 1}}
		for _, language := range []string{"en", "es", "de"} {
			h.Language = language
			for _, width := range []int{342, 700} {
				give(t, b, h, width)
				var labels []string
				var meet bool
				b.Eval(`[...graph.shadowRoot.querySelectorAll("text.when")].map((l) => l.textContent)`, &labels)
				b.Eval(`[...graph.shadowRoot.querySelectorAll("text.when")].map((l) => l.getBoundingClientRect()).some((r, i, all) => i > 0 && r.left < all[i - 1].right + 2)`, &meet)
				if meet || len(labels) == 0 {
					t.Errorf("%d days in %s at %d px: %q", days, language, width, labels)
				}
				if days > 4000 && len(labels[0]) != 4 {
					t.Errorf("%d days in %s at %d px: %q are no years", days, language, width, labels)
				}
			}
		}
	}
	quiet(t, b)
}

// The interval of an arc is a mark beside the value's dot where it is wider than that, and left out where it is not.
func TestArcLeavesOutANarrowInterval(t *testing.T) {
	b := components(t)
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	value := 64.0
	for _, c := range []struct {
		half  float64
		marks int
	}{{0.4, 0}, {1.5, 0}, {12, 1}, {40, 1}} {
		tile := widget.NewBiomarker(widget.Place{Language: "en", Now: at}, "heart_rate", &widget.Scan{At: at, Status: blush.Done, Value: &value, Interval: &[2]float64{value - c.half, value + c.half}}, nil)
		js, err := json.Marshal(tile)
		if err != nil {
			t.Fatal(err)
		}
		var marks, dots int
		b.Eval(fmt.Sprintf(`window.tile ??= document.body.appendChild(document.createElement("blush-biomarker")); tile.variation = "arc"; tile.data = %s`, js), nil)
		b.WaitFor(fmt.Sprintf(`tile.data.data.interval[0] === %v && tile.shadowRoot.querySelector(".dial")`, value-c.half))
		b.Eval(`tile.shadowRoot.querySelectorAll(".dial .ink-line").length`, &marks)
		b.Eval(`tile.shadowRoot.querySelectorAll(".dot").length`, &dots)
		var name string // is above its arc, as in the server's HTML
		b.Eval(`getComputedStyle(tile.shadowRoot.querySelector("h3")).textAlign`, &name)
		if name != "center" {
			t.Errorf("the name of an arc is aligned to %s", name)
		}
		if marks != c.marks || dots != 1 {
			t.Errorf("±%v: %d marks and %d dots", c.half, marks, dots)
		}
	}
	quiet(t, b)
}

// A component draws a history as the server's HTML does: the same key, the same zones, a cross for each scan without a value and a band
// of the intervals; and a cross is explained only where there is one.
func TestGraphIsDrawnAsByTheServer(t *testing.T) {
	b := components(t)
	stop := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	number, low, high, slow := 64.0, 61.0, 67.0, 44.0
	given := func(days int, v *float64) insight.HistoryPoint {
		at := stop.AddDate(0, 0, -days)
		p := insight.HistoryPoint{At: at, Day: at.Format(time.DateOnly), Value: v, Confidence: .9, Count: 1}
		if v != nil {
			p.Low, p.High = &low, &high
		} else {
			p.Reason, p.Refused, p.Count = "too_dark", 2, 0
		}
		return p
	}
	for name, h := range map[string]insight.History{
		"each scan":         {Parameter: "heart_rate", Step: insight.EachScan, Points: []insight.HistoryPoint{given(5, &number), given(4, &slow), given(3, nil), given(1, &number), given(0, &number)}},
		"by day":            {Parameter: "heart_rate", Step: insight.Daily, Points: []insight.HistoryPoint{given(2, &number), given(1, &number)}},
		"by week":           {Parameter: "heart_rate_variability", Step: insight.Weekly, Points: []insight.HistoryPoint{given(14, &number), given(7, &number)}},
		"a score, by week":  {Parameter: "mental_stress", Step: insight.Weekly, Points: []insight.HistoryPoint{given(14, &number), given(7, &number)}},
		"none of the scans": {Parameter: "heart_rate", Step: insight.EachScan, Points: []insight.HistoryPoint{given(2, &number), given(1, nil)}},
	} {
		h.Start, h.Stop, h.Language, h.Now, h.Reasons = "2026-11-01", "2026-11-26", "en", stop, map[string]int{"too_dark": 2}
		h.Summary = insight.Sum(h.Points)
		give(t, b, h, 700)
		g, err := widget.FromHistory(h, "")
		if err != nil {
			t.Fatal(err)
		}
		html, err := g.Data.HTML("en", widget.Look{})
		if err != nil {
			t.Fatal(err)
		}
		js, err := json.Marshal(string(html))
		if err != nil {
			t.Fatal(err)
		}
		type look struct {
			Now                   string
			Key, Zones, Refused   []string
			Crosses, Bands, Signs int
		}
		var got, want look
		b.Eval(`(() => { const all = (q) => [...graph.shadowRoot.querySelectorAll(q)]; return {
			now: all("[part=value]").map((e) => e.textContent).join(), key: all(".keys span").map((e) => e.textContent), zones: all("text.label").map((e) => e.textContent),
			crosses: all(".plot .gap").length, bands: all(".plot .band, .plot .whisker").length > 0 ? 1 : 0, signs: all("p .gap").length, refused: all("p.legend:not(.keys)").map((e) => e.textContent) }; })()`, &got)
		b.Eval(fmt.Sprintf(`(() => {
			const page = new DOMParser().parseFromString(%s.replace(/<style>.*?<\/style>/gs, ""), "text/html"), all = (q) => [...page.querySelectorAll(q)];
			return { now: all(".card > .small").map((e) => e.textContent)[0], key: all(".legend span").filter((e) => !e.querySelector(".gap")).map((e) => e.textContent), zones: all("text.on").map((e) => e.textContent),
				crosses: all(".plot .gap").length, bands: all(".plot .band").length, signs: all(".legend .gap").length, refused: all("p.small").map((e) => e.textContent).filter((s) => s.includes("dark")) }; })()`, js), &want)
		if got.Now != want.Now || !strings.HasPrefix(got.Now, "Latest: ") || !slices.Equal(got.Key, want.Key) || !slices.Equal(slices.Sorted(slices.Values(got.Zones)), slices.Sorted(slices.Values(want.Zones))) || got.Crosses != want.Crosses || got.Bands != want.Bands || got.Signs != want.Signs ||
			!slices.Equal(got.Refused, want.Refused) || len(got.Refused) != 1 {
			t.Errorf("%s: the component draws\n%+v, the server\n%+v", name, got, want)
		}
	}
	quiet(t, b)
}

// A tile that has a warning in place of its score is refused, and not without data.
func warnedIsNotWithoutData(t *testing.T, b *browser.Browser) {
	t.Helper()
	var said []string
	b.Eval(`[...document.querySelectorAll("blush-metric")].filter((e) => e.data?.data.reason).map((e) => [e.state, ...[...e.shadowRoot.querySelectorAll(".chip, .none")].map((x) => x.textContent), e.shadowRoot.textContent.replaceAll("\u00a0", " ").split(e.data.data.text).length - 1].join())`, &said)
	if len(said) < 2 || slices.ContainsFunc(said, func(s string) bool { return s != "refused,No value,1" }) {
		t.Errorf("tiles with a warning instead of a score say %q", said)
	}
}
