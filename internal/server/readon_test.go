package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/internal/httpapi"
	"blush.example/blush/internal/server"
)

// A client of HTTP/1.1 that sends all of a large body before it reads, as most do,
// still gets the error response, wherever it was refused.
func TestRefusedUploadsHearWhy(t *testing.T) {
	const large = 12 << 20 // bytes
	limits := httpapi.Limits{}
	w := blushtest.Start(t, func(c *server.Config) { c.TLS.Plain, c.Limits = true, &limits; c.Scan.MaxVideoBytes = 1 << 20 })
	path := "/v2/facescans?user_id=" + w.User().UserID
	noise := bytes.Repeat([]byte("0123456789abcdef"), large/16)
	form := append([]byte("--b\r\nContent-Disposition: form-data; name=\"video\"; filename=\"a.avi\"\r\n\r\n"), noise...)
	u, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	send := func(t *testing.T, method, path, headers string, body []byte, chunked bool) *http.Response {
		t.Helper()
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(time.Minute))
		length := fmt.Sprintf("Content-Length: %d", max(len(body), large))
		if chunked {
			length = "Transfer-Encoding: chunked"
			body = append(fmt.Appendf(nil, "%x\r\n", len(body)), append(body, "\r\n0\r\n\r\n"...)...)
		}
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n%s\r\n\r\n", method, path, u.Host, length, headers)
		if strings.Contains(headers, "100-continue") {
			body = nil // it waits for 100 Continue, and is refused instead
		}
		if _, err := conn.Write(body); err != nil {
			t.Fatalf("sending broke off: %v", err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("the answer is lost: %v", err)
		}
		defer resp.Body.Close()
		if resp.ContentLength < 0 {
			t.Error("the response does not say how long it is")
		}
		if text, err := io.ReadAll(resp.Body); err != nil || !bytes.Contains(text, []byte(`"detail"`)) {
			t.Fatalf("%q, %v", text, err)
		}
		return resp
	}
	key := "x-api-key: " + w.Dev + "\r\n"
	for _, c := range []struct {
		name, method, path, headers string
		body                        []byte
		status                      int
	}{
		{"wrong key", "POST", path, "x-api-key: wrong\r\nContent-Type: application/json", noise, 401},
		{"no key, and waits to be asked", "POST", path, "Content-Type: application/json\r\nExpect: 100-continue", noise, 401},
		{"another kind", "POST", path, key + "Content-Type: text/csv", noise, 415},
		{"no compression", "POST", path, key + "Content-Type: application/json\r\nContent-Encoding: gzip", noise, 422},
		{"no form", "POST", path, key + "Content-Type: multipart/form-data", noise, 422},
		{"no JSON", "POST", path, key + "Content-Type: application/json", noise, 422},
		{"too large a trace", "POST", path, key + "Content-Type: application/json", append(noise, noise...), 413},
		{"too large a video", "POST", path, key + "Content-Type: multipart/form-data; boundary=b", form, 413},
		{"too large a user", "POST", "/v2/users", key + "Content-Type: application/json", noise, 413},
		{"too large, with a key of its own", "POST", path, key + "Content-Type: application/json\r\nIdempotency-Key: k", append(noise, noise...), 413},
		{"no such path", "POST", "/v2/nothing", key + "Content-Type: application/json", noise, 404},
		{"no such method", "PUT", path, key + "Content-Type: application/json", noise, 405},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, chunked %v", c.name, chunked), func(t *testing.T) {
				if resp := send(t, c.method, c.path, c.headers, bytes.Clone(c.body), chunked); resp.StatusCode != c.status {
					t.Errorf("%d, want %d", resp.StatusCode, c.status)
				}
			})
		}
		if c.status <= 405 || c.status == 415 { // refused before its body is read: curl stops sending then, and waits for the end of the response
			t.Run(c.name+", sent in part", func(t *testing.T) {
				if resp := send(t, c.method, c.path, c.headers, c.body[:1<<10], false); resp.StatusCode != c.status {
					t.Errorf("%d, want %d", resp.StatusCode, c.status)
				}
			})
		}
	}
}
