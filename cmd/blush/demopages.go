package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync/atomic"

	"blush.example/blush/client"
)

// demoMade is what the demo has made and its pages show.
type demoMade struct {
	api    *client.Client
	scanID string
}

// demoPages redirects short addresses to the demo's pages. The real addresses
// contain a token of about 700 characters, which is made when a page is opened.
type demoPages struct{ made atomic.Pointer[demoMade] }

// handlers returns the handlers of the short addresses.
func (p *demoPages) handlers() map[string]http.Handler {
	anna := client.UserRef{ExternalID: demoUser}
	return map[string]http.Handler{
		"/demo/dashboard": p.open(func(ctx context.Context, m *demoMade) (client.PageURL, error) { return m.api.DashboardURL(ctx, anna) }),
		"/demo/result":    p.open(func(ctx context.Context, m *demoMade) (client.PageURL, error) { return m.api.ResultsURL(ctx, m.scanID) }),
		"/demo/scan":      p.open(func(ctx context.Context, m *demoMade) (client.PageURL, error) { return m.api.ScanURL(ctx, anna) }),
	}
}

func (p *demoPages) open(address func(context.Context, *demoMade) (client.PageURL, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		made := p.made.Load()
		if made == nil {
			http.NotFound(w, r)
			return
		}
		page, err := address(r.Context(), made)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		http.Redirect(w, r, page.URL, http.StatusFound)
	})
}

// printDemoLines prints what to try next: pages to open and, if curl is
// installed, shell commands that work unchanged.
func printDemoLines(w io.Writer, url, caFile string, made *demoMade) {
	fmt.Fprintf(w, `In a browser, which warns about the certificate that this machine signed itself:
  %[1]s/demo/dashboard   a year of %[2]s
  %[1]s/demo/result      the scan above
  %[1]s/demo/scan        a scan of your own face
  %[1]s/docs/gallery     every widget; documents at /docs
`, url, demoUser)
	if _, err := exec.LookPath("curl"); err != nil {
		return
	}
	fmt.Fprintf(w, `In a shell: the scan above, then another one
export KEY=%s
export CA=%s API=%s/v2
api() { curl -sS --cacert "$CA" -H "x-api-key: $KEY" "$API/$@"; }
api facescans/%s
api 'facescans?external_user_id=%s' -H content-type:application/json \
  -d '{"synthetic":{"heart_rate":64}}'
`, made.api.APIKey, quoted(caFile), url, made.scanID, demoUser)
}

// quoted quotes a path for a shell.
func quoted(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
