package server_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/blushtest"
	"blush.example/blush/client"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/report"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/widget"
	"blush.example/blush/internal/words"
)

// poppler runs a program of poppler on a document: a reader that knows nothing of how it was written.
func poppler(t *testing.T, doc []byte, program string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is missing: install poppler-utils, as scripts/test.sh does", program)
	}
	file := filepath.Join(t.TempDir(), "report.pdf")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	args = append(args, file)
	if program == "pdftotext" {
		args = append(args, "-")
	}
	cmd := exec.Command(program, args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil || complaint.Len() > 0 {
		t.Fatalf("%s: %v: %s", program, err, complaint.String())
	}
	return string(out)
}

var spaces = regexp.MustCompile(`\s+`)

// pdfText reads a document's text back, in its order on the page, with single spaces.
func pdfText(t *testing.T, doc []byte) string {
	t.Helper()
	return spaces.ReplaceAllString(poppler(t, doc, "pdftotext", "-enc", "UTF-8"), " ")
}

// says fails unless a text holds each of these, whatever its line breaks.
func says(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, s := range want {
		if s = spaces.ReplaceAllString(s, " "); s == "" || !strings.Contains(got, s) {
			t.Errorf("the report does not say %q:\n%s", s, got)
		}
	}
}

// world is a server whose customer has a logo of 16 bits a channel with transparency, which not every reader takes.
func world(t *testing.T) *blushtest.World {
	t.Helper()
	w := blushtest.Start(t)
	m := image.NewNRGBA64(image.Rect(0, 0, 300, 90))
	for x := range 300 {
		m.Set(x, x%90, color.NRGBA64{0x2000, 0x5000, 0x9000, 0x8000})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	logo, accent := b.Bytes(), "#7a2f8f"
	if _, err := w.Server.Accounts.UpdateCustomer(context.Background(), w.Customer.ID, account.CustomerChange{Logo: &logo, Accent: &accent}); err != nil {
		t.Fatal(err)
	}
	return w
}

func synthetic(t *testing.T, w *blushtest.World, userID, body string) string {
	t.Helper()
	var sc struct {
		ID string `json:"face_scan_id"`
	}
	w.Call(w.Dev, "POST", "/v2/facescans?user_id="+userID, body).Want(201).JSON(&sc)
	return sc.ID
}

// A period and a scan in every language: the values with their intervals, what the report is not and whom to ask, in that language
// and in embedded fonts; in English also the same bytes when asked again.
func TestReportsInEveryLanguage(t *testing.T) {
	w := world(t)
	end := time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)
	u := w.Year(3, end)
	id := synthetic(t, w, u.UserID, `{"timezone":"Europe/Paris","at_rest":true,"synthetic":{"seed":5,"heart_rate":112}}`)
	none := synthetic(t, w, u.UserID, `{"synthetic":{"reason":"too_much_motion","seed":1}}`)
	for _, lang := range words.Languages {
		say, of := words.Report(lang), words.Widgets(lang)
		common := []string{say["not.title"], say["not.text"], say["doctor.text"], say["method.text"], *u.ExternalUserID, words.Pages(lang)["test"], "Acme",
			words.Person(lang)["foot"]}
		path := "/v2/facescans/" + id + "/report?language=" + lang
		a := w.Call(w.Dev, "GET", path, nil).Want(200)
		got := pdfText(t, a.Body)
		says(t, got, append(common, say["scan.title"], of["biomarker.heart_rate"], of["biomarker.sd2"], of["outside.help"], of["zone.bad"], strings.ReplaceAll(of["reason.needs_longer"], "{s}", "120"),
			words.Person(lang)["pulse.title"], "Europe/Paris", say["rest.yes"], id, say["site.face"])...)
		rate := scanOf(t, w, id)
		says(t, got, rate.value, strings.NewReplacer("{low}", rate.low, "{high}", rate.high).Replace(of["interval.text"]), rate.version, rate.calibration)
		if lang == "en" {
			if again := w.Call(w.Dev, "GET", path, nil).Want(200); !bytes.Equal(a.Body, again.Body) {
				t.Error("the same scan gave other bytes")
			}
			w.Call(w.Dev, "GET", path, nil, "If-None-Match", a.Header.Get("ETag")).Want(304)
		}

		path = "/v2/users/report?user_id=" + u.UserID + "&start=2026-08-01&stop=2026-11-24&language=" + lang
		period := w.Call(w.Dev, "GET", path, nil).Want(200)
		text := pdfText(t, period.Body)
		says(t, text, append(common, say["period.title"], of["biomarker.blood_pressure"], words.Health(lang)["metric.sleep_quality"],
			words.Health(lang)["profile.mental"], say["trends.key"], " × "+strings.TrimSuffix(words.Pages(lang)["reason.too_dark"], ".")+" · ", words.Health(lang)["notice.never_no_risk"])...)
		// Every score says which end of its bar is the good one and what it was computed from; only the three profiles say how complete their data is.
		from, _, _ := strings.Cut(of["how.text"], "{")
		known := regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(of["known.text"]), `\{n\}`, `\d+`)).FindAllString(text, -1)
		if better, computed := strings.Count(text, of["score.better"]), strings.Count(text, from); better != 7 || computed != 6 || len(known) != 3 {
			t.Errorf("%s: of six scores and their key %d say which end is good and %d from what; beside %d is how complete the data is:\n%s", lang, better, computed, len(known), text)
		}
		if lang == "en" {
			if again := w.Call(w.Dev, "GET", path, nil).Want(200); !bytes.Equal(period.Body, again.Body) {
				t.Error("the same period gave other bytes")
			}
		}

		refused := w.Call(w.Dev, "GET", "/v2/facescans/"+none+"/report?language="+lang, nil).Want(200)
		// How to read the values is above them, on their page; of a band only where a value has one.
		band, gap := spaces.ReplaceAllString(words.Person(lang)["read.band"], " "), spaces.ReplaceAllString(words.Person(lang)["read.refused"], " ")
		first := spaces.ReplaceAllString(poppler(t, a.Body, "pdftotext", "-enc", "UTF-8", "-l", "1"), " ")
		if at := strings.Index(first, band); at < 0 || at > strings.Index(first, of["biomarker.heart_rate"]) || !strings.Contains(first, gap) {
			t.Errorf("%s: the first page does not say above the values how to read them:\n%s", lang, first)
		}
		if text := pdfText(t, refused.Body); strings.Contains(text, band) || !strings.Contains(text, gap) {
			t.Errorf("%s: a report without values says how to read them:\n%s", lang, text)
		}
		for _, doc := range [][]byte{a.Body, period.Body, refused.Body} {
			info := poppler(t, doc, "pdfinfo")
			if !strings.Contains(info, "Author:          Acme") || !strings.Contains(info, say["scan.title"]) && !strings.Contains(info, say["period.title"]) {
				t.Errorf("%s: %s", lang, info)
			}
			if !bytes.Contains(doc, []byte("/Lang ("+lang+")")) {
				t.Errorf("%s: the document does not say its language", lang)
			}
			if used := lastPage(t, doc, info); used < 0.3 {
				t.Errorf("%s: the last page of %s is nearly empty: used to %.0f %%", lang, say["scan.title"], 100*used)
			}
			fonts := strings.Split(strings.TrimSpace(poppler(t, doc, "pdffonts")), "\n")[2:]
			for _, f := range fonts {
				if !regexp.MustCompile(`CID TrueType\s+Identity-H\s+yes (yes|no)\s+yes`).MatchString(f) { // embedded, and its characters have names
					t.Errorf("%s: font %s", lang, f)
				}
			}
			if len(fonts) != 2 || len(doc) > 600<<10 {
				t.Errorf("%s: %d fonts, %d bytes: whole fonts, not their parts", lang, len(fonts), len(doc))
			}
		}
	}
}

