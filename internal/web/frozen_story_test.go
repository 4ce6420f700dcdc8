package web_test

import (
	"strings"
	"testing"

	"blush.example/blush/blushtest/browser"
	"blush.example/blush/internal/words"
)

// A camera that stops half way gets no number: the page says that the picture stood still, in the language of the person.
// The engine's TestFrozenPictures tests pictures that are still from the start.
func TestStoryFrozenCamera(t *testing.T) {
	film := small(browser.FaceFilm(72, 17))
	film.Scene.Replay.Freeze = 8
	file, _ := written(t, film)
	t.Parallel()
	v := arrive(t, browser.Camera{File: file}).agree()
	v.say = words.Pages("de")
	v.Open(strings.Replace(v.url(hopelessSeconds), "language=en", "language=de", 1))
	v.start()
	v.at("failed")
	v.reads("result.none.title", "reason.frozen", "reason.frozen.help", "try_again")
	v.told("startNewMeasurement", "camera", "recordingStarted", "recordingStopped", "error")
	if m := v.message("error"); m.Data.Reason != "frozen" || !strings.Contains(m.Data.Message, v.say["reason.frozen"]) {
		t.Errorf("error: %+v", m)
	}
	if scans := v.scans(); len(scans) != 1 || scans[0].Biomarkers["heart_rate"] != nil {
		t.Errorf("the server has %+v", scans)
	}
}
