package browser

import (
	"strings"
	"testing"
)

// axe runs, and sees into shadow roots.
func TestAxeFinds(t *testing.T) {
	b := Start(t, Camera{})
	b.Eval(`document.body.innerHTML = "<p>fine</p><div id=d></div>"; document.documentElement.lang = "en"; document.title = "t"; document.getElementById("d").attachShadow({mode: "open"}).innerHTML = "<img src='data:,'><button></button>"`, nil)
	got := strings.Join(b.Axe(""), "\n")
	for _, want := range []string{"image-alt", "button-name"} {
		if !strings.Contains(got, want) {
			t.Errorf("axe does not find %s in\n%s", want, got)
		}
	}
	b.Eval(`document.getElementById("d").shadowRoot.innerHTML += "<p style='color: #999; background: #fff'>pale</p>"`, nil)
	if got := strings.Join(b.Axe("", "color-contrast"), "\n"); !strings.Contains(got, "color-contrast") || strings.Contains(got, "image-alt") {
		t.Errorf("of contrast alone axe says\n%s", got)
	}
	b.Eval(`document.getElementById("d").remove()`, nil)
	if got := b.Axe("p"); len(got) > 0 {
		t.Errorf("axe finds %v in a plain page", got)
	}
}
