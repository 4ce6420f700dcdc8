package server_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/blush"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// A trace may be sent in its compact form. It is the same scan as the same trace in JSON, and a damaged one is a 422.
func TestCompactTraceOverTheAPI(t *testing.T) {
	w := blushtest.Start(t)
	path := "/v2/facescans?user_id=" + w.User().UserID
	tr, _ := simulate.NewScene(4, 12).Trace()
	tr.ScanID = blush.NewID()
	var form bytes.Buffer
	if err := rppg.WriteTraceCompact(&form, tr.Rounded()); err != nil {
		t.Fatal(err)
	}
	send := func(body []byte, header ...string) blushtest.Answer {
		return w.Call(w.Dev, "POST", path, body, append([]string{"Content-Type", rppg.CompactType}, header...)...)
	}
	send(form.Bytes()).Want(http.StatusCreated)
	send(form.Bytes()).Want(http.StatusOK)
	send(packed(t, form.Bytes()), "Content-Encoding", "gzip").Want(http.StatusOK)
	var text bytes.Buffer
	if err := rppg.WriteTraceJSON(&text, tr); err != nil {
		t.Fatal(err)
	}
	w.Call(w.Dev, "POST", path, text.Bytes()).Want(http.StatusOK) // of the JSON, too

	half := form.Bytes()[:form.Len()/2]
	for _, bad := range [][]byte{nil, []byte("\x89BTR"), half, append(slices.Clone(form.Bytes()), 0), text.Bytes()} {
		if got := send(bad).Places(); !slices.Equal(got, []string{`["body"]`}) {
			t.Errorf("%.8q…: %v", bad, got)
		}
	}
	send(make([]byte, rppg.MaxDecodedBytes+1)).Want(http.StatusRequestEntityTooLarge)
	if a := w.Call(w.Dev, "POST", path, form.Bytes(), "Content-Type", "application/octet-stream").Want(415); !strings.Contains(string(a.Body), rppg.CompactType) {
		t.Errorf("%s", a.Body)
	}
}
