package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/check"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/words"
)

// sources is where the pages' scripts are made from.
const sources = "../../web/pages"

// What the scripts ask for is there, and nothing is there that nobody asks for.
func TestWordsAreUsed(t *testing.T) {
	en := words.Pages("en")
	used := map[string]bool{}
	literal := regexp.MustCompile(`["'` + "`" + `]([a-z_]+(?:\.[a-zA-Z0-9_/]+)*)["'` + "`" + `]|data-t="([a-z_.]+)"`)
	made := map[string][]string{ // keys that are put together: prefix and what follows
		"biomarker.": nil, "unit.": nil, "reason.": nil, "check.": nil, "camera.": {"denied.title", "in_use.title", "no_camera.title", "denied", "in_use", "no_camera"},
		"camera.denied.": {"chrome", "android", "safari", "ios", "firefox", "app"}, "scan.paused.": {"face", "two", "app"}, "result.quality.": blush.Qualities,
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
	for _, root := range []string{sources, "pages"} {
		err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if ext := path.Ext(name); err != nil || d.IsDir() || ext != ".ts" && ext != ".html" {
				return err
			}
			b, err := os.ReadFile(name)
			for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
				used[m[1]+m[2]] = true
			}
			for _, m := range regexp.MustCompile(`\bt\("([^"]+)"[,)]`).FindAllStringSubmatch(string(b), -1) {
				if _, ok := en[m[1]]; !ok && strings.HasPrefix(name, sources+"/scan/") {
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
		shared := strings.HasPrefix(key, "biomarker.") || strings.HasPrefix(key, "unit.") // with the widgets, which have more of them
		if !used[key] && !shared {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

// The words of the consent are noted in each language's file, by the version of the consent and the start of their hash: a change of the
// words is a new version, and people are asked anew.
func TestConsentTextHasItsVersion(t *testing.T) {
	b, err := os.ReadFile(sources + "/scan/steps.ts")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`CONSENT = "([^"]+)"`).FindStringSubmatch(string(b))
	if version == nil {
		t.Fatal("no version of the consent")
	}
	for _, language := range words.Languages {
		sum, w := sha256.New(), words.Pages(language)
		for _, key := range []string{"consent.title", "consent.1", "consent.2", "consent.3", "consent.4"} {
			fmt.Fprintf(sum, "%s %s\n", key, w[key])
			// A consent holds for scans of every length; the welcome says how long this one takes.
			if regexp.MustCompile(`(?i)minut|se[ck]und|segund|\{s\}`).MatchString(w[key]) {
				t.Errorf("the consent in %s says how long a scan takes: %s", language, w[key])
			}
		}
		if want, got := version[1]+" "+hex.EncodeToString(sum.Sum(nil)[:8]), words.Phrases(language)["consent"]; got != want {
			t.Errorf("internal/words/%s.json: phrases notes the consent %q, but its words are %q: if its words have changed, raise CONSENT in steps.ts; then note them", language, got, want)
		}
	}
}
