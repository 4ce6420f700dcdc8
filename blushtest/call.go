package blushtest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// Answer is the server's response to one call.
type Answer struct {
	Status int
	Body   []byte
	Header http.Header
	world  *World
}

// Call makes one call with an API key. body is bytes or a string to send
// unchanged, an io.Reader, nil, or a value to send as JSON. header lists names
// and values alternately; an x-api-key in it replaces key.
func (w *World) Call(key, method, path string, body any, header ...string) Answer {
	w.t.Helper()
	var in io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
		kind = ""
	case io.Reader:
		in = b
	case []byte:
		in = bytes.NewReader(b)
	case string:
		in = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, w.URL+path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if key != "" {
		req.Header.Set("x-api-key", key)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := w.HTTP.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return Answer{Status: resp.StatusCode, Body: answer, Header: resp.Header, world: w}
}

// Want fails the test unless the answer has this status.
func (a Answer) Want(status int) Answer {
	a.world.t.Helper()
	if a.Status != status {
		a.world.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}

// JSON reads the answer's body.
func (a Answer) JSON(into any) Answer {
	a.world.t.Helper()
	if err := json.Unmarshal(a.Body, into); err != nil {
		a.world.t.Fatalf("%v: %s", err, a.Body)
	}
	return a
}

// Places lists the places of the errors of a 422, each as JSON, e.g. ["query","user_id"].
func (a Answer) Places() []string {
	a.world.t.Helper()
	a.Want(http.StatusUnprocessableEntity)
	var body struct {
		Detail []struct {
			Loc       json.RawMessage
			Msg, Type string
		}
	}
	a.JSON(&body)
	places := make([]string, len(body.Detail))
	for i, d := range body.Detail {
		if d.Msg == "" || d.Type == "" {
			a.world.t.Errorf("a fault without words: %s", a.Body)
		}
		places[i] = string(d.Loc)
	}
	return places
}
