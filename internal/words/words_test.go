package words

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/biomarker"

	"github.com/go-json-experiment/json/jsontext"
)

// Each language has exactly the keys of English, with the same placeholders, and its texts are not the English ones.
func TestLanguagesAreComplete(t *testing.T) {
	place := regexp.MustCompile(`\{\w+\}`)
	places := func(s string) []string { return slices.Sorted(slices.Values(place.FindAllString(s, -1))) }
	for _, code := range Languages {
		for section, texts := range map[string]func(string) map[string]string{
			"phrases": Phrases, "pages": Pages, "person": Person, "health": Health, "widgets": Widgets, "components": Components, "report": Report,
		} {
			en, got := texts(English), texts(code)
			for key, want := range en {
				text, ok := got[key]
				switch {
				case !ok:
					t.Errorf("internal/words/%s.json: %s has no %s", code, section, key)
				case (text == "") != (want == "") || strings.TrimSpace(text) != text && key != "decimal":
					t.Errorf("%s: %s: %s is %q", code, section, key, text)
				case !slices.Equal(places(text), places(want)):
					t.Errorf("%s: %s: %s has the placeholders %v, English has %v", code, section, key, places(text), places(want))
				case code != English && text == want && len(place.ReplaceAllString(text, "")) > 20 && strings.Contains(text, " "):
					t.Errorf("%s: %s: %s is English: %q", code, section, key, text)
				}
			}
			for _, key := range slices.Sorted(maps.Keys(got)) {
				if _, ok := en[key]; !ok {
					t.Errorf("internal/words/%s.json: %s has %s, which English does not have", code, section, key)
				}
			}
		}
		if len(code) != 2 || Name(code) == "" {
			t.Errorf("language %q is called %q", code, Name(code))
		}
	}
	if !slices.Contains(Languages, "sv") || Languages[0] != English || Name("sv") != "Svenska" || Name("tlh") != "English" {
		t.Errorf("languages %v", Languages)
	}
}

// Why a scan gave no value is followed by refused.again, so the reason itself doesn't say "again" too.
func TestReasonsDoNotSayAgain(t *testing.T) {
	for _, code := range Languages {
		again := Phrases(code)["again"]
		says := regexp.MustCompile(`(?i)(^|\PL)(` + again + `)`)
		if text := Widgets(code)["refused.again"]; again == "" || !says.MatchString(text) {
			t.Errorf("internal/words/%s.json: refused.again is %q, in which the phrase %q was not found", code, text, again)
		}
		for key, text := range Widgets(code) {
			if strings.HasPrefix(key, "reason.") && says.MatchString(text) {
				t.Errorf("%s: %s: %q", code, key, text)
			}
		}
	}
}

// Every biomarker of a scan and its unit are named, in exactly the supported languages.
func TestBiomarkersAreNamedInEveryLanguage(t *testing.T) {
	var shared biomarkers
	load(biomarkersFile, &shared)
	for _, k := range biomarker.Catalogue {
		if k.FromScan && shared.Names[string(k.Name)] == nil {
			t.Errorf("internal/words/%s: names has no %s", biomarkersFile, k.Name)
		}
		if shared.Units[k.Unit] == nil {
			t.Errorf("internal/words/%s: units has no %s, the unit of %s", biomarkersFile, k.Unit, k.Name)
		}
	}
	for what, set := range map[string]map[string]map[string]string{"names": shared.Names, "on_pages": shared.OnPages, "units": shared.Units} {
		for key, texts := range set {
			if there := slices.Sorted(maps.Keys(texts)); !slices.Equal(there, slices.Sorted(slices.Values(Languages))) {
				t.Errorf("internal/words/%s: %s: %s has the languages %v, want %v", biomarkersFile, what, key, there, Languages)
			}
		}
	}
}

// What the documents, the command line and FHIR call a vital sign is what pages and tiles call it in English.
func TestVitalSignsHaveOneName(t *testing.T) {
	for _, k := range biomarker.Catalogue {
		if name := Pages(English)["biomarker."+string(k.Name)]; k.LOINC != "" && k.FromScan && name != k.Title {
			t.Errorf("%s is %q on pages, %q elsewhere", k.Name, name, k.Title)
		}
	}
}

// If a key occurred twice, one of its texts would be lost.
func TestNoKeyOccursTwice(t *testing.T) {
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := files.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		d := jsontext.NewDecoder(bytes.NewReader(b)) // refuses duplicates
		for err == nil {
			_, err = d.ReadToken()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", e.Name(), err)
		}
	}
}

// Whoever stayed until the end of a short scan is not told to stay until the end: a tile says of a scan that
// was too short what the scan page says.
func TestTooShortSaysTheSameEverywhere(t *testing.T) {
	for _, code := range Languages {
		p := Pages(code)
		if want, got := p["reason.too_short"]+" "+p["reason.too_short.help"], Widgets(code)["reason.too_short"]; got != want {
			t.Errorf("%s: a tile says %q, the scan page %q", code, got, want)
		}
	}
}

// The quality of a recording has one word on the scan page, on the other pages and in reports.
func TestQualityHasOneName(t *testing.T) {
	for _, code := range Languages {
		compared := 0
		for key, page := range Person(code) {
			if !strings.HasPrefix(key, "quality.") {
				continue
			}
			compared++
			if scan := Pages(code)["result."+key]; scan != page {
				t.Errorf("%s: the scan page says %q, the other pages %q", code, scan, page)
			}
		}
		if compared < 3 {
			t.Errorf("%s: %d qualities", code, compared)
		}
	}
}

// A scan without a result gives its reason once: the words before it guess at none.
func TestNoResultGuessesAtNoReason(t *testing.T) {
	for _, code := range Languages {
		if text := Pages(code)["result.none"]; strings.Count(text, ".") != 1 {
			t.Errorf("%s: %q is more than that there is no result", code, text)
		}
	}
}

// What a locked tile says is a sentence.
func TestLockedEndsItsSentence(t *testing.T) {
	for _, code := range Languages {
		for _, key := range []string{"locked.text", "locked.steps"} {
			if text := Widgets(code)[key]; !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %s is %q", code, key, text)
			}
		}
	}
}

// An instruction of two sentences ends like one.
func TestInstructionsEndTheirSentences(t *testing.T) {
	for _, code := range Languages {
		for key, text := range Pages(code) {
			if strings.HasPrefix(key, "check.") && strings.Contains(text, ". ") && !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %s is %q", code, key, text)
			}
		}
	}
}

// A page that closed itself has no button: it asks nothing.
func TestClosedAsksNothing(t *testing.T) {
	for _, code := range Languages {
		for _, key := range []string{"timeout.title", "timeout", "closed.title", "closed"} {
			if text := Pages(code)[key]; strings.Contains(text, "?") {
				t.Errorf("%s: %s asks %q", code, key, text)
			}
		}
	}
}

// How likely the bar around a score contains the true one was never checked on people: it follows from the model, and the text says so.
func TestBarOfAScoreIsTheModels(t *testing.T) {
	for _, code := range Languages {
		if text := Report(code)["stood.key"]; !regexp.MustCompile(`mod[eè]l`).MatchString(strings.ToLower(text)) {
			t.Errorf("%s: %q does not say that it follows from the model", code, text)
		}
	}
}
