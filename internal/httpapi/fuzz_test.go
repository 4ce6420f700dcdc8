package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Rewriting the whole numbers of a JSON body does not change its meaning. A body that is not JSON, or is ambiguous, is an
// error.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"expires_in":3600.0}`, `{"a":36e2,"b":[1.5,-0.0,1e400]}`, `{"a":1,"a":2}`, `"\ud83d"`, "\"zo\xe9\"", `{"a":{"a":"\ud83d\ude00"}}`, `[`, ``} {
		f.Add([]byte(text))
	}
	unmarshal := jsonFormat().Unmarshal
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, want any
		err := unmarshal(bytes.Clone(data), &got)
		if !json.Valid(data) {
			if err == nil {
				t.Errorf("%q is read as %v", data, got)
			}
			return
		}
		if err != nil || json.Unmarshal(data, &want) != nil {
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", data, diff)
		}
	})
}

// Whatever a proxy sends as the client's address, the result is an IP address without a zone, or none.
func FuzzClientAddress(f *testing.F) {
	for _, text := range []string{"192.0.2.1", "[2001:db8::1]:443", "::ffff:192.0.2.1", "fe80::1%eth0", "", "192.0.2.1:80:90"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ip, ok := ParseAddress(text)
		if ok != ip.IsValid() || ip.Zone() != "" || ip.Is4In6() {
			t.Errorf("%q is %v, %t", text, ip, ok)
		}
		RemoteAddress(&http.Request{RemoteAddr: text})
	})
}
