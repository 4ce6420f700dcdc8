package server_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/client"
)

// If a browser cannot name its time zone, or names one that this machine does not know,
// nothing is lost: the zone counts as UTC and is marked as unknown. A program with an API
// key gets an error.
func TestUnknownTimeZones(t *testing.T) {
	blushtest.OnBothDatabases(t, func(t *testing.T, w *blushtest.World) {
		u := w.User()
		tok, err := w.Client(w.Dev).CreateToken(t.Context(), client.UserRef{ID: u.UserID}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		token := []string{"Authorization", "Token " + tok.Token}
		type marked struct {
			Timezone string `json:"timezone"`
			Unknown  bool   `json:"timezone_unknown"`
		}
		is := func(what string, a blushtest.Answer, zone string, unknown bool) {
			t.Helper()
			var got marked
			if a.JSON(&got); got != (marked{zone, unknown}) {
				t.Errorf("%s: %+v", what, got)
			}
		}
		reading := func(zone string) map[string]any {
			return map[string]any{"kind": "blood_pressure", "systolic": 121, "diastolic": 81, "timezone": zone}
		}
		for _, zone := range []string{"Etc/Unknown", "America/Newfound_City", "+01:00", "GMT+1", "Local"} {
			trace := goodTrace(t)
			trace["timezone"] = zone
			if zone != "Local" { // which has the wrong shape for a trace
				is("a trace of "+zone, w.Call("", "POST", "/v2/facescans", trace, token...).Want(http.StatusCreated), "UTC", true)
			}
			is("a reading of "+zone, w.Call("", "POST", "/v2/readings", reading(zone), token...).Want(http.StatusCreated), "UTC", true)
			w.Call("", "POST", "/v2/questions/answer", map[string]any{"lookup_key": "average_sleep_hours", "value": 4, "timezone": zone}, token...).Want(http.StatusCreated)
			if strings.HasPrefix(zone, "America") { // a user has few videos waiting at once
				var form bytes.Buffer
				fields := multipart.NewWriter(&form)
				fields.WriteField("timezone", zone)
				part, _ := fields.CreateFormFile("video", "a.y4m")
				part.Write([]byte("YUV4MPEG2 W16 H16 F30:1\n" + zone))
				fields.Close()
				is("a video of "+zone, w.Call("", "POST", "/v2/facescans", form.String(), append(token, "Content-Type", fields.FormDataContentType())...).Want(http.StatusAccepted), "UTC", true)
			}
			if zone == "Etc/Unknown" {
				is("a program's "+zone, w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, trace).Want(http.StatusCreated), "UTC", true)
				continue
			}
			for _, got := range [][]string{
				w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, trace).Places(),
				w.Call(w.Dev, "POST", "/v2/readings?user_id="+u.UserID, reading(zone)).Places(),
			} {
				if !slices.Equal(got, []string{`["body","timezone"]`}) {
					t.Errorf("a program's %s: %v", zone, got)
				}
			}
		}
		is("a zone that is known", w.Call("", "POST", "/v2/readings", reading("Asia/Tokyo"), token...).Want(http.StatusCreated), "Asia/Tokyo", false)
	})
}
