package web_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"blush.example/blush/blushtest/browser"
)

// A network that is lost at the upload, a page that is loaded again, and a link
// that has expired in between lose nothing. The same film in an element of another page gives the same scan.
func TestStoryNetworkLostAndElement(t *testing.T) {
	film, truth := written(t, calm(20))
	t.Parallel()
	v := arrive(t, browser.Camera{File: film}).agree()
	v.Before(sameID)
	v.scanUntil(scanSeconds, in("recording"))
	v.line.Cut(true)
	v.PlayFilm("")
	v.at("waiting")
	v.reads("send.offline.title", "send.offline")
	v.told("startNewMeasurement", "camera", "recordingStarted", "recordingStopped")

	// Back again, but the token holds no more.
	if err := v.w.Server.Accounts.RevokeUserTokens(t.Context(), v.caller(), ref(v)); err != nil {
		t.Fatal(err)
	}
	v.line.Cut(false)
	v.WaitFor(fmt.Sprintf(`document.querySelector("h1").textContent === %q`, v.say["send.token.title"]))
	v.reads("send.token")
	if m := v.message("error"); m.Data.Reason != "token_expired" {
		t.Errorf("error: %+v", m)
	}
	v.Eval("location.reload()", nil)
	v.at("expired")
	v.reads("expired.title", "expired", "expired.kept")
	if s := v.scans(); len(s) != 0 {
		t.Fatalf("the server has %+v", s)
	}

	// The next link takes it up.
	v.Open(v.url(scanSeconds))
	v.at("result")
	v.reads("send.older", "result.title")
	scans := v.scans()
	if len(scans) != 1 {
		t.Fatalf("the server has %+v", scans)
	}
	v.told("faceScanSuccessful")
	if m := v.message("faceScanSuccessful"); m.Data.FaceScanID != scans[0].FaceScanID {
		t.Errorf("faceScanSuccessful: %+v, the scan is %s", m, scans[0].FaceScanID)
	}
	// And is gone from the device.
	v.Open(v.url(scanSeconds))
	v.at("welcome")

	uploads := v.line.Uploads()
	if len(uploads) == 0 {
		t.Fatal("no upload")
	}
	inElement(t, film, truth, uploads[0].Body)
}

// A network that is away for half a minute when the scan is done costs no more than the time.
func TestStoryNetworkLostFor30Seconds(t *testing.T) {
	if os.Getenv("BLUSH_BROWSER_LONG") == "" {
		t.Skip("part of make browser-long")
	}
	film, truth := written(t, calm(20))
	t.Parallel()
	v := arrive(t, browser.Camera{File: film}).agree()
	v.scanUntil(scanSeconds, in("recording"))
	v.line.Cut(true)
	v.PlayFilm("")
	v.at("waiting")
	time.Sleep(30 * time.Second)
	v.line.Cut(false)
	v.at("result")
	v.rightRate(truth)
	v.told("startNewMeasurement", "camera", "recordingStarted", "recordingStopped", "faceScanSuccessful")
}

// A page that is loaded again in the middle says so, and starts again. The scan waits while nobody looks at it, and ends with its camera.
func TestStoryReload(t *testing.T) {
	film, _ := written(t, calm(20))
	t.Parallel()
	v := arrive(t, browser.Camera{File: film}).agree()
	v.scanUntil(scanSeconds, in("recording"))
	v.Eval("location.reload()", nil)
	v.at("welcome")
	v.reads("welcome.reloaded")
	v.told("recordingStopped")
	if s, n := v.scans(), len(v.line.Uploads()); len(s) != 0 || n != 0 {
		t.Errorf("the server has %+v, %d uploads", s, n)
	}
	v.startUntil(in("recording"))
	// The app goes to the background and comes back: the scan waits.
	v.Eval(`document.dispatchEvent(new Event("appPaused"))`, nil)
	v.Eval(`void (window.left = film.time)`, nil)
	v.PlayFilm(`film.time > left + 1.5`)
	v.state("paused")
	v.WaitFor(v.words("scan.paused.app"))
	v.Eval(`document.dispatchEvent(new Event("appResumed"))`, nil)
	v.PlayFilm(in("recording"))
	// So does a tab that is not looked at.
	v.Eval(`Object.defineProperty(document, "hidden", {value: true, configurable: true}); document.dispatchEvent(new Event("visibilitychange"))`, nil)
	v.state("paused")
	v.Eval(`delete document.hidden; document.dispatchEvent(new Event("visibilitychange"))`, nil)
	v.PlayFilm(in("recording"))
	// A camera from which no more frames come has ended.
	v.PlayFilm(`(film.silent = true)`)
	v.at("failed")
	v.reads("camera.ended.title", "camera.ended", "try_again")
	v.told("recordingStopped", "startNewMeasurement", "camera", "recordingStarted", "recordingStopped", "error")
	if m := v.message("error"); m.Data.Reason != "camera_ended" {
		t.Errorf("error: %+v", m)
	}
}
