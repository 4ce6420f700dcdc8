package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/catalogue"
	"blush.example/blush/internal/manual"
	"blush.example/blush/internal/web"
	"blush.example/blush/internal/words"
)

// documents are the files with generated parts: the text between <!-- made: NAME --> and <!-- / -->.
// A set of names is written in one line, and as code where the marker says "as code".
var documents = []string{"README.md", "docs/metrics.md", "docs/concepts.md", "docs/integrating.md", "docs/embedding.md", "docs/widgets.md", "docs/events.md", "docs/certificates.md", "docs/intended-use.md", "docs/migrating.md",
	"docs/accuracy.md", "docs/operating.md", "docs/architecture.md", "web/components/README.md"}

var made = regexp.MustCompile(`(?s)<!-- made: (\w+)( as code)? -->(.*?)<!-- / -->`)

// document fills in the generated parts of one document.
func document(root, path string) (output, error) {
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return output{}, err
	}
	accuracy, err := manual.ReadAccuracy(os.DirFS(filepath.Join(root, "docs")))
	if err != nil {
		return output{}, err
	}
	var faults error
	text = made.ReplaceAllFunc(text, func(part []byte) []byte {
		found := made.FindSubmatch(part)
		name, how, inline := string(found[1]), string(found[2]), !bytes.Contains(found[3], []byte("\n"))
		content, err := content(name, how != "", accuracy)
		faults = errors.Join(faults, err)
		if inline {
			return fmt.Appendf(nil, "<!-- made: %s%s -->%s<!-- / -->", name, how, content)
		}
		return fmt.Appendf(nil, "<!-- made: %s%s -->\n%s\n<!-- / -->", name, how, strings.TrimSpace(content))
	})
	return output{path, text}, faults
}

// content writes the generated part of a name.
func content(name string, asCode bool, accuracy *manual.Accuracy) (string, error) {
	switch name {
	case "biomarkers":
		return biomarkers(), nil
	case "language_count":
		return languageCount(), nil
	case "formulas":
		return formulas(), nil
	case "routes":
		return routes()
	case "stage_table":
		return stages(), nil
	case "accuracy":
		return accuracy.Words(), nil
	case "accuracy_table":
		return accuracy.Table(), nil
	case "accuracy_summary":
		return accuracy.Summary()
	case "accuracy_refused":
		return accuracy.Refused()
	case "accuracy_tones":
		return accuracy.Tones()
	case "embedders":
		return web.Embedders(), nil
	case "checks":
		return catalogue.ChecksInWords(), nil
	}
	names := catalogue.Set(name)
	if asCode {
		return "`" + strings.Join(names, "`, `") + "`", nil
	}
	return strings.Join(names, ", "), nil
}

// languageCount is the number of languages in words, if there are few.
func languageCount() string {
	n := len(words.Languages)
	if spelled := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}; n < len(spelled) {
		return spelled[n]
	}
	return strconv.Itoa(n)
}

// biomarkers writes the table of the catalogue.
func biomarkers() string {
	out := "| name | unit | values | from | full confidence from | LOINC |\n|---|---|---|---|---|---|\n"
	for _, k := range biomarker.Catalogue {
		least, wanted, loinc := "a cuff", "", ""
		if k.LOINC != "" {
			loinc = "`" + k.LOINC + "`"
		}
		if k.FromScan {
			least, wanted = fmt.Sprintf("%g s", k.LeastDuration.Seconds()), fmt.Sprintf("%g s", k.WantedDuration.Seconds())
		}
		out += fmt.Sprintf("| `%s` | %s | %g to %g | %s | %s | %s |\n", k.Name, k.Unit, k.Min, k.Max, least, wanted, loinc)
	}
	return out
}

// stages writes the table of the messages that the scan page sends to the page around it.
func stages() string {
	out := "| `stage` | when | with |\n|---|---|---|\n"
	for _, s := range catalogue.Stages {
		out += fmt.Sprintf("| `%s` | %s | %s |\n", s.Name, s.When, s.With)
	}
	return out
}

// formulas writes the table of the biomarkers that are computed from other values.
func formulas() string {
	out := "| name | unit | from | formula | its error | confidence: chance to be within |\n|---|---|---|---|---|---|\n"
	for _, k := range biomarker.Catalogue {
		if k.Formula != "" {
			out += fmt.Sprintf("| `%s` | %s | %g s | %s | %s | %s |\n", k.Name, k.Unit, k.LeastDuration.Seconds(), k.Formula, k.Error, k.Within)
		}
	}
	return out
}
