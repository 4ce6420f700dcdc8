package web

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/internal/words"
)

// Every word that a person's pages ask for is there, and each is asked for.
func TestPersonsWordsAreUsed(t *testing.T) {
	en := words.Person("en")
	var all strings.Builder
	for _, pattern := range []string{sources + "/person/*.ts", "pages/dashboard.html", "pages/results.html", "pages/frame.html"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
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