var yMax = regexp.MustCompile(`<word [^>]*yMax="([0-9.]+)"`)

// lastPage is down to where the last page of a document is used, above its foot, in parts of its height. info is what pdfinfo says.
func lastPage(t *testing.T, doc []byte, info string) float64 {
	t.Helper()
	_, pages, _ := strings.Cut(info, "Pages:")
	n, _, _ := strings.Cut(strings.TrimSpace(pages), "\n")
	const height, foot = 842.0, 780.0 // points
	used := 0.0
	for _, m := range yMax.FindAllStringSubmatch(poppler(t, doc, "pdftotext", "-bbox", "-f", n, "-l", n), -1) {
		if y, err := strconv.ParseFloat(m[1], 64); err == nil && y < foot {
			used = max(used, y)
		}
	}
	if used == 0 {
		t.Fatal("the last page is empty")
	}
	return used / height
}

// shownRate is a scan's heart rate as a report writes it.
type shownRate struct{ value, low, high, version, calibration string }

func scanOf(t *testing.T, w *blushtest.World, id string) shownRate {
	t.Helper()
	var sc struct {
		Estimates []biomarker.Estimate
		Engine    struct{ Version, Calibration string }
	}
	w.Call(w.Dev, "GET", "/v2/facescans/"+id, nil).Want(200).JSON(&sc)
	for _, e := range sc.Estimates {
		if e.Biomarker == biomarker.HeartRate {
			whole := func(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }
			return shownRate{whole(*e.Value), whole(math.Floor(e.Interval[0])), whole(math.Ceil(e.Interval[1])), sc.Engine.Version, sc.Engine.Calibration}
		}
	}
	t.Fatalf("no heart rate in %+v", sc)
	return shownRate{}
}

