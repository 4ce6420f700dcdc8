package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/blushtest"
)

// Invalid Unicode is refused: it would be read as U+FFFD, so that two external ids could become the same.
func TestTwoNamesStayTwo(t *testing.T) {
	w := blushtest.Start(t)
	ada := w.User()
	for _, names := range [][2]string{{"zo\xe9", "zo\xe8"}, {`a\ud83d`, `a\ud83e`}, {`\udc00b`, `\udfffb`}, {`\ud83d\ud83d`, `\ud83dA`}, {"\xed\xa0\x80", "\xc0\x80"}} {
		for _, name := range names {
			for path, want := range map[string]string{"/v2/users": `["body","external_user_id"]`, "/v2/users/authenticate": `["body","external_user_id"]`, "/v2/users/revoke": `["body","external_user_id"]`} {
				for _, kind := range []string{"application/json", "application/json; charset=iso-8859-1"} {
					a := w.Call(w.Dev, "POST", path, `{"external_user_id":"`+name+`"}`, "Content-Type", kind)
					if got := a.Places(); !slices.Equal(got, []string{want}) || !strings.Contains(string(a.Body), "string_unicode") {
						t.Errorf("%s %q: %s", path, name, a.Body)
					}
				}
			}
			w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"`+name+`"}`, "Idempotency-Key", fmt.Sprintf("%x", name)).Places()
			w.Call(w.Dev, "PATCH", "/v2/users?user_id="+ada.UserID, `{"external_user_id":"`+name+`"}`).Places()
		}
	}
	// Complete surrogate pairs and escaped backslashes are valid.
	for _, name := range []string{`\ud83d\ude00`, "😀 zoé", `\\ud83d`, `\u00e9`} {
		w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"`+name+`"}`).Want(http.StatusCreated)
	}
}

// Every route with a JSON body refuses it in every field.
func TestEveryBodyIsUnicode(t *testing.T) {
	w := blushtest.Start(t)
	user := w.User().UserID
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters  []struct{ Name string }
			RequestBody *struct{ Content map[string]any }
		}
	}
	w.Call("", "GET", "/openapi.json", nil).Want(200).JSON(&doc)
	bodies := 0
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if op.RequestBody == nil {
				continue
			}
			bodies++
			query := ""
			for _, p := range op.Parameters {
				if p.Name == "user_id" {
					query = "?user_id=" + user
				}
			}
			for _, body := range []string{"{\"a\":{\"b\":[1,\"\xe9\"]}}", `{"a":{"b":[1,"\ud800"]}}`} {
				a := w.Call(w.Dev, strings.ToUpper(method), path+query, body)
				if got := a.Places(); !slices.Equal(got, []string{`["body","a","b",1]`}) {
					t.Errorf("%s %s %q: %v", method, path, body, got)
				}
			}
		}
	}
	if bodies < 12 {
		t.Errorf("only %d routes take a body", bodies)
	}
	body, kind := form(t, "timezone", "UTC\xe9", "video", "x")
	w.Call(w.Dev, "POST", "/v2/facescans?user_id="+user, body, "Content-Type", kind).Places()
}
