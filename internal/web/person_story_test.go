package web_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"blush.example/blush/blushtest"
	"blush.example/blush/blushtest/browser"
)

const personReady = `document.querySelectorAll(".spin").length === 0 && document.querySelectorAll("blush-biomarker, .refusal h2").length > 0 && [...document.querySelectorAll("blush-metric, blush-graph, blush-biomarker")].every((e) => e.state !== "loading" && e.state !== "error")`

// A person opens the dashboard from an app, reads it, enters a reading of a
// cuff and an answer, and then opens the result of one scan.
func TestPersonsOwnPages(t *testing.T) {
	t.Parallel()
	w, b := blushtest.Start(t), browser.Start(t, browser.Camera{})
	u := w.Year(1, time.Now().Add(-time.Hour))
	line := browser.NewWire(t, w.URL)
	open := func(path string) {
		t.Helper()
		var page struct{ URL string }
		w.Call(w.Dev, "GET", path+"user_id="+u.UserID+"&language=de", nil).Want(200).JSON(&page)
		b.Open(line.URL + strings.TrimPrefix(page.URL, w.URL))
	}
	open("/v2/dashboard/url?")
	b.WaitFor(personReady)
	var address string
	b.Eval(`location.href + " " + document.documentElement.innerHTML`, &address)
	if !strings.HasPrefix(address, line.URL+"/dashboard ") || strings.Contains(address, "eyJ") {
		t.Errorf("the token is still there: %.120s", address)
	}
	if h := b.Text("h1"); h != "Ihre Gesundheit" {
		t.Errorf("the page is headed %q", h)
	}
	b.WaitFor(`document.querySelectorAll(".rings li").length === 3 && document.querySelector("#next .card") && document.querySelectorAll(".part").length === 3`)
	for _, text := range b.Parted() {
		t.Errorf("on the dashboard a line may end within %q", text)
	}
	for _, v := range b.Axe("") {
		t.Error(v)
	}

	// A scan from the list takes the place of the one that is open; the rest of the page stays as it is.
	var chosen string
	b.Eval(`(() => { document.querySelector("blush-graph").mark = true; const row = [...document.querySelectorAll("[data-scan]")].at(-1); row.click(); return row.dataset.scan })()`, &chosen)
	b.WaitFor(`document.querySelector("#now blush-biomarker").faceScanId === "` + chosen + `" && document.querySelector("blush-graph").mark === true && ` + personReady)
	var current []string
	b.Eval(`[...document.querySelectorAll("[data-scan][aria-current=true]")].map((e) => e.dataset.scan)`, &current)
	if len(current) != 1 || current[0] != chosen {
		t.Errorf("the scan that is open is %v in the list, want %s", current, chosen)
	}
	if named, said := b.Text("#now h2"), b.Text("#now .when"); !strings.Contains(named, "Scan vom") || !strings.Contains(named, ":") || strings.Contains(said, ":") {
		t.Errorf("the scan that is open is named %q, and below it is %q", named, said)
	}
	for _, v := range b.Axe("#now") {
		t.Error(v)
	}

	// The page's reports: of the period that the graph shows, and of the scan that is open.
	saved := func(place, name string) {
		t.Helper()
		got, doc := b.Download(place)
		if !strings.HasPrefix(got, name+"-20") || !bytes.HasPrefix(doc, []byte("%PDF-")) || !bytes.Contains(doc, []byte("/Lang (de)")) {
			t.Errorf("%s saves %s: %.20q, want a report in German", place, got, doc)
		}
	}
	saved("#time .report button", "period")
	saved("#now .report button", "scan")

	b.Eval(`(() => { const f = document.querySelector("input[name=systolic]").form; f.systolic.value = 131; f.diastolic.value = 84; f.requestSubmit(); })()`, nil)
	b.WaitFor(`document.querySelector("#answers").innerText.includes("Gespeichert.")`)
	b.WaitFor(`[...document.querySelectorAll("blush-biomarker")].some((e) => e.shadowRoot.textContent.includes("131/84"))`)
	b.Eval(`(() => { document.querySelector(".part").open = true; const i = document.querySelector("input[name=hours_sport_week][value='5']"); i.click(); i.form.requestSubmit(); })()`, nil)
	b.WaitFor(`document.querySelector(".part").innerText.includes("Gespeichert.")`)
	// One answer of the screening that is positive by itself is said so at once.
	b.Eval(`(() => { const i = document.querySelector("input[name=phq4_down][value='3']"); i.closest("details").open = true; i.click(); i.form.requestSubmit(); })()`, nil)
	b.WaitFor(`document.querySelector("#answers .part [role=alert].warning")?.textContent.includes("bleiben Sie nicht allein")`)
	var asked struct {
		Data []struct {
			LookupKey string `json:"lookup_key"`
			Answer    *struct{ Value float64 }
		}
	}
	w.Call(w.Dev, "GET", "/v2/questions?user_id="+u.UserID, nil).Want(200).JSON(&asked)
	for _, q := range asked.Data {
		if q.LookupKey == "hours_sport_week" && (q.Answer == nil || q.Answer.Value != 5) {
			t.Errorf("the answer that was kept is %v", q.Answer)
		}
	}
	b.Eval(`location.reload()`, nil)
	b.WaitFor(`performance.getEntriesByType("navigation")[0].type === "reload" && ` + personReady)

	var warned []string
	b.Eval(`[...document.querySelectorAll(".warning")].map((e) => e.textContent)`, &warned)
	if len(warned) != 1 || !strings.Contains(warned[0], "bleiben Sie nicht allein") {
		t.Errorf("the page warns of a positive screen in these places: %q", warned)
	}
	const listed = `[...document.querySelectorAll("blush-biomarker")].map((e) => e.parameter).filter((p) => p !== "blood_pressure").join(" ")`
	var onDashboard, onResult string
	b.Eval(listed, &onDashboard)

	var scans struct {
		Data []struct {
			ID         string `json:"face_scan_id"`
			Biomarkers map[string]*float64
		}
	}
	w.Call(w.Dev, "GET", "/v2/facescans?limit=20&user_id="+u.UserID, nil).Want(200).JSON(&scans)
	for _, s := range scans.Data {
		if s.Biomarkers["heart_rate"] != nil {
			var page struct{ URL string }
			w.Call(w.Dev, "GET", "/v2/facescans/"+s.ID+"/results-url?language=de", nil).Want(200).JSON(&page)
			b.Open(line.URL + strings.TrimPrefix(page.URL, w.URL))
			break
		}
	}
	b.WaitFor(`document.querySelectorAll("blush-biomarker").length === 5 && [...document.querySelectorAll("blush-biomarker")].every((e) => e.state === "ready" || e.state === "refused")`)
	if b.Eval(listed, &onResult); onResult != onDashboard || !strings.Contains(onResult, "rmssd") {
		t.Errorf("the dashboard shows %s of a scan, its own page %s", onDashboard, onResult)
	}
	for _, text := range b.Parted() {
		t.Errorf("on the result's page a line may end within %q", text)
	}
	var changed int
	b.Eval(`[...document.querySelectorAll("blush-biomarker")].filter((e) => e.data.data.change !== null).length`, &changed)
	if changed > 0 {
		t.Errorf("a result tells of %d earlier values: its token is for one scan", changed)
	}
	for _, v := range b.Axe("") {
		t.Error(v)
	}

	saved(".report button", "scan")
	b.Eval(`(() => { window.fetch = async () => new Response('{"detail":"The token has expired."}', {status: 401}); document.querySelector(".report button").click(); })()`, nil)
	b.WaitFor(`document.querySelector(".report [role=status]").innerText.includes("Dieser Link ist abgelaufen")`)

	b.Open(line.URL + "/dashboard?action_token=spoilt&language=fr")
	b.WaitFor(`document.body.innerText.includes("Ce lien a expiré")`)

	for _, r := range line.Requests() {
		if r.Header.Get("Cookie") != "" {
			t.Errorf("%s carries a cookie", r.Path)
		}
		if strings.HasPrefix(r.Path, "/v2/") && !strings.HasPrefix(r.Header.Get("Authorization"), "Token ") {
			t.Errorf("%s %s carries no token", r.Method, r.Path)
		}
		if ref := r.Header.Get("Referer"); strings.Contains(ref, "token") {
			t.Errorf("%s is told %s", r.Path, ref)
		}
	}
	for _, l := range b.Console() {
		if !strings.Contains(l, "status of 401") && !strings.Contains(l, "status of 404") {
			t.Errorf("console: %s", l)
		}
	}
	for _, host := range b.Outside() {
		t.Errorf("asked %s", host)
	}
}

