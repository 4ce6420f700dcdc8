package web_test

import (
	"strings"
	"testing"

	"blush.example/blush/blushtest/browser"
	"blush.example/blush/internal/words"
)

// A camera that shows a still picture, and one that stops half way, get no number: the page
// says that the picture stood still, in the language of the person.
func TestStoryFrozenCamera(t *testing.T) {
	frozen := func(seconds, from float64) string {
		f := small(browser.FaceFilm(72, seconds))
		f.Scene.Replay.Freeze = from
		file, _ := written(t, f)
		return file
	}
	stories := []struct{ name, film, language string }{
		{"a still picture", frozen(2, 1e-3), "en"},
		{"stops half way", frozen(17, 8), "de"},
	}
	t.Parallel()
	for _, c := range stories {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := arrive(t, browser.Camera{File: c.film}).agree()
			v.say = words.Pages(c.language)
			v.Open(strings.Replace(v.url(hopelessSeconds), "language=en", "language="+c.language, 1))
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
		})
	}
}