// A report without values says why in their place: nothing known, a scan that failed, and one that was refused.
func TestReportsWithoutValues(t *testing.T) {
	w := world(t)
	en := func(section func(string) map[string]string, key string) string { return section("en")[key] }
	u := w.User()
	got := pdfText(t, w.Call(w.Dev, "GET", "/v2/users/report?user_id="+u.UserID, nil).Want(200).Body)
	says(t, got, en(words.Report, "stood.none"), "Mental stress", "Locked", "Unlocks when you make a first scan that gives a heart rate.", "There are no values in this period.", "Scans in this period: 0.")
	if n := strings.Count(got, "There are no values in this period."); n != 1 || strings.Contains(got, en(words.Report, "trends.key")) {
		t.Errorf("the report says %d times that there are no values, and may explain the drawings that it lacks: %s", n, got)
	}

	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	failed := blush.Scan{ID: blush.NewID(), UserID: u.UserID, Status: blush.Failed, CreatedAt: at, Timezone: "UTC", Source: "video", InputHash: []byte{1}, Failure: "This is no video."}
	caller := blush.Caller{Kind: blush.ByAPIKey, CustomerID: w.Customer.ID, Customer: w.Customer.Name, Environment: blush.Dev, CredentialID: "test"}
	if err := w.Server.Insights.Import(context.Background(), caller, blush.UserRef{ID: u.UserID}, []blush.Scan{failed}, nil, nil); err != nil {
		t.Fatal(err)
	}
	got = pdfText(t, w.Call(w.Dev, "GET", "/v2/facescans/"+failed.ID+"/report", nil).Want(200).Body)
	says(t, got, en(words.Person, "scan.failed.text"), en(words.Report, "doctor.text"))

	short := synthetic(t, w, u.UserID, `{"synthetic":{"seed":5,"duration_s":10}}`)
	got = pdfText(t, w.Call(w.Dev, "GET", "/v2/facescans/"+short+"/report", nil).Want(200).Body)
	says(t, got, "Respiratory rate", "No value", en(words.Widgets, "reason.too_short"), "Enter a reading from a cuff.")

	// A heart rate that was refused: its reason in its place, and why there is no wave.
	dark := synthetic(t, w, u.UserID, `{"synthetic":{"seed":5,"reason":"too_dark"}}`)
	got = pdfText(t, w.Call(w.Dev, "GET", "/v2/facescans/"+dark+"/report", nil).Want(200).Body)
	values := got[strings.Index(got, en(words.Report, "values.title")):]
	says(t, values, en(words.Report, "wave.none"))
	if i, k := strings.Index(values, "Heart rate"), strings.Index(values, en(words.Widgets, "reason.too_dark")); i < 0 || k < i || k > strings.Index(values, en(words.Person, "pulse.title")) {
		t.Errorf("the heart rate has no reason in its place: %s", values)
	}

	// A made-up history keeps no waves; its scans have reports nevertheless.
	made := w.Year(1, at)
	list, err := w.Client(w.Dev).Scans(t.Context(), client.UserRef{ID: made.UserID}, client.Page{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list.Data, func(s client.Scan) bool { return s.Biomarkers["heart_rate"] != nil })
	got = pdfText(t, w.Call(w.Dev, "GET", "/v2/facescans/"+list.Data[i].FaceScanID+"/report", nil).Want(200).Body)
	says(t, got, "Heart rate", en(words.Report, "wave.gone"))
}

// A score that a notice forbids is not for want of data. The notice is in the place of the score, and nowhere else.
func TestReportsOfAScoreThatANoticeForbids(t *testing.T) {
	w := world(t)
	w.Call(w.Dev, "POST", "/v2/users", `{"external_user_id":"worried"}`).Want(201)
	w.Call(w.Dev, "POST", "/v2/sandbox/history?external_user_id=worried", `{"persona":"worried","days":8,"end":"2026-03-02T08:00:00Z"}`).Want(201)
	for _, lang := range words.Languages {
		got := pdfText(t, w.Call(w.Dev, "GET", "/v2/users/report?external_user_id=worried&stop=2026-03-02&language="+lang, nil).Want(200).Body)
		for metric, code := range map[string]string{"mental_health_risk": "screen_positive", "hypertension": "cuff_urgent"} {
			why := words.Health(lang)["notice."+code]
			says(t, got, why)
			// The title is in the score's row, between its name and the notice. The reader may put other columns between them.
			before, _, _ := strings.Cut(got, why)
			name := strings.LastIndex(before, words.Health(lang)["metric."+metric])
			if name < 0 || !strings.Contains(before[name:], words.Widgets(lang)["refused.title"]) {
				t.Errorf("%s: no title is between the name of %s and the notice: %s", lang, metric, before)
			}
			if n := strings.Count(got, why); n != 1 {
				t.Errorf("%s: the notice %s is there %d times: %s", lang, code, n, got)
			}
		}
		if strings.Contains(got, words.Widgets(lang)["no_data.title"]) {
			t.Errorf("%s: the report says that there is no data for a score that a notice forbids", lang)
		}
	}

	// The notice keeps away from the edge of the tint behind it, which ends at 194 mm.
	doc := w.Call(w.Dev, "GET", "/v2/users/report?external_user_id=worried&stop=2026-03-02&language=en", nil).Want(200).Body
	all := word.FindAllStringSubmatch(poppler(t, doc, "pdftotext", "-bbox", "-enc", "UTF-8", "-l", "1"), -1)
	first := slices.IndexFunc(all, func(m []string) bool { return m[5] == "No" }) + 2
	for i, said := range strings.Fields(words.Health("en")["notice.screen_positive"]) {
		const mm = 72 / 25.4
		if end, err := strconv.ParseFloat(all[first+i][3], 64); err != nil || all[first+i][5] != said || end > 191.1*mm {
			t.Errorf("%q instead of %q ends at %.1f mm", all[first+i][5], said, end/mm)
		}
	}
}

// The reason of a refused scan is shown once, in the place of its values, whose names are listed below their number. What else the
// scan met is above them.
func TestReportsOfARefusedScan(t *testing.T) {
	w := world(t)
	id := synthetic(t, w, w.User().UserID, `{"synthetic":{"reason":"too_much_motion","seed":1}}`)
	for _, lang := range words.Languages {
		got := pdfText(t, w.Call(w.Dev, "GET", "/v2/facescans/"+id+"/report?language="+lang, nil).Want(200).Body)
		of := words.Widgets(lang)
		why, help := of["reason.too_much_motion"], words.Pages(lang)["reason.too_much_motion.help"]
		says(t, got, of["refused.title"]+" (15) "+of["biomarker.heart_rate"]+", "+of["biomarker.respiratory_rate"]+", ")
		if strings.Count(got, why) != 1 || strings.Contains(got, help) || strings.Count(got, of["biomarker.pulse_respiration_quotient"]+" "+why) != 1 {
			t.Errorf("%s: the reason is not there once, after the names: %s", lang, got)
		}
	}

	view := scan.View{FaceScanID: "id", CreatedAt: "2026-02-03T04:05:06Z", Timezone: "UTC", QualityFlags: []biomarker.Reason{biomarker.TooDark, biomarker.LowFrameRate}}
	tile := widget.Biomarker{Name: "Heart rate", State: widget.Refused, Title: new("No value"), Reason: new("too_dark"), Text: words.Widgets("en")["reason.too_dark"]}
	doc, err := report.Scan{View: view, Values: []widget.Biomarker{tile}}.PDF()
	if err != nil {
		t.Fatal(err)
	}
	got, say := pdfText(t, doc), words.Pages("en")
	says(t, got, words.Report("en")["values.help"]+" "+say["reason.low_frame_rate"]+" "+say["reason.low_frame_rate.help"], "Heart rate No value "+tile.Text)
	if n := strings.Count(got, say["reason.too_dark"]); n != 1 {
		t.Errorf("the reason is there %d times: %s", n, got)
	}
}

// word is one on a page, with its box in points from the top left.
var word = regexp.MustCompile(`<word xMin="([0-9.]+)" yMin="([0-9.]+)" xMax="([0-9.]+)" yMax="([0-9.]+)">(.*)</word>`)

// What is longer than a page continues on the next one: nothing is lost, and nothing runs off the page or over its foot.
func TestReportsOfAnyLength(t *testing.T) {
	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewRGBA(image.Rect(0, 0, 20, 2000))); err != nil {
		t.Fatal(err)
	}
	// numbered is a text whose words can be told apart, so that each is found again.
	total := map[string]int{}
	numbered := func(name string, n int) string {
		total[name] = n
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%s%d ", name, i)
		}
		return b.String()
	}
	view := scan.View{FaceScanID: "id", CreatedAt: "2026-02-03T04:05:06Z", Timezone: "UTC"}
	tile := widget.Biomarker{Name: numbered("name", 700), State: widget.Refused, Title: new("No value"), Text: numbered("reason", 1500)}
	for i := range 40 {
		tile.Notices = append(tile.Notices, widget.Notice{Code: strconv.Itoa(i), Severity: string(health.Severities[i%len(health.Severities)]), Text: numbered(fmt.Sprintf("notice%dx", i), 40)})
	}
	tile.Notices = append(tile.Notices, widget.Notice{Code: "long", Severity: "urgent", Text: numbered("urgent", 2500)})
	s := report.Scan{View: view, Values: []widget.Biomarker{tile}, Cover: report.Cover{Customer: numbered("customer", 1500), Logo: logo.Bytes(), Test: true,
		Person: &report.Person{Reference: numbered("reference", 1500) + strings.Repeat("x", 3000), BirthDate: "1980-01-02"}}}
	doc, err := s.PDF()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	foot := words.Person("en")["foot"]
	for _, m := range word.FindAllStringSubmatch(poppler(t, doc, "pdftotext", "-bbox", "-enc", "UTF-8"), -1) {
		at := make([]float64, 4)
		for i := range at {
			if at[i], err = strconv.ParseFloat(m[i+1], 64); err != nil {
				t.Fatal(err)
			}
		}
		const mm, slack = 72 / 25.4, 1
		if at[0] < 16*mm-slack || at[2] > 194*mm+slack || at[3] > 281*mm && at[1] < 283*mm || at[3] > 290*mm || at[1] < 13*mm {
			t.Errorf("%.40s is at %v", m[5], at)
		}
		name := strings.TrimRight(m[5], "0123456789")
		if at[1] > 283*mm && !strings.Contains(foot+"Page of", name) {
			t.Errorf("%q is in the foot", m[5])
		}
		found[name]++
	}
	for name, n := range total {
		if found[name] != n {
			t.Errorf("%d of %d words of %s are in the report", found[name], n, name)
		}
	}
}

