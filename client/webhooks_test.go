package client_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"blush.example/blush/client"
)

// Only a request that a Standard Webhooks library signed is verified.
func TestVerifyWebhook(t *testing.T) {
	const secret, other, id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "msg_1"
	const payload = `{"type":"scan.done","timestamp":"2026-01-02T03:04:05.678Z","data":{"user_id":"u"}}`
	signed := func(at time.Time) http.Header {
		wh, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := wh.Sign(id, at, []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set("webhook-id", id)
		h.Set("webhook-timestamp", fmt.Sprint(at.Unix()))
		h.Set("webhook-signature", "v1a,abc v1,AAAA "+signature)
		return h
	}
	now := time.Now()
	for _, secrets := range [][]string{{secret}, {other, secret}, {strings.TrimPrefix(secret, "whsec_")}} {
		e, err := client.VerifyWebhook([]byte(payload), signed(now), secrets...)
		if err != nil || e.ID != id || e.Type != "scan.done" || string(e.Data) != `{"user_id":"u"}` || e.Timestamp.UnixMilli() != 1767323045678 {
			t.Errorf("%v: %+v, %v", secrets, e, err)
		}
	}
	with := func(name, value string) http.Header {
		h := signed(now)
		h.Set(name, value)
		return h
	}
	for name, c := range map[string]struct {
		payload string
		header  http.Header
		secrets []string
	}{
		"other payload":  {payload + " ", signed(now), []string{secret}},
		"other secret":   {payload, signed(now), []string{other}},
		"no secret":      {payload, signed(now), nil},
		"broken secret":  {payload, signed(now), []string{"whsec_?"}},
		"empty secret":   {payload, signed(now), []string{"whsec_"}},
		"too old":        {payload, signed(now.Add(-6 * time.Minute)), []string{secret}},
		"too new":        {payload, signed(now.Add(6 * time.Minute)), []string{secret}},
		"other id":       {payload, with("webhook-id", "msg_2"), []string{secret}},
		"no id":          {payload, with("webhook-id", ""), []string{secret}},
		"other time":     {payload, with("webhook-timestamp", fmt.Sprint(now.Unix()+1)), []string{secret}},
		"no time":        {payload, with("webhook-timestamp", "now"), []string{secret}},
		"no signature":   {payload, with("webhook-signature", ""), []string{secret}},
		"other version":  {payload, with("webhook-signature", strings.ReplaceAll(signed(now).Get("webhook-signature"), "v1,", "v2,")), []string{secret}},
		"nothing at all": {payload, http.Header{}, []string{secret}},
	} {
		if e, err := client.VerifyWebhook([]byte(c.payload), c.header, c.secrets...); err == nil {
			t.Errorf("%s: verified as %+v", name, e)
		}
	}
}
