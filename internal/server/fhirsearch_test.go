package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"blush.example/blush/client"
	"blush.example/blush/internal/fhir"
)

// nextPage is the address of the page after a bundle; empty: it is the last.
func nextPage(t *testing.T, bundle map[string]any) string {
	t.Helper()
	for _, l := range bundle["link"].([]any) {
		if at(l, "relation") == "next" {
			u, err := url.Parse(at(l, "url").(string))
			if err != nil {
				t.Fatal(err)
			}
			return u.RequestURI()
		}
	}
	return ""
}

// Searches by code, category and date find each match once, on pages of any size.
func searches(t *testing.T, p person) {
	search := func(query string) (ids []string, pages int) {
		t.Helper()
		next := "/v2/fhir/Observation?patient=" + p.user.UserID + "&" + query
		for next != "" {
			if pages++; pages > 200 {
				t.Fatalf("%s has no end", query)
			}
			bundle := p.get(t, next)
			next = nextPage(t, bundle)
			for _, e := range entries(bundle, "Observation") {
				ids = append(ids, e["id"].(string))
			}
		}
		return ids, pages
	}
	whole, _ := search("_count=500")
	if len(whole) < 30 {
		t.Fatalf("%d observations", len(whole))
	}
	for _, count := range []int{1, 2, 7, 16} {
		got, pages := search(fmt.Sprintf("_count=%d", count))
		if !slices.Equal(got, whole) || pages < len(whole)/count {
			t.Errorf("%d a page: %d of %d on %d pages", count, len(got), len(whole), pages)
		}
	}
	for query, want := range map[string][]string{
		"code=85354-9":                  {p.readings[0] + ".blood-pressure", p.readings[1] + ".blood-pressure"},
		"code=http://loinc.org|85354-9": {p.readings[0] + ".blood-pressure", p.readings[1] + ".blood-pressure"},
		"code=rmssd&_count=1":           {p.scans[2] + ".rmssd", p.scans[1] + ".rmssd", p.scans[0] + ".rmssd"},
		"code=8867-4":                   {p.scans[2] + ".heart-rate", p.scans[1] + ".heart-rate", p.scans[0] + ".heart-rate", p.readings[0] + ".heart-rate"},
		"code=85354-9&date=2026-11-26":  {p.readings[0] + ".blood-pressure"}, // the person's own day
		"code=85354-9&date=2026-11-25":  nil, "code=85354-9&date=lt2026-11": {p.readings[1] + ".blood-pressure"},
		"code=85354-9&date=ge2026-11-25T23:30:00Z": {p.readings[0] + ".blood-pressure"},
		"date=ge2026-10&date=lt2026-11":            {p.readings[1] + ".blood-pressure"},
		"date=2026-10,2027":                        {p.readings[1] + ".blood-pressure"},
		"code=9999-9":                              nil, "code=8867-4&category=procedure": nil,
		"code=rmssd&category=procedure&date=eb2026-11":  nil,
		"code=85354-9&status=final,amended&_count=1000": {p.readings[0] + ".blood-pressure", p.readings[1] + ".blood-pressure"},
		"code=85354-9&status=preliminary":               nil,
		"code=85354-9&_include=Observation:patient&_include=Observation:subject:Patient&_elements=code&_summary=false": {p.readings[0] + ".blood-pressure", p.readings[1] + ".blood-pressure"},
	} {
		if got, _ := search(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	// The oldest first: the measurements in the other order, each with its values in the same one, on pages of any size.
	of := func(ids []string) (out []string) {
		for _, id := range ids {
			out = append(out, strings.SplitN(id, ".", 2)[0])
		}
		return slices.Compact(out)
	}
	backwards := of(whole)
	slices.Reverse(backwards)
	for _, query := range []string{"_sort=date&_count=500", "_sort=date&_count=1", "_sort=date&_count=7"} {
		if got, _ := search(query); !slices.Equal(of(got), backwards) || len(got) != len(whole) {
			t.Errorf("%s: %d of %d observations, of %v, want %v", query, len(got), len(whole), of(got), backwards)
		}
	}
	// A search by date in the other order ends where it should.
	for query, want := range map[string][]string{
		"_sort=date&code=8867-4":                                    {p.readings[0] + ".heart-rate", p.scans[0] + ".heart-rate", p.scans[1] + ".heart-rate", p.scans[2] + ".heart-rate"},
		"_sort=date&date=lt2026-11-27":                              {p.readings[1] + ".blood-pressure", p.readings[0] + ".blood-pressure", p.readings[0] + ".heart-rate"},
		"_sort=date&date=ge2026-11&date=lt2026-11-27&code=85354-9":  {p.readings[0] + ".blood-pressure"},
		"_sort=-date&date=lt2026-11-27&code=85354-9&status=final":   {p.readings[0] + ".blood-pressure", p.readings[1] + ".blood-pressure"},
		"_sort=date&code=rmssd&status=final&_count=2":               {p.scans[0] + ".rmssd", p.scans[1] + ".rmssd", p.scans[2] + ".rmssd"},
		"code=85354-9&_lastUpdated=ge2026-11-01":                    {p.readings[0] + ".blood-pressure", p.readings[1] + ".blood-pressure"}, // stored now
		"code=85354-9&_lastUpdated=lt2026-11-01":                    nil,
		"_id=" + p.scans[1] + ".rmssd":                              {p.scans[1] + ".rmssd"},
		"_id=" + p.scans[1] + ".rmssd&_id=" + p.scans[0] + ".rmssd": nil,
		"_count=1&_id=x,none.rmssd," + p.scans[0] + ".rmssd," + p.readings[1] + ".blood-pressure," + p.scans[2] + ".rmssd": {p.scans[2] + ".rmssd", p.scans[0] + ".rmssd", p.readings[1] + ".blood-pressure"},
		"_sort=date&_id=" + p.scans[0] + ".rmssd," + p.readings[1] + ".blood-pressure":                                     {p.readings[1] + ".blood-pressure", p.scans[0] + ".rmssd"},
		"code=rmssd&_id=" + p.scans[0] + ".rmssd," + p.readings[1] + ".blood-pressure":                                     {p.scans[0] + ".rmssd"},
	} {
		if got, _ := search(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	// Observations that are named need no user. What belongs to another customer is not there.
	named := "/v2/fhir/Observation?_id=" + p.scans[0] + ".rmssd," + p.user.UserID + ".metric-mental-stress"
	got := p.get(t, named)
	if len(entries(got, "Observation")) != 2 || len(entries(got, "Patient")) != 1 || len(entries(got, "Device")) != 2 {
		t.Errorf("by id: %v", got)
	}
	if got = p.get(t, named+"&_summary=count"); at(got, "total") != 2.0 || got["entry"] != nil {
		t.Errorf("by id, counted: %v", got)
	}
	_, other, _ := p.NewCustomer("Another customer")
	var theirs map[string]any
	p.Call(other, "GET", named, nil).Want(http.StatusOK).JSON(&theirs)
	if theirs["entry"] != nil {
		t.Errorf("another customer finds %v", theirs)
	}
	// What is newer than the newest is nothing; the newest is as new as it says.
	newest, _ := at(p.get(t, "/v2/fhir/Observation/"+p.scans[2]+".rmssd"), "meta", "lastUpdated").(string)
	if ids, _ := search("code=rmssd&_lastUpdated=" + newest); !slices.Equal(ids, []string{p.scans[2] + ".rmssd"}) {
		t.Errorf("stored at %s: %v", newest, ids)
	}
	if ids, _ := search("code=rmssd&_lastUpdated=gt" + newest); len(ids) != 0 {
		t.Errorf("stored after %s: %v", newest, ids)
	}
	everything(t, p, whole, newest)
	for _, who := range []string{"subject=Patient/" + p.user.UserID, "patient.identifier=" + *p.user.ExternalUserID, "patient:identifier=urn:ietf:rfc:3986|urn:uuid:" + p.user.UserID, "patient.identifier=urn:uuid:" + p.user.UserID, "subject:Patient=" + p.user.UserID, "patient:Patient=" + p.user.UserID, "subject.identifier=" + *p.user.ExternalUserID, "patient=" + url.QueryEscape(p.URL+"/v2/fhir/Patient/"+p.user.UserID)} {
		if got := entries(p.get(t, "/v2/fhir/Observation?code=85354-9&"+who), "Observation"); len(got) != 2 {
			t.Errorf("%s: %d", who, len(got))
		}
	}
	if got := entries(p.get(t, "/v2/fhir/Patient/"+p.user.UserID+"/$everything"), "Observation"); len(got) != len(whole) {
		t.Errorf("the whole history has %d observations, the search %d", len(got), len(whole))
	}
	// How many there are, on all pages.
	for query, entries := range map[string]int{"_summary=count": 0, "_count=0": 0, "_total=accurate&_count=1": 3} {
		if got := p.get(t, "/v2/fhir/Observation?"+query+"&patient="+p.user.UserID); at(got, "total") != float64(len(whole)) || at(got, "entry", entries) != nil || entries > 0 && at(got, "entry", entries-1) == nil {
			t.Errorf("%s: %v of %d", query, got, len(whole))
		}
	}
	// A search as a form, with parameters in the address too, is the same search.
	form := []string{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}
	for _, of := range [][3]string{{"Observation", "code=85354-9&_count=1", "patient=" + p.user.UserID}, {"Patient", "", "identifier=" + *p.user.ExternalUserID}, {"Observation", "_count=1&patient=" + p.user.UserID, ""}} {
		var posted map[string]any
		p.Call(p.Dev, "POST", "/v2/fhir/"+of[0]+"/_search?"+of[1], of[2], form...).Want(http.StatusOK).JSON(&posted)
		if got := p.get(t, "/v2/fhir/"+of[0]+"?"+of[1]+"&"+of[2]); len(entries(posted, of[0])) != 1 || fmt.Sprint(got) != fmt.Sprint(posted) {
			t.Errorf("%s: a POST answers %v, a GET %v", of, posted, got)
		}
	}
	for _, body := range []string{"", `{"resourceType":"Parameters","parameter":[{"name":"_format","valueCode":"json"},{"name":"_since","valueInstant":"2026-01-01T00:00:00Z"},{"name":"_type","valueCode":"Patient"},{"name":"_type","valueCode":"Observation"}]}`} {
		var posted map[string]any
		p.Call(p.Dev, "POST", "/v2/fhir/Patient/"+p.user.UserID+"/$everything", body, "Content-Type", fhir.ContentType).Want(http.StatusOK).JSON(&posted)
		if got := entries(posted, "Observation"); len(got) != len(whole) {
			t.Errorf("the whole history by POST has %d observations", len(got))
		}
	}
	// A patient by each identifier, and nobody.
	for query, found := range map[string]float64{
		"_id=" + p.user.UserID: 1, "identifier=" + *p.user.ExternalUserID: 1, "identifier=urn:uuid:" + p.user.UserID: 1, "identifier=urn:ietf:rfc:3986|urn:uuid:" + p.user.UserID: 1,
		"identifier=nobody": 0, "_id=01900000-0000-7000-8000-000000000000": 0, "_id=x": 0, "identifier=urn:uuid:x": 0,
	} {
		got := p.get(t, "/v2/fhir/Patient?"+query)
		if at(got, "total") != found || float64(len(entries(got, "Patient"))) != found || found == 1 && entries(got, "Patient")[0]["birthDate"] != "1980-02-03" {
			t.Errorf("%s finds %v", query, got)
		}
	}
	// A token names its own user.
	token, err := p.Client(p.Dev).CreateToken(t.Context(), client.UserRef{ID: p.user.UserID}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var own map[string]any
	p.Call("", "GET", "/v2/fhir/Observation?code=85354-9", nil, "Authorization", "Token "+token.Token).Want(http.StatusOK).JSON(&own)
	if len(entries(own, "Observation")) != 2 {
		t.Errorf("a token finds %v", own)
	}
	p.Call("", "GET", "/v2/fhir/Patient", nil, "Authorization", "Token "+token.Token).Want(http.StatusOK).JSON(&own)
	if who := entries(own, "Patient"); len(who) != 1 || who[0]["id"] != p.user.UserID {
		t.Errorf("a token finds %v", own)
	}
	first, rest := p.get(t, "/v2/facescans?limit=2&user_id="+p.user.UserID, "Accept", accept), map[string]any{}
	for _, l := range first["link"].([]any) {
		if at(l, "relation") == "next" {
			u, err := url.Parse(at(l, "url").(string))
			if err != nil {
				t.Fatal(err)
			}
			rest = p.get(t, u.RequestURI(), "Accept", accept)
		}
	}
	if a, b := entries(first, "Observation"), entries(rest, "Observation"); len(a) == 0 || len(b) == 0 || !strings.HasPrefix(b[0]["id"].(string), p.scans[0]) {
		t.Errorf("the list of scans has %d observations on its first page and %d on its second", len(a), len(b))
	}
}

// The whole history can be limited, and read in pages.
func everything(t *testing.T, p person, whole []string, newest string) {
	last := 0 // of the last scan
	for _, id := range whole {
		if strings.HasPrefix(id, p.scans[2]) {
			last++
		}
	}
	for _, c := range []struct {
		query                          string
		observations, patients, device int
	}{
		{"", len(whole), 1, 1},
		{"start=2026-10-01&end=2026-11-26", 3, 1, 0},
		{"start=2026-10-02&end=2026-11-26", 2, 1, 0},
		{"end=2026-10", 1, 1, 0},
		{"_since=2026-01-01T00:00:00Z", len(whole), 1, 1},
		{"_since=" + newest + "&_type=Observation&start=2026-11-27", last, 0, 0},
		{"_since=2100-01-01T00:00:00Z", 0, 1, 0},
		{"_type=Patient", 0, 1, 0}, {"_type=Device", 0, 0, 1}, {"_type=Patient,Observation", len(whole), 1, 0}, {"_type=Medication", 0, 0, 0},
		{"_count=7", len(whole), 1, -1}, {"_count=1&_type=Observation", len(whole), 0, 0}, {"_count=1000", len(whole), 1, 1},
	} {
		count := map[string]int{}
		var ids []string
		pages := 0
		for next := "/v2/fhir/Patient/" + p.user.UserID + "/$everything?" + c.query; next != ""; pages++ {
			bundle := p.get(t, next)
			next = nextPage(t, bundle)
			for _, kind := range []string{"Observation", "Patient", "Device"} {
				count[kind] += len(entries(bundle, kind))
			}
			for _, o := range entries(bundle, "Observation") {
				ids = append(ids, o["id"].(string))
			}
			if n := len(entries(bundle, "Observation")); strings.HasPrefix(c.query, "_count=7") && n > 7 {
				t.Errorf("%s has %d on a page", c.query, n)
			}
			if entry, there := bundle["entry"]; there && len(entry.([]any)) == 0 {
				t.Errorf("%s has an empty list", c.query)
			}
		}
		if count["Observation"] != c.observations || count["Patient"] != c.patients || c.device >= 0 && count["Device"] != c.device {
			t.Errorf("$everything?%s has %v, want %+v", c.query, count, c)
		}
		if c.observations == len(whole) && !slices.Equal(ids, whole) {
			t.Errorf("$everything?%s is not the whole history in its order", c.query)
		}
		if strings.Contains(c.query, "_count=1&") && pages != len(whole) {
			t.Errorf("$everything?%s has %d pages", c.query, pages)
		}
	}
}

// Every FHIR route refuses what it cannot answer with an OperationOutcome and the right status.
func outcomes(t *testing.T, p person) {
	who := "patient=" + p.user.UserID
	many := make([]string, 101)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for _, c := range []struct {
		path   string
		header []string
		status int
		code   string
	}{
		{"/v2/fhir/Medication?" + who, nil, 404, "not-found"},
		{"/v2/fhir", nil, 404, "not-found"},
		{"/v2/fhir/Observation/" + p.scans[0], nil, 404, "not-found"},
		{"/v2/fhir/Observation/" + p.scans[0] + ".colour", nil, 404, "not-found"},
		{"/v2/fhir/Observation/x.heart-rate", nil, 404, "not-found"},
		{"/v2/fhir/Patient/x", nil, 404, "not-found"},
		{"/v2/fhir/Observation?patient=" + url.QueryEscape("https://other.example/v2/fhir/Patient/"+p.user.UserID), nil, 400, "value"},
		{"/v2/fhir/Patient/01900000-0000-7000-8000-000000000000/$everything", nil, 404, "not-found"},
		{"/v2/fhir/Device/toaster", nil, 404, "not-found"},
		{"/v2/fhir/CodeSystem/none", nil, 404, "not-found"},
		{"/v2/fhir/Observation", nil, 400, "required"},
		{"/v2/fhir/Observation?patient=01900000-0000-7000-8000-000000000000", nil, 404, "not-found"},
		{"/v2/fhir/Observation?patient=Device/1", nil, 400, "value"},
		{"/v2/fhir/Observation?patient.identifier=http://else|1", nil, 400, "value"},
		{"/v2/fhir/Observation?subject=" + p.user.UserID + "&" + who, nil, 400, "value"},
		{"/v2/fhir/Observation?colour=red&" + who, nil, 400, "not-supported"},
		{"/v2/fhir/Observation?code:in=x&" + who, nil, 400, "not-supported"},
		{"/v2/fhir/Observation?code=|&" + who, nil, 400, "value"},
		{"/v2/fhir/Observation?date=yesterday&" + who, nil, 400, "value"},
		{"/v2/fhir/Observation?_count=-1&" + who, nil, 400, "value"},
		{"/v2/fhir/Observation?_include=Observation:encounter&" + who, nil, 400, "value"},
		{"/v2/fhir/Observation?_total=about&" + who, nil, 400, "value"},
		{"/v2/fhir/Patient", nil, 400, "required"},
		{"/v2/fhir/Patient?identifier=a&_id=b", nil, 400, "value"},
		{"/v2/fhir/Patient?identifier=http://else|1", nil, 400, "value"},
		{"/v2/fhir/metadata?mode=terminology", nil, 400, "value"},
		{"/v2/fhir/Observation?_count=many&" + who, nil, 400, "value"},
		{"/v2/fhir/Observation?_page=2&" + who, nil, 400, "value"},
		{"/v2/fhir/Observation?_sort=code&" + who, nil, 400, "value"},
		{"/v2/fhir/Observation?_id=", nil, 400, "value"},
		{"/v2/fhir/Observation?_id=" + strings.Join(many, ","), nil, 400, "value"},
		{"/v2/fhir/Observation?_lastUpdated=now&" + who, nil, 400, "value"},
		{"/v2/fhir/Patient/" + p.user.UserID + "/$everything?_since=yesterday", nil, 400, "value"},
		{"/v2/fhir/Patient/" + p.user.UserID + "/$everything?start=ge2026", nil, 400, "value"},
		{"/v2/fhir/Patient/" + p.user.UserID + "/$everything?end=2026-02-30", nil, 400, "value"},
		{"/v2/fhir/Patient/" + p.user.UserID + "/$everything?_count=0", nil, 400, "value"},
		{"/v2/fhir/Patient/" + p.user.UserID + "/$everything?_page=2", nil, 400, "value"},
		{"/v2/fhir/Patient/" + p.user.UserID + "/$everything?_type=observation", nil, 400, "value"},
		{"/v2/fhir/Patient/" + p.user.UserID + "/$everything?colour=red", nil, 400, "not-supported"},
		{"/v2/fhir/Observation?_format=xml&" + who, nil, 406, "not-supported"},
		{"/v2/fhir/Patient/" + p.user.UserID + "?colour=red", nil, 400, "not-supported"},
		{"/v2/fhir/Observation?" + who, []string{"Accept", "application/fhir+xml"}, 406, "not-supported"},
		{"/v2/fhir/Observation?" + who, []string{"Accept", "application/fhir+json; fhirVersion=5.0"}, 406, "not-supported"},
		{"/v2/fhir/Observation?" + who, []string{"x-api-key", "wrong"}, 401, "login"},
		{"/v2/facescans/" + p.scans[0], []string{"Accept", "application/fhir+json; fhirVersion=3.0"}, 406, "not-supported"},
		{"/v2/facescans/01900000-0000-7000-8000-000000000000", []string{"Accept", accept}, 404, "not-found"},
		{"/v2/facescans", []string{"Accept", accept}, 422, "required"},
		{"/v2/userprofiles/social?user_id=" + p.user.UserID, []string{"Accept", accept}, 422, "value"},
		{"/v2/fhir/metadata?colour=red", nil, 400, "not-supported"},
		{"/v2/fhir/CodeSystem/scores?colour=red", nil, 400, "not-supported"},
		// The usual routes are as strict as those of FHIR when they are asked for it: in parameters, forms and versions.
		{"/v2/facescans/" + p.scans[0] + "?colour=red", []string{"Accept", accept}, 422, "not-supported"},
		{"/v2/userprofiles/physical?colour=red&user_id=" + p.user.UserID, []string{"Accept", accept}, 422, "not-supported"},
		{"/v2/facescans/" + p.scans[0], []string{"Accept", "application/fhir+xml"}, 406, "not-supported"},
		{"/v2/Observation?" + who, []string{"Accept", accept}, 404, "not-found"},
		{"/v2/Patient/" + p.user.UserID, []string{"Accept", accept}, 404, "not-found"},
	} {
		key := p.Dev
		if slices.Contains(c.header, "x-api-key") {
			key = ""
		}
		a := p.Call(key, "GET", c.path, nil, c.header...)
		var out fhir.OperationOutcome
		if err := json.Unmarshal(a.Body, &out); err != nil || a.Status != c.status || out.ResourceType != "OperationOutcome" || len(out.Issue) == 0 ||
			out.Issue[0].Code != c.code || out.Issue[0].Severity != "error" || out.Issue[0].Details.Text == "" || a.Header.Get("Content-Type") != fhir.ContentType {
			t.Errorf("%s %v: %d %s, want %d %s", c.path, c.header, a.Status, a.Body, c.status, c.code)
		}
	}
	everything := "Patient/" + p.user.UserID + "/$everything"
	for _, c := range []struct {
		path, body, kind string
		status           int
	}{
		{"Observation", `{}`, "application/json", 405},
		{"Observation/_search", `{"patient":"1"}`, "application/json", 415},
		{"Observation/_search", "colour=red&" + who, "application/x-www-form-urlencoded", 400},
		{"Observation/_search", "date=%zz&" + who, "application/x-www-form-urlencoded", 400},
		{"Observation/_search?" + who, "_format=xml", "application/x-www-form-urlencoded", 406},
		{"Medication/_search", who, "application/x-www-form-urlencoded", 404},
		{everything, `{}`, fhir.ContentType, 400}, {everything, `[`, fhir.ContentType, 400}, {everything, who, "application/x-www-form-urlencoded", 415},
		{everything, `{"resourceType":"Parameters","parameter":[{"name":"_since","valueInstant":"yesterday"}]}`, fhir.ContentType, 400},
	} {
		if a := p.Call(p.Dev, "POST", "/v2/fhir/"+c.path, c.body, "Content-Type", c.kind); a.Status != c.status || !strings.Contains(string(a.Body), "OperationOutcome") {
			t.Errorf("POST %s %s: %d %s, want %d", c.path, c.body, a.Status, a.Body, c.status)
		}
	}
	p.Call(p.Dev, "POST", "/v2/fhir/Observation/_search", strings.Repeat("a", 65<<10), "Content-Type", "application/x-www-form-urlencoded").Want(http.StatusRequestEntityTooLarge)
	// Elsewhere a POST stays one.
	p.Call(p.Dev, "POST", "/v2/facescans/_search", "", "Accept", fhir.ContentType).Want(http.StatusMethodNotAllowed)
	// Lenient handling ignores unknown parameters. A client that prefers our own form gets it.
	p.Call(p.Dev, "GET", "/v2/fhir/Observation?colour=red&"+who, nil, "Prefer", "handling=lenient").Want(http.StatusOK)
	for _, accepts := range []string{"", "*/*", "application/json", "application/json, application/fhir+json;q=0.5", "application/fhir+json;q=0, */*"} {
		if a := p.Call(p.Dev, "GET", "/v2/facescans/"+p.scans[0], nil, "Accept", accepts).Want(http.StatusOK); a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("Accept %q: %s", accepts, a.Header.Get("Content-Type"))
		}
	}
	p.Call("", "GET", "/v2/fhir/metadata?mode=full", nil).Want(http.StatusOK)
	p.Call("", "GET", "/v2/fhir/metadata?colour=red", nil, "Prefer", "handling=lenient").Want(http.StatusOK)
}
