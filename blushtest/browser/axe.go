package browser

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// axe is axe-core 4.14.1 by Deque Systems, MPL-2.0 (axe/LICENSE), as published on npm; only tests include it.
//
//go:embed axe/axe.min.js
var axe string

// ColourRules are the rules whose result may differ between the light and the dark theme of a page.
var ColourRules = []string{"color-contrast", "link-in-text-block"}

// Axe lists the serious and critical violations that axe finds in the page or below
// a selector, including shadow roots: one line for each rule and place. With rules
// it checks only these.
func (b *Browser) Axe(selector string, rules ...string) []string {
	b.t.Helper()
	if selector == "" {
		selector = "html"
	}
	var there bool
	if b.Eval(`typeof axe !== "undefined"`, &there); !there { // it is half a megabyte
		b.Eval("(() => {"+axe+"\n})()", nil)
	}
	var found []struct {
		ID, Impact, Help string
		Nodes            []struct {
			Target []any
			HTML   string
		}
	}
	options := map[string]any{"resultTypes": []string{"violations"}}
	if len(rules) > 0 {
		options["runOnly"] = rules
	}
	how, _ := json.Marshal(options)
	b.Eval(fmt.Sprintf(`axe.run(%q, %s).then((r) => r.violations)`, selector, how), &found)
	var out []string
	for _, v := range found {
		if v.Impact != "serious" && v.Impact != "critical" {
			continue
		}
		for _, n := range v.Nodes {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s (%s): %s at %v: %.200s", v.ID, v.Impact, v.Help, n.Target, n.HTML)))
		}
	}
	return out
}