// A page's token takes the report of what its page shows, without what it may not know of the person; and no other.
func TestReportsOfTokens(t *testing.T) {
	w := world(t)
	u, other := w.User(), w.User()
	w.Call(w.Dev, "PATCH", "/v2/users?user_id="+u.UserID, map[string]string{"birth_date": "1980-02-03"}).Want(200)
	mine := synthetic(t, w, u.UserID, `{"synthetic":{"seed":5,"duration_s":20}}`)
	next := synthetic(t, w, u.UserID, `{"synthetic":{"seed":6,"duration_s":20}}`)
	theirs := synthetic(t, w, other.UserID, `{"synthetic":{"seed":7,"duration_s":20}}`)
	as := func(token, path string) blushtest.Answer {
		return w.Call("", "GET", path, nil, "Authorization", token)
	}
	tokenOf := func(address string, err error) string {
		t.Helper()
		parsed, bad := url.Parse(address)
		if err != nil || bad != nil {
			t.Fatal(err, bad)
		}
		return "Token " + parsed.Query().Get("action_token")
	}
	results, err := w.Client(w.Dev).ResultsURL(t.Context(), mine)
	token := tokenOf(results.URL, err)
	dashboard, err := w.Client(w.Dev).DashboardURL(t.Context(), client.UserRef{ID: u.UserID})
	own := tokenOf(dashboard.URL, err)
	for _, got := range []string{pdfText(t, as(token, "/v2/facescans/"+mine+"/report").Want(200).Body), pdfText(t, as(own, "/v2/users/report").Want(200).Body)} {
		if strings.Contains(got, *u.ExternalUserID) || regexp.MustCompile(`\b1980\b`).MatchString(got) {
			t.Errorf("a page is told who the person is: %s", got)
		}
	}
	as(token, "/v2/facescans/"+next+"/report").Want(404)
	as(token, "/v2/users/report").Want(403)
	as(own, "/v2/facescans/"+next+"/report").Want(200)
	as(own, "/v2/facescans/"+theirs+"/report").Want(404)
}

