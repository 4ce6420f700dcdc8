package clients_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/client"
	"blush.example/blush/rppg"
)

func goStoryOf(t *testing.T, c *client.Client, value func(string) string) {
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	external, sex, birth, dutch := "anna", "F", "1990-05-17", "nl"
	// The proxy drops the answer to the first try.
	u, _, err := c.CreateUser(ctx, client.User{ExternalUserID: &external, Sex: &sex, BirthDate: &birth})
	must(err)
	again, created, err := c.CreateUser(ctx, client.User{ExternalUserID: &external})
	must(err)
	if created || again.UserID != u.UserID {
		t.Errorf("a second user of one name: %+v", again)
	}
	ref := client.UserRef{ID: u.UserID}
	_, err = c.User(ctx, ref)
	must(err)
	for user, err := range c.AllUsers(ctx) {
		must(err)
		if user.UserID != u.UserID {
			t.Errorf("user %+v", user)
		}
	}
	u, err = c.UpdateUser(ctx, ref, map[string]any{"language": dutch})
	must(err)
	if *u.Language != dutch {
		t.Errorf("language %s", *u.Language)
	}

	f, err := os.Open(value("BLUSH_COMPACT"))
	must(err)
	defer f.Close()
	trace, err := rppg.ParseTraceCompact(f)
	must(err)
	measured, err := c.SubmitTrace(ctx, ref, trace)
	must(err)
	if e, _ := measured.Estimate(biomarker.HeartRate); e.Value == nil || *e.Value < 61 || *e.Value > 67 {
		t.Errorf("heart rate %+v of 64", e)
	}
	keyed := client.WithIdempotencyKey(ctx, "visit-1")
	simulated, err := c.SubmitSynthetic(keyed, ref, client.Synthetic{Seed: 3, DurationS: 30})
	must(err)
	repeated, err := c.SubmitSynthetic(keyed, ref, client.Synthetic{Seed: 3, DurationS: 30})
	must(err)
	if repeated.FaceScanID != simulated.FaceScanID {
		t.Error("one key made two scans")
	}
	film, err := c.SubmitVideo(ctx, ref, value("BLUSH_VIDEO"), client.VideoOptions{Timezone: "Europe/Brussels"})
	must(err)
	film, err = c.Wait(ctx, film.FaceScanID)
	must(err)
	if film.Status != "done" || film.Timezone != "Europe/Brussels" {
		t.Errorf("the film: %+v", film)
	}
	_, err = c.Scans(ctx, ref, client.Page{Limit: 1})
	must(err)
	var scans []string
	for s, err := range c.AllScans(ctx, ref) {
		must(err)
		scans = append(scans, s.FaceScanID)
	}
	if strings.Join(scans, " ") != strings.Join([]string{film.FaceScanID, simulated.FaceScanID, measured.FaceScanID}, " ") {
		t.Errorf("scans %v", scans)
	}
	wave, err := c.Waveform(ctx, measured.FaceScanID)
	must(err)
	if len(wave.Beats) < 20 {
		t.Errorf("%d beats", len(wave.Beats))
	}
	csv, err := c.WaveformCSV(ctx, measured.FaceScanID)
	must(err)
	edf, err := c.WaveformEDF(ctx, measured.FaceScanID)
	must(err)
	if !strings.Contains(csv, "\nend,") || !strings.HasPrefix(string(edf), "0 ") {
		t.Errorf("waves as files: %.50q, %.50q", csv, edf)
	}
	for format, end := range map[string]string{"": `{"end":true,"face_scans":3}`, "csv": "\nend,3"} {
		text, err := c.ExportScans(ctx, client.ScanExport{User: ref, Format: format, To: time.Now().Add(time.Hour)})
		must(err)
		if !strings.Contains(text, end) || !strings.Contains(text, measured.FaceScanID) {
			t.Errorf("the export as %q: %s", format, text)
		}
	}
	for _, get := range []func() ([]byte, error){
		func() ([]byte, error) { return c.ScanReport(ctx, measured.FaceScanID, "nl") },
		func() ([]byte, error) { return c.UserReport(ctx, ref, "", "", "nl") },
	} {
		pdf, err := get()
		must(err)
		if !strings.HasPrefix(string(pdf), "%PDF-") {
			t.Errorf("a report: %.50q", pdf)
		}
	}
	found, err := c.SearchObservations(ctx, url.Values{"patient": {u.UserID}, "_count": {"5"}})
	must(err)
	everything, err := c.ExportPatient(ctx, u.UserID, url.Values{"_since": {"2026-01-01T00:00:00Z"}})
	must(err)
	who, err := c.SearchPatients(ctx, url.Values{"identifier": {external}})
	must(err)
	if id := inBundle(who, "Patient"); id != u.UserID {
		t.Errorf("a search finds the patient %q", id)
	}
	for _, bundle := range []client.Resource{found, everything} {
		for _, want := range []string{"Observation", "Patient", "Device"} {
			one := inBundle(bundle, want)
			get := map[string]func(context.Context, string) (client.Resource, error){"Observation": c.Observation, "Patient": c.Patient, "Device": c.Device}[want]
			read, err := get(ctx, one)
			must(err)
			if one == "" || read["resourceType"] != want || read["id"] != one {
				t.Errorf("%s %q: %v", want, one, read)
			}
		}
	}
	c.Language = "fr"
	for _, get := range []func() (client.PageURL, error){
		func() (client.PageURL, error) { return c.ScanURL(ctx, ref) },
		func() (client.PageURL, error) { return c.DashboardURL(ctx, ref) },
		func() (client.PageURL, error) { return c.ResultsURL(ctx, measured.FaceScanID) },
	} {
		page, err := get()
		must(err)
		if !strings.Contains(page.URL, "language=fr") {
			t.Errorf("page %s", page.URL)
		}
	}
	must(c.DeleteScan(ctx, simulated.FaceScanID))

	questions, err := c.Questions(ctx, ref)
	must(err)
	first := answerTo(questions.Data[0])
	_, err = c.Answer(ctx, ref, first)
	must(err)
	kept, err := c.AnswerAll(ctx, ref, answerTo(questions.Data[1]), answerTo(questions.Data[2]))
	must(err)
	if questions.Language != "fr" || len(kept) != 2 {
		t.Errorf("in %s, kept %+v", questions.Language, kept)
	}
	metrics, err := c.Metrics(ctx, ref)
	must(err)
	profile, err := c.Profile(ctx, ref, "energy-sleep")
	must(err)
	journey, err := c.Journey(ctx, ref)
	must(err)
	if metrics.Metrics["mental_stress"].Name == "" || profile.Name != "energy-sleep" || len(journey.Steps) == 0 {
		t.Errorf("%+v\n%+v\n%+v", metrics, profile, journey)
	}
	reading, err := c.AddReading(ctx, ref, client.NewReading{Systolic: 124, Diastolic: 79})
	must(err)
	for r, err := range c.AllReadings(ctx, ref) {
		must(err)
		if r.ReadingID != reading.ReadingID {
			t.Errorf("reading %+v", r)
		}
	}
	must(c.DeleteReading(ctx, ref, reading.ReadingID))
	consents, err := c.GiveConsent(ctx, ref, client.NewConsent{Version: "2026-1", TextHash: strings.Repeat("a", 64), Language: "nl"})
	must(err)
	listed, err := c.Consents(ctx, ref, "2026-1")
	must(err)
	if len(consents) != 1 || len(listed) != 1 || listed[0].ConsentID != consents[0].ConsentID {
		t.Errorf("consents %+v, %+v", consents, listed)
	}

	biomarkers, err := c.BiomarkerWidget(ctx, ref, "heart_rate", measured.FaceScanID)
	must(err)
	if *biomarkers.Data.Value < 61 || biomarkers.Language != "fr" {
		t.Errorf("%+v", biomarkers)
	}
	_, err = c.MetricWidget(ctx, ref, "mental_stress")
	must(err)
	graph, err := c.GraphWidget(ctx, ref, "heart_rate", client.GraphSpan{Title: "Pulse"})
	must(err)
	if graph.Data.Title != "Pulse" {
		t.Errorf("graph %q", graph.Data.Title)
	}
	_, err = c.MainWidget(ctx, ref)
	must(err)
	_, err = c.RecommendationsWidget(ctx, ref)
	must(err)
	_, err = c.TodosWidget(ctx, ref)
	must(err)
	for name, data := range map[string]client.WidgetData{
		"biomarker": {Parameter: "heart_rate", FaceScanID: "latest"}, "metric": {Parameter: "mental_stress"}, "graph": {Parameter: "heart_rate"},
		"main": {}, "recommendations": {}, "todos": {},
	} {
		html, err := c.WidgetHTML(ctx, ref, name, client.Widget{Data: data})
		must(err)
		if !strings.Contains(html, `lang="fr"`) {
			t.Errorf("%s: %.200s", name, html)
		}
	}

	hook, err := c.CreateWebhook(ctx, client.NewWebhook{URL: "https://app.example.org/blush", Events: []string{"scan.done"}})
	must(err)
	_, err = c.Webhooks(ctx)
	must(err)
	_, err = c.Webhook(ctx, hook.WebhookID)
	must(err)
	changed, err := c.UpdateWebhook(ctx, hook.WebhookID, map[string]any{"description": "ids"})
	must(err)
	turned, err := c.RotateWebhookSecret(ctx, hook.WebhookID, time.Hour)
	must(err)
	test, err := c.TestWebhook(ctx, hook.WebhookID)
	must(err)
	if changed.Description != "ids" || turned.Secret == hook.Secret || !strings.HasPrefix(turned.Secret, "whsec_") {
		t.Errorf("%+v, %+v", changed, turned)
	}
	var sent []string
	for d, err := range c.AllDeliveries(ctx, hook.WebhookID, "") {
		must(err)
		sent = append(sent, d.DeliveryID)
	}
	if len(sent) != 1 || sent[0] != test.DeliveryID {
		t.Errorf("deliveries %v", sent)
	}
	_, _, err = c.ReplayFailed(ctx, hook.WebhookID, time.Now())
	must(err)
	must(c.DeleteWebhook(ctx, hook.WebhookID))
	for e, err := range c.AllAudit(ctx, client.AuditFilter{UserID: u.UserID, Action: "scan.delete"}) {
		must(err)
		if e.ObjectID == nil || *e.ObjectID != simulated.FaceScanID {
			t.Errorf("audit %+v", e)
		}
	}

	token, err := c.CreateToken(ctx, ref, time.Hour)
	must(err)
	person := &client.Client{BaseURL: c.BaseURL, Token: token.Token, HTTP: c.HTTP}
	_, err = person.PageSettings(ctx)
	must(err)
	must(c.RevokeToken(ctx, token.Token))
	if _, err := person.User(ctx, client.UserRef{}); client.Status(err) != 401 {
		t.Errorf("a token that was revoked: %v", err)
	}
	must(c.RevokeTokens(ctx, ref))

	var e *client.Error
	if _, err := c.AddReading(ctx, ref, client.NewReading{Systolic: 1, Diastolic: 79}); !errors.As(err, &e) || e.Status != 422 || e.Fields[0].Loc[1] != "systolic" || e.RequestID == "" {
		t.Errorf("a reading that is none: %v", err)
	}
	for id, status := range map[string]int{"gateway": 418, "page": 200, "elsewhere": 307} {
		if _, err := c.Scan(ctx, id); !errors.As(err, &e) || e.Status != status || status != 307 && strings.TrimSpace(string(e.Body)) != gatewayPage {
			t.Errorf("%s: %v", id, err)
		}
	}
	cut := client.UserRef{ID: "cut"}
	for name, get := range map[string]func() (any, error){
		"waveform.csv": func() (any, error) { return c.WaveformCSV(ctx, "cut") },
		"waveform.edf": func() (any, error) { return c.WaveformEDF(ctx, "cut") },
		"scan report":  func() (any, error) { return c.ScanReport(ctx, "cut", "") },
		"user report":  func() (any, error) { return c.UserReport(ctx, cut, "", "", "") },
		"scans":        func() (any, error) { return c.ExportScans(ctx, client.ScanExport{User: cut}) },
		"widget":       func() (any, error) { return c.WidgetHTML(ctx, cut, "main", client.Widget{}) },
	} {
		if got, err := get(); !errors.Is(err, client.ErrNotWhole) || reflect.ValueOf(got).Len() > 0 {
			t.Errorf("%s that is not whole: %q, %v", name, got, err)
		}
	}
	if r, err := c.ExportPatient(ctx, "cut", nil); !errors.As(err, &e) || e.Status != 200 || r != nil {
		t.Errorf("a history that is not whole: %v, %v", r, err)
	}
	if doc, err := c.ExportUser(ctx, cut); !errors.As(err, &e) || e.Status != 200 || doc != nil {
		t.Errorf("a user's data that are not whole: %s, %v", doc, err)
	}
	for name, call := range map[string]func() error{
		"scan":    func() error { _, err := c.Scan(ctx, "empty"); return err },
		"file":    func() error { _, err := c.WaveformEDF(ctx, "empty"); return err },
		"waves":   func() error { _, err := c.WaveformCSV(ctx, "empty"); return err },
		"history": func() error { _, err := c.ExportPatient(ctx, "empty", nil); return err },
	} {
		if err := call(); !errors.As(err, &e) || e.Status != 200 {
			t.Errorf("an empty %s: %v", name, err)
		}
	}
	if _, err := c.WaveformCSV(ctx, "broken"); err == nil {
		t.Error("waves that broke off are taken for whole ones")
	}
	if _, err := c.ExportPatient(ctx, "broken", nil); err == nil {
		t.Error("a history that broke off is taken for a whole one")
	}
	_, err = c.ExportUser(ctx, ref)
	must(err)
	must(c.DeleteUser(ctx, ref))
	if _, err := c.User(ctx, ref); client.Status(err) != 404 {
		t.Errorf("a user who was erased: %v", err)
	}
	u, _, err = c.CreateUser(ctx, client.User{})
	must(err)
	made, err := c.MakeHistory(ctx, client.UserRef{ID: u.UserID}, client.History{Days: 3, Seed: 4})
	must(err)
	if made.UserID != u.UserID || made.Scans == 0 {
		t.Errorf("a history: %+v", made)
	}
	for _, want := range [][]string{{"heart_rate"}, {}} {
		must(c.Lock(ctx, client.UserRef{ID: u.UserID}, want...))
		j, err := c.Journey(ctx, client.UserRef{ID: u.UserID})
		must(err)
		if slices.Contains(j.Locked, "heart_rate") != (len(want) > 0) {
			t.Errorf("locked %v, got %v", want, j.Locked)
		}
	}
	broken, err := c.SubmitSynthetic(ctx, client.UserRef{ID: u.UserID}, client.Synthetic{Failure: true})
	must(err)
	if broken, err = c.Wait(ctx, broken.FaceScanID); err != nil || broken.Status != "failed" {
		t.Errorf("a scan that is to fail: %+v, %v", broken, err)
	}
}

// inBundle is the id of the first resource of a type in a bundle.
func inBundle(bundle client.Resource, resourceType string) string {
	entries, _ := bundle["entry"].([]any)
	for _, e := range entries {
		if r, _ := e.(map[string]any)["resource"].(map[string]any); r["resourceType"] == resourceType {
			id, _ := r["id"].(string)
			return id
		}
	}
	return ""
}

// answerTo answers a question with the first of its options, or its least number.
func answerTo(q client.Question) client.Answer {
	if len(q.Options) > 0 {
		return client.Answer{LookupKey: q.LookupKey, Value: float64(q.Options[0].Value)}
	}
	return client.Answer{LookupKey: q.LookupKey, Value: *q.Minimum}
}
