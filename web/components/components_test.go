package components_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"regexp"
	"strings"
	"testing"

	"blush.example/blush/web/components"
)

// limit is the most bytes of all components together, compressed with gzip.
const limit = 15_000

func TestBundleIsSmall(t *testing.T) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(components.Script); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes compressed", b.Len())
	if b.Len() >= limit {
		t.Errorf("%d bytes compressed, want less than %d", b.Len(), limit)
	}
}

// A strict content security policy and hostile text rule these out.
func TestSourcesMakeNoMarkup(t *testing.T) {
	dir, err := os.ReadDir("src")
	if err != nil {
		t.Fatal(err)
	}
	never := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\("style"|localStorage|sessionStorage|document\.cookie|//[a-z-]+\.[a-z]+/`)
	for _, f := range dir {
		b, err := os.ReadFile("src/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range never.FindAllString(strings.ReplaceAll(string(b), "http://www.w3.org/2000/svg", ""), -1) {
			t.Errorf("src/%s holds %s", f.Name(), m)
		}
	}
}

// Every language has the same texts as English, with the same placeholders.
func TestWordsAreComplete(t *testing.T) {
	b, err := os.ReadFile("src/words.ts")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "const en = {")
	english, rest, _ := strings.Cut(rest, "\n};")
	entry := regexp.MustCompile(`(\w+): "([^"]+)"`)
	places := regexp.MustCompile(`\{\d\}`)
	want := map[string]string{}
	for _, m := range entry.FindAllStringSubmatch(english, -1) {
		want[m[1]] = strings.Join(places.FindAllString(m[2], -1), "")
	}
	blocks := regexp.MustCompile(`(?s)\n  ([a-z]{2}): \{(.*?)\n  \}`).FindAllStringSubmatch(rest, -1)
	if len(want) < 15 || len(blocks) < 6 {
		t.Fatalf("found %d words and %d other languages", len(want), len(blocks))
	}
	for _, block := range blocks {
		got := map[string]string{}
		for _, m := range entry.FindAllStringSubmatch(block[2], -1) {
			got[m[1]] = strings.Join(places.FindAllString(m[2], -1), "")
		}
		for k, p := range want {
			if g, ok := got[k]; !ok || g != p {
				t.Errorf("%s: %s is %q, want %q", block[1], k, g, p)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s has %d words, want %d", block[1], len(got), len(want))
		}
	}
}
