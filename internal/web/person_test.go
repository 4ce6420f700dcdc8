package web

import (
	"encoding/json"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// personWords reads a language of the dashboard and the results page.
func personWords(t *testing.T, language string) map[string]string {
	t.Helper()
	b, err := files.ReadFile("assets/person/lang/" + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	return out
}

// Each language of a person's own pages says the same things, with the same places to fill.
func TestPersonsLanguagesAreComplete(t *testing.T) {
	en := personWords(t, "en")
	places := regexp.MustCompile(`\{\w+\}`)
	filled := func(s string) []string { return slices.Sorted(slices.Values(places.FindAllString(s, -1))) }
	for _, language := range []string{"nl", "fr", "de", "es", "da", "sv"} {
		w := personWords(t, language)
		for key, text := range en {
			got, ok := w[key]
			switch {
			case !ok || strings.TrimSpace(got) == "":
				t.Errorf("%s has no %s", language, key)
			case !slices.Equal(filled(text), filled(got)):
				t.Errorf("%s: %s fills %v, English fills %v", language, key, filled(got), filled(text))
			case got == text && len(text) > 12:
				t.Errorf("%s: %s is English: %q", language, key, got)
			}
		}
		if len(w) != len(en) {
			t.Errorf("%s has %d words, English %d", language, len(w), len(en))
		}
	}
}

// Every word that a person's pages ask for is there, and each is asked for.
func TestPersonsWordsAreUsed(t *testing.T) {
	en := personWords(t, "en")
	var all strings.Builder
	for _, pattern := range []string{"assets/person/*.js", "pages/dashboard.html", "pages/results.html", "pages/frame.html"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		}
	}
	text := all.String()
	for _, m := range regexp.MustCompile(`\bt\("([^"]+)"[,)]|data-t="([^"]+)"`).FindAllStringSubmatch(text, -1) {
		if _, ok := en[m[1]+m[2]]; !ok {
			t.Errorf("the pages ask for %q, which has no words", m[1]+m[2])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(en)) {
		prefix := key[:strings.LastIndex(key, ".")+1] // of keys that are put together
		if !strings.Contains(text, `"`+key+`"`) && (prefix == "" || !strings.Contains(text, `"`+prefix+`" +`)) {
			t.Errorf("%s is used nowhere", key)
		}
	}
}
