package deliver

import (
	"net/netip"
	"net/url"
	"testing"
	"time"
)

// A number of seconds that is too large for any integer asks for the longest pause, and a negative one for none.
func TestRetryAfterOfAnyLength(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "9999999": longestRetryAfter, "9999999999999999999999999": longestRetryAfter,
		"-5": 0, "-9223372036854775807": 0, "-9999999999999999999999999": 0, "soon": 0,
	} {
		if got := retryAfter(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// Whatever a receiver asks for, a delivery waits at most so long.
func FuzzRetryAfter(f *testing.F) {
	for _, text := range []string{"", "120", "-1", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if wait := retryAfter(text); wait < 0 || wait > longestRetryAfter {
			t.Errorf("%q: %s", text, wait)
		}
	})
}

// Whatever is sent as the address of a webhook: one that is accepted names no address of the server's own networks.
func FuzzURL(f *testing.F) {
	for _, text := range []string{"https://hook.example", "https://127.0.0.1", "https://[::ffff:10.0.0.1]:8443/in?a=b", "https://u@hook.example", "https://[fe80::1%25eth0]", "https://[64:ff9b::7f00:1]"} {
		f.Add(text)
	}
	s := newSender(Config{Timeout: time.Second})
	f.Fuzz(func(t *testing.T, text string) {
		if s.urlFault(text) != "" {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast()) {
			t.Errorf("%q is accepted", text)
		}
	})
}
