// Command go is a backend with a page that embeds the scan. The key stays here: the
// page gets an address that opens the scan page for one user, and the result.
//
//	BLUSH_URL=http://localhost:8443 BLUSH_KEY=blush_dev_… go run ./examples/go
package main

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"blush.example/blush/client"
)

//go:embed index.html
var page []byte

type backend struct{ blush *client.Client }

// user is the user who is logged in. In your app, take it from the request's session.
func user(*http.Request) client.UserRef { return client.UserRef{ExternalID: "anna"} }

// startScan registers the user, which may be repeated, and returns the address of the scan page.
func (b backend) startScan(w http.ResponseWriter, r *http.Request) {
	id, birth, sex := user(r).ExternalID, "1990-05-17", "F"
	_, _, err := b.blush.CreateUser(r.Context(), client.User{ExternalUserID: &id, BirthDate: &birth, Sex: &sex})
	if err != nil {
		fail(w, err)
		return
	}
	page, err := b.blush.ScanURL(r.Context(), user(r))
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, page)
}

// result returns a scan of the user. The page names it, so check whose it is.
func (b backend) result(w http.ResponseWriter, r *http.Request) {
	me, err := b.blush.User(r.Context(), user(r))
	if err != nil {
		fail(w, err)
		return
	}
	scan, err := b.blush.Wait(r.Context(), r.PathValue("id"))
	if err != nil {
		fail(w, err)
		return
	}
	if scan.UserID != me.UserID {
		http.NotFound(w, r)
		return
	}
	answer(w, scan)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		log.Print(err)
	}
}

// fail logs the error, which the page must not show.
func fail(w http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(w, "The scan service could not be reached.", http.StatusBadGateway)
}

func main() {
	b := backend{&client.Client{BaseURL: os.Getenv("BLUSH_URL"), APIKey: os.Getenv("BLUSH_KEY")}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if _, err := w.Write(page); err != nil {
			log.Print(err)
		}
	})
	mux.HandleFunc("POST /scan", b.startScan)
	mux.HandleFunc("GET /results/{id}", b.result)

	l, err := net.Listen("tcp", "localhost:"+cmp.Or(os.Getenv("PORT"), "3000"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://localhost:%d\n", l.Addr().(*net.TCPAddr).Port)
	log.Fatal((&http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}).Serve(l))
}
