package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/catalogue"
)

// documents are the files with generated parts: text between <!-- made: NAME --> and <!-- / -->.
var documents = []string{"docs/metrics.md", "docs/integrating.md", "web/components/README.md"}

var made = regexp.MustCompile(`(?s)<!-- made: (\w+) -->(.*?)<!-- / -->`)

// document fills in the generated parts of one document.
func document(root, path string) (output, error) {
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return output{}, err
	}
	text = made.ReplaceAllFunc(text, func(part []byte) []byte {
		found := made.FindSubmatch(part)
		name, inline := string(found[1]), !bytes.Contains(found[2], []byte("\n"))
		var content string
		switch name {
		case "biomarkers":
			content = biomarkers()
		case "formulas":
			content = formulas()
		case "routes":
			if content, err = routes(); err != nil {
				return part
			}
		default:
			content = strings.Join(catalogue.Set(name), ", ")
		}
		if inline {
			return fmt.Appendf(nil, "<!-- made: %s -->%s<!-- / -->", name, content)
		}
		return fmt.Appendf(nil, "<!-- made: %s -->\n%s\n<!-- / -->", name, strings.TrimSpace(content))
	})
	return output{path, text}, err
}

// biomarkers is the table of the catalogue.
func biomarkers() string {
	out := "| name | unit | values | from | full confidence from | LOINC |\n|---|---|---|---|---|---|\n"
	for _, k := range biomarker.Catalogue {
		least, wanted := "a cuff", ""
		if k.FromScan {
			least, wanted = fmt.Sprintf("%g s", k.LeastDuration.Seconds()), fmt.Sprintf("%g s", k.WantedDuration.Seconds())
		}
		out += fmt.Sprintf("| `%s` | %s | %g to %g | %s | %s | %s |\n", k.Name, k.Unit, k.Min, k.Max, least, wanted, k.LOINC)
	}
	return out
}

// formulas is the table of what is computed from other values.
func formulas() string {
	out := "| name | unit | from | formula | its error | confidence: chance to be within |\n|---|---|---|---|---|---|\n"
	for _, k := range biomarker.Catalogue {
		if k.Formula != "" {
			out += fmt.Sprintf("| `%s` | %s | %g s | %s | %s | %s |\n", k.Name, k.Unit, k.LeastDuration.Seconds(), k.Formula, k.Error, k.Within)
		}
	}
	return out
}