// What a scan refused for one reason is said once, with what helps and that one may scan again: on the result's page and on the dashboard.
func TestRefusedForOneReason(t *testing.T) {
	t.Parallel()
	w, b := blushtest.Start(t), browser.Start(t, browser.Camera{})
	u := w.User()
	line := browser.NewWire(t, w.URL)
	scan := w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, `{"synthetic":{"heart_rate":66,"duration_s":12}}`).Want(201).Header.Get("Location")
	for _, path := range []string{scan + "/results-url?language=en", "/v2/dashboard/url?language=en&user_id=" + u.UserID} {
		var page struct{ URL string }
		w.Call(w.Dev, "GET", path, nil).Want(200).JSON(&page)
		b.Open(line.URL + strings.TrimPrefix(page.URL, w.URL))
		b.WaitFor(personReady + ` && document.querySelectorAll(".refusal h2").length === 1`)
		var said string
		b.Eval(`(() => { const said = (root) => [...root.childNodes].map((n) => n.nodeType === 3 ? n.data : n.nodeName === "STYLE" ? "" : (n.shadowRoot ? said(n.shadowRoot) : "") + said(n)).join(" "); return said(document.querySelector("main")); })()`, &said)
		if n := strings.Count(said, "The scan was too short for this."); n != 1 {
			t.Errorf("%s says its reason %d times", path, n)
		}
		card := b.Text(".refusal")
		for _, want := range []string{"Respiratory rate", "Heart rate variability", "Resonant breathing", "Sit still for a full minute.", "You can scan again at once."} {
			if !strings.Contains(card, want) {
				t.Errorf("%s does not say %q: %s", path, want, card)
			}
		}
		for _, v := range b.Axe("main") {
			t.Error(v)
		}
	}
}

// A result without any value explains no band: there is none to read.
func TestResultWithoutValuesExplainsNoBand(t *testing.T) {
	t.Parallel()
	w, b := blushtest.Start(t), browser.Start(t, browser.Camera{})
	u := w.User()
	line := browser.NewWire(t, w.URL)
	for reason, explained := range map[string]bool{`"reason":"too_dark"`: false, `"heart_rate":66`: true} {
		scan := w.Call(w.Dev, "POST", "/v2/facescans?user_id="+u.UserID, `{"synthetic":{`+reason+`}}`).Want(201).Header.Get("Location")
		var page struct{ URL string }
		w.Call(w.Dev, "GET", scan+"/results-url?language=en", nil).Want(200).JSON(&page)
		b.Open(line.URL + strings.TrimPrefix(page.URL, w.URL))
		b.WaitFor(personReady + ` && document.querySelector("main ul.plain")`)
		if said := b.Text("main"); strings.Contains(said, "The band around a value") != explained || !strings.Contains(said, "A gap is better") {
			t.Errorf("the result of %s says: %s", reason, said)
		}
	}
}
