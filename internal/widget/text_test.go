package widget

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/health"
	said "blush.example/blush/internal/words"
)

// A unit is before the full stop of a sentence, so none ends with one of its own.
func TestUnitsEndWithoutAFullStop(t *testing.T) {
	for _, lang := range health.Languages {
		units := 0
		for k, v := range said.Widgets(lang) {
			if !strings.HasPrefix(k, "unit.") {
				continue
			}
			if units++; strings.HasSuffix(v, ".") {
				t.Errorf("%s: %s is %s", lang, k, v)
			}
		}
		if units < 5 {
			t.Errorf("%s: only %d units", lang, units)
		}
	}
}

// Every language has the same texts, with the same places to fill in, and none is left in English.
func TestTextsAreCompleteInEveryLanguage(t *testing.T) {
	en := said.Widgets("en")
	place := regexp.MustCompile(`\{[a-z]+\}`)
	for _, lang := range health.Languages {
		same := 0
		for k, v := range en {
			got, ok := said.Widgets(lang)[k]
			if !ok || got == "" {
				t.Errorf("%s: no text %s", lang, k)
				continue
			}
			want, have := place.FindAllString(v, -1), place.FindAllString(got, -1)
			slices.Sort(want)
			slices.Sort(have)
			if !slices.Equal(want, have) {
				t.Errorf("%s %s: places %v, want %v", lang, k, have, want)
			}
			if got == v && strings.Contains(v, " ") && len(place.ReplaceAllString(v, "")) > 8 {
				same++
				t.Logf("%s %s is as in English: %s", lang, k, v)
			}
		}
		if lang != "en" && same > 0 {
			t.Errorf("%s: %d texts are not translated", lang, same)
		}
		for _, k := range slices.Sorted(maps.Keys(said.Widgets(lang))) {
			if _, ok := en[k]; !ok {
				t.Errorf("%s: text %s belongs to nothing", lang, k)
			}
		}
		if n := len(strings.Fields(said.Widgets(lang)["months"])); n != 12 {
			t.Errorf("%s: %d months", lang, n)
		}
	}
}

// Each text is used, or its key is made of a name: no word is kept for nothing.
func TestEveryTextIsUsed(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(b)
		}
	}
	made := regexp.MustCompile(`^(biomarker|unit|zone|reason|change|status|graph\.(day|week))(\.|$)`)
	for k := range said.Widgets("en") {
		if !made.MatchString(k) && !strings.Contains(source.String(), `"`+k+`"`) {
			t.Errorf("text %s is used nowhere", k)
		}
	}
	for _, r := range biomarker.Reasons {
		if wordsOf("en").say("reason."+string(r)) == "" {
			t.Errorf("no text for reason %s", r)
		}
	}
	for _, k := range kinds() {
		if wordsOf("en").say("biomarker."+k.Name) == "" || wordsOf("en").say("unit."+k.Unit) == "" {
			t.Errorf("no name or unit for %s", k.Name)
		}
	}
}

func TestNumbersAndDatesAsTheLanguageWritesThem(t *testing.T) {
	at := time.Date(2026, 3, 5, 8, 4, 0, 0, time.UTC)
	now := at.AddDate(0, 0, 3)
	for lang, want := range map[string][]string{
		"en": {"−1.5", "5 Mar", "5 Mar 2026, 08:04", "3 days ago", "a, b and c"},
		"nl": {"−1,5", "5 mrt", "5 mrt 2026, 08:04", "3 dagen geleden", "a, b en c"},
		"fr": {"−1,5", "5 mars", "5 mars 2026, 08:04", "il y a 3 jours", "a, b et c"},
		"de": {"−1,5", "5. März", "5. März 2026, 08:04", "vor 3 Tagen", "a, b und c"},
		"es": {"−1,5", "5 mar", "5 mar 2026, 08:04", "hace 3 días", "a, b y c"},
		"da": {"−1,5", "5. mar.", "5. mar. 2026, 08:04", "for 3 dage siden", "a, b og c"},
		"sv": {"−1,5", "5 mars", "5 mars 2026, 08:04", "för 3 dagar sedan", "a, b och c"},
	} {
		w := wordsOf(lang)
		got := []string{w.number(-1.5, 1), w.day(at, now), w.moment(at), w.ago(at, now), w.list([]string{"a", "b", "c"})}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", lang, got, want)
		}
	}
	if got := wordsOf("nl").lower("’s Nachts wakker worden"); got != "’s nachts wakker worden" {
		t.Errorf("within a sentence: %q", got)
	}
	w := wordsOf("en")
	if got := w.number(-0.04, 1); got != "0.0" {
		t.Errorf("almost nothing is written %q", got)
	}
	if got := w.day(at, now.AddDate(1, 0, 0)); got != "5 Mar 2026" {
		t.Errorf("a day of another year: %q", got)
	}
	if got := w.ago(at, at.Add(15*time.Hour)); got != "today" {
		t.Errorf("the same day: %q", got)
	}
	if got := w.ago(at, at.Add(16*time.Hour)); got != "yesterday" {
		t.Errorf("after one midnight: %q", got)
	}
}
