package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/internal/catalogue"
)

// definitions are the files that define a set as a list.
var definitions = map[string]string{
	"camera_statuses": "internal/catalogue/stages.go",
	"other_errors":    "internal/catalogue/stages.go",
	"profiles":        "internal/health/profile.go",
	"qualities":       "internal/blush/blush.go",
	"scan_biomarkers": "internal/account/page.go",
	"aggregations":    "internal/widget/view.go",
	"sources":         "internal/widget/view.go",
}

// examples are tests that list what they expect.
var examples = []string{"internal/generate/lists_test.go", "internal/health/journey_test.go"}

// No set of the catalogue is written by hand, in any order and any notation: neither as an enum, a type or a list in code, nor as a list in
// a document. A list that lacks one name of a set of five or more is that set, too.
func TestNoSetIsWrittenTwice(t *testing.T) {
	for where, text := range writtenByHand(t) {
		file := strings.TrimPrefix(filepath.ToSlash(where), root+"/")
		if slices.Contains(examples, file) {
			continue
		}
		if said := languageCount() + " languages"; strings.Contains(text, said) {
			t.Errorf("%s says %q, which the next language makes wrong: in a document take <!-- made: language_count -->, elsewhere say every language", file, said)
		}
		for set, list := range listsIn(text) {
			if definitions[set] != file {
				t.Errorf("%s has the set %s, written by hand: %.200s: take it from internal/catalogue, in a document by <!-- made: %s -->", file, set, list, set)
			}
		}
	}
}

func TestListsAreFound(t *testing.T) {
	for text, want := range map[string]string{
		strings.Join(catalogue.Set("languages")[1:], `", "`):        "languages", // without English
		"`physical`, `energy-sleep` or `mental`":                    "profiles",
		`Quality string enum:"poor,fair,good" doc:"?"`:              "qualities",
		`quality: "good" | "fair" | "poor";`:                        "qualities",
		"a good scan, a fair light, a poor camera":                  "",
		`{"heart_rate": 60, "respiratory_rate": 14}`:                "",
		`"heart_rate", "respiratory_rate", "rmssd", "pnn50", "sd1"`: "",
	} {
		lists := listsIn(text)
		if _, found := lists[want]; found != (want != "") || !found && len(lists) > 0 {
			t.Errorf("%s: lists %q, want %s", text, lists, want)
		}
	}
}

var (
	word    = regexp.MustCompile(`\w[\w.-]*\w|\w`)
	between = regexp.MustCompile("^[\\s\"'`,|]*$") // the names of a list
)

// listsIn finds the sets of the catalogue that are written out in a text, each with its list.
func listsIn(text string) map[string]string {
	type list struct {
		from int
		seen map[string]bool
	}
	out, open := map[string]string{}, map[string]*list{}
	last := 0
	for _, at := range word.FindAllStringIndex(text, -1) {
		name, apart := text[at[0]:at[1]], !between.MatchString(text[last:at[0]])
		last = at[1]
		if apart {
			clear(open)
		} else if name == "and" || name == "or" {
			continue
		}
		for set := range open {
			if !slices.Contains(setsOf[name], set) {
				delete(open, set)
			}
		}
		for _, set := range setsOf[name] {
			if open[set] == nil {
				open[set] = &list{at[0], map[string]bool{}}
			}
			l := open[set]
			if l.seen[name] = true; len(l.seen) >= least(set) {
				out[set] = text[l.from:at[1]]
			}
		}
	}
	return out
}

// least is the number of names of a set that make a list of it.
func least(set string) int {
	n := len(catalogue.Set(set))
	if n >= 5 {
		n--
	}
	return n
}

// setsOf are the sets that a name is in; two words may occur together by chance, so there are only sets of three and more.
var setsOf = func() map[string][]string {
	out := map[string][]string{}
	for _, set := range catalogue.Names() {
		if names := catalogue.Set(set); len(names) >= 3 {
			for _, name := range names {
				out[name] = append(out[name], set)
			}
		}
	}
	return out
}()
