package manual

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

const report = `## x

| | scans | MAE bpm | within 5 | P95 bpm | coverage | accepted MAE | accepted within 5 | ECE | 90 % interval holds |
|---|---|---|---|---|---|---|---|---|---|
| blush | 14 | 0.25 | 100.0 % | 1.3 | 99.0 % | 0.31 | 100.0 % | 0.002 | 61.5 % |
| POS+FFT | 14 | 3.60 | 87.5 % | 8.2 | 57.1 % | 3.60 | 87.5 % |  |  |

Nothing refused: bias -0.19 bpm, 95 % limits of agreement -1.13 to 0.74 bpm (± 0.43, 12 subjects), within 3.

| SDNN, ms | all | 71.4 % | 3.71 | -2.33 | 60.0 % | 11.8 | 58.2 % |
| RMSSD, ms | all | 0.0 % | | | | | |
`

func reports() fstest.MapFS {
	files := fstest.MapFS{}
	for _, s := range sources {
		files["accuracy/"+s.report+".md"] = &fstest.MapFile{Data: []byte(report)}
	}
	return files
}

// The statements follow the reports: by site, with the number of people, and without values that no scan got.
func TestAccuracyFollowsTheReports(t *testing.T) {
	a, err := ReadAccuracy(reports())
	if err != nil {
		t.Fatal(err)
	}
	sites := a.Sites()
	if len(sites) != 2 || sites[0].Name != "face" || sites[1].Name != "finger" {
		t.Fatalf("%+v", sites)
	}
	if text := sites[0].Text; !strings.HasPrefix(text, "No recording of a person's face") || !strings.Contains(text, "the heart rate in 61.5 % and SDNN in 58.2 %") || strings.Contains(text, "people") {
		t.Error(text)
	}
	if text := sites[1].Text; !strings.Contains(text, "fingers with a chest strap as reference, 60 s (12 people), the interval contained the heart rate in 61.5 % and SDNN in 58.2 %.") || strings.Contains(text, "RMSSD") {
		t.Error(text)
	}
	if !strings.Contains(a.Table(), "| finger | [fingers with a chest strap as reference, 60 s](accuracy/welltory-60.md) | 12 | SDNN, ms | 71.4 % | 3.71 | 58.2 % |") {
		t.Error(a.Table())
	}
}

// A report that is missing or has another form is an error, not an empty sentence.
func TestBrokenReportsAreErrors(t *testing.T) {
	for name, text := range map[string]string{"no people": strings.Replace(report, ", 12 subjects", "", 1), "another form": strings.Replace(report, " | 61.5 %", "", 1), "no row": "## x\n"} {
		files := maps.Clone(reports())
		files["accuracy/welltory-60.md"] = &fstest.MapFile{Data: []byte(text)}
		if _, err := ReadAccuracy(files); err == nil || !strings.Contains(err.Error(), "welltory-60") {
			t.Errorf("%s: %v", name, err)
		}
	}
	files := reports()
	delete(files, "accuracy/oximetry-60.md")
	if _, err := ReadAccuracy(files); err == nil {
		t.Error("no error although a report is missing")
	}
}
