package web_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"blush.example/blush/blushtest/browser"
)

// The scripts that the documents give to apps pass every message on to the bridges of their web views, and end the scan.
func TestStoryInAWebView(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	scripts := regexp.MustCompile("(?ms)^```js\n(.*?)^```$").FindAllSubmatch(document, -1)
	if len(scripts) != 2 {
		t.Fatalf("%d scripts in the document", len(scripts))
	}
	for _, bridge := range []string{"ReactNativeWebView", "Blush"} {
		t.Run(bridge, func(t *testing.T) {
			t.Parallel()
			v := arrive(t, browser.Camera{}).agree()
			v.RefuseCamera("NotAllowedError")
			v.Before(`window.heard = []; window.` + bridge + ` = { postMessage(text) { window.heard.push(JSON.parse(text)); } };`)
			v.Before(string(scripts[0][1]))
			v.toScan(scanSeconds)
			v.at("camera")
			v.Eval(string(scripts[1][1]), nil)
			v.at("closed")
			v.WaitFor(`window.heard.some((m) => m.stage === "dismiss")`)
			stages := v.stages("window.heard")
			if want := []string{"startNewMeasurement", "cameradenied", "userFinished", "dismiss"}; !slices.Equal(stages, want) {
				t.Errorf("the app heard %v, want %v", stages, want)
			}
		})
	}
}