// What cannot be is refused with its place.
func TestReportsOfNothing(t *testing.T) {
	w := world(t)
	u := w.User()
	w.Call(w.Dev, "GET", "/v2/facescans/0198c5a2-7b1e-7c3d-9e4f-0123456789ab/report", nil).Want(404)
	w.Call(w.Dev, "GET", "/v2/users/report?user_id=0198c5a2-7b1e-7c3d-9e4f-0123456789ab", nil).Want(404)
	for query, place := range map[string]string{
		"start=2026-13-01":                    `["query","start"]`,
		"stop=yesterday":                      `["query","stop"]`,
		"start=2026-03-02&stop=2026-03-01":    `["query","stop"]`,
		"start=1950-01-01&stop=2026-03-01":    `["query","start"]`,
		"start=2026-03-02&language=%C3%A9%20": `["query","language"]`,
	} {
		if got := w.Call(w.Dev, "GET", "/v2/users/report?user_id="+u.UserID+"&"+query, nil).Places(); len(got) != 1 || got[0] != place {
			t.Errorf("%s: %v, want %s", query, got, place)
		}
	}
	// The message is about what was sent.
	if a := w.Call(w.Dev, "GET", "/v2/users/report?start=2099-01-01&user_id="+u.UserID, nil); a.Places()[0] != `["query","start"]` || strings.Contains(string(a.Body), "stop must") {
		t.Errorf("a start in the future: %s", a.Body)
	}
}
