package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/check"
	"blush.example/blush/internal/account"
)

// words reads one language; a key that stands twice is an error.
func words(t *testing.T, language string) map[string]string {
	t.Helper()
	b, err := files.ReadFile("assets/lang/" + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	if lines := strings.Count(string(b), `": "`); lines != len(out) {
		t.Errorf("%s: %d lines, %d keys", language, lines, len(out))
	}
	return out
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

// Every language says everything, with the same placeholders.
func TestLanguagesAreComplete(t *testing.T) {
	en := words(t, "en")
	entries, err := files.ReadDir("assets/lang")
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, e := range entries {
		there = append(there, strings.TrimSuffix(e.Name(), ".json"))
	}
	want := slices.Sorted(slices.Values(account.Languages))
	if !reflect.DeepEqual(there, want) {
		t.Fatalf("languages %v, users may have %v", there, want)
	}
	for _, language := range there {
		w := words(t, language)
		for key, text := range en {
			got, ok := w[key]
			if !ok {
				t.Errorf("%s has no %s", language, key)
				continue
			}
			a, b := placeholder.FindAllString(text, -1), placeholder.FindAllString(got, -1)
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(a, b) {
				t.Errorf("%s: %s has the placeholders %v, English has %v", language, key, b, a)
			}
			if (got == "") != (text == "") || strings.TrimSpace(got) != got {
				t.Errorf("%s: %s is %q", language, key, got)
			}
			if got == text && len(text) > 12 && language != "en" {
				t.Errorf("%s: %s is English: %q", language, key, got)
			}
		}
		for key := range w {
			if _, ok := en[key]; !ok {
				t.Errorf("%s has %s, English has not", language, key)
			}
		}
	}
}

// What the scripts ask for is there, and nothing is there that nobody asks for.
func TestWordsAreUsed(t *testing.T) {
	en := words(t, "en")
	used := map[string]bool{}
	literal := regexp.MustCompile(`["'` + "`" + `]([a-z_]+(?:\.[a-zA-Z0-9_/]+)*)["'` + "`" + `]|data-text="([a-z_.]+)"`)
	made := map[string][]string{ // keys that are put together: prefix and what follows
		"biomarker.": nil, "unit.": nil, "reason.": nil, "check.": nil, "camera.": {"denied.title", "in_use.title", "no_camera.title", "denied", "in_use", "no_camera"},
		"camera.denied.": {"chrome", "android", "safari", "ios", "firefox", "app"}, "scan.paused.": {"face", "two", "app"}, "result.quality.": {"good", "fair", "poor"},
	}
	for _, k := range biomarker.Catalogue {
		if k.FromScan {
			made["biomarker."] = append(made["biomarker."], string(k.Name))
			made["unit."] = append(made["unit."], k.Unit)
		}
	}
	for _, r := range biomarker.Reasons {
		made["reason."] = append(made["reason."], string(r), string(r)+".help")
	}
	for _, c := range check.Codes() {
		switch {
		case c == check.None:
		case c <= check.NotEnoughSkin:
			made["check."] = append(made["check."], string(rune('0'+int(c))))
		default:
			made["check."] = append(made["check."], c.String())
		}
	}
	for prefix, rest := range made {
		for _, r := range rest {
			if _, ok := en[prefix+r]; !ok {
				t.Errorf("no words for %s%s", prefix, r)
			}
			used[prefix+r] = true
		}
	}
	for _, root := range []string{"assets", "pages"} {
		err := fs.WalkDir(files, root, func(name string, d fs.DirEntry, err error) error {
			if ext := path.Ext(name); err != nil || d.IsDir() || ext != ".js" && ext != ".html" {
				return err
			}
			b, err := files.ReadFile(name)
			for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
				used[m[1]+m[2]] = true
			}
			for _, m := range regexp.MustCompile(`\bt\("([^"]+)"[,)]`).FindAllStringSubmatch(string(b), -1) {
				if _, ok := en[m[1]]; !ok && strings.HasPrefix(name, "assets/scan/") {
					t.Errorf("%s asks for %s, which has no words", name, m[1])
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(en)) {
		if !used[key] {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

// consentTexts is the hash of what each version of the consent says in all
// languages: a change of the words is a new version, and users are asked anew.
var consentTexts = map[string]string{
	"1.0": "d7ff6442390dd075c2aa4fedf9e638eafcba6bc6d5e2db3004e91f4bf1aabe3f",
}

func TestConsentTextHasItsVersion(t *testing.T) {
	b, err := files.ReadFile("assets/scan/steps.js")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`CONSENT = "([^"]+)"`).FindStringSubmatch(string(b))
	if version == nil {
		t.Fatal("no version of the consent")
	}
	sum := sha256.New()
	for _, language := range account.Languages {
		w := words(t, language)
		for _, key := range []string{"consent.title", "consent.1", "consent.2", "consent.3", "consent.4"} {
			fmt.Fprintf(sum, "%s %s %s\n", language, key, w[key])
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); consentTexts[version[1]] != got {
		t.Errorf("the consent's words are not those of version %s: raise CONSENT in steps.js and note the new hash %s here", version[1], got)
	}
}
