package clients_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/blushtest/browser"
	"blush.example/blush/client"

	"github.com/evanw/esbuild/pkg/api"
)

// The frame of docs/embedding.md and the script below it make a page: it hears of the scan's result, and its close() ends the scan and removes the frame.
func frameOfTheDocuments(t *testing.T, at, key string, b *browser.Browser) {
	const document, placeholder = "../docs/embedding.md", "https://scan.example.org/scan?action_token=TOKEN"
	c := &client.Client{BaseURL: at, APIKey: key}
	address, err := c.ScanURL(t.Context(), client.UserRef{ExternalID: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	frame := blocks(t, document, "html")
	if !strings.Contains(frame, placeholder) {
		t.Fatalf("the frame has no address: %s", frame)
	}
	script := transformed(t, api.TransformOptions{Loader: api.LoaderTS, Target: api.ES2022}, blocks(t, document, "ts"))
	page := fmt.Sprintf("<!doctype html><html lang=en><title>Host</title>%s<script>const said = [];\nconsole.log = (...words) => said.push(words.join(' '));\n%s</script>", strings.ReplaceAll(frame, placeholder, address.URL), script)
	host := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = rw.Write([]byte(page))
	}))
	t.Cleanup(host.Close)

	b.Open(strings.Replace(host.URL, "127.0.0.1", "localhost", 1))
	id := tells72(t, b, at, key)
	b.WaitFor(`said.length > 0`)
	var said string
	b.Eval(`said.join("; ")`, &said)
	if want := "a result to fetch: " + id; said != want {
		t.Errorf("the page says %q, want %q", said, want)
	}
	b.Eval(`close()`, nil)
	b.WaitFor(`!document.querySelector("iframe")`)
	if stages := b.Stages(); !slices.Contains(stages, "dismiss") {
		t.Errorf("the page heard of %v", stages)
	}
}
