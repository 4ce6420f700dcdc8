package web_test

import (
	"bytes"
	"net/http"
	"testing"

	"blush.example/blush/blushtest"
	"blush.example/blush/web/components"
)

// The server has the package of its components for package managers.
func TestComponentsPackage(t *testing.T) {
	w := blushtest.Start(t)
	want, err := components.Package()
	if err != nil {
		t.Fatal(err)
	}
	a := w.Call("", "GET", "/assets/components.tgz", nil).Want(http.StatusOK)
	if !bytes.Equal(a.Body, want) || a.Header.Get("Content-Type") != "application/gzip" {
		t.Errorf("%d bytes of %s", len(a.Body), a.Header.Get("Content-Type"))
	}
}
