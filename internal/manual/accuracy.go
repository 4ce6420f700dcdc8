package manual

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"sync"

	"blush.example/blush/docs"
)

// source is a report of accuracy that the pages quote.
type source struct {
	report string // docs/accuracy/NAME.md
	site   string // face, finger or contact
	what   string // what was recorded
	people bool   // recordings of people; otherwise simulated
}

// sources lists the reports of each site, simulated scans first. A set of recordings that is added to scripts/accuracy.sh needs a row here.
var sources = []source{
	{"real-60", "face", "simulated faces as cameras see them, 60 s", false},
	{"hard-60", "face", "simulated faces, hard, 60 s", false},
	{"fingers-30", "finger", "simulated fingers, 30 s", false},
	{"welltory-60", "finger", "fingers with a chest strap as reference, 60 s", true},
	{"oximetry-60", "finger", "fingers at changing oxygen levels, 60 s", true},
	{"vitallens-30", "contact", "a contact pulse wave with an ECG as reference, 30 s", true},
}

// quoted lists the values that the pages quote, with their names in the reports and in sentences.
var quoted = []struct{ inReport, inWords string }{
	{"heart rate, bpm", "the heart rate"}, {"respiratory rate, breaths/min", "the respiratory rate"}, {"SDNN, ms", "SDNN"}, {"RMSSD, ms", "RMSSD"},
}

// measured is one value in one report.
type measured struct {
	source
	value, words          string
	scans, persons        string
	given, mistake, holds string // in %, in the unit of value, in %
}

// Accuracy holds the results of the last validation, for every page that quotes them.
type Accuracy struct {
	rows    []measured
	reports map[string]string
}

// MeasuredAccuracy reads the reports that are embedded in the program.
var MeasuredAccuracy = sync.OnceValues(func() (*Accuracy, error) { return ReadAccuracy(docs.Files) })

// ReadAccuracy reads the reports of the folder docs.
func ReadAccuracy(files fs.FS) (*Accuracy, error) {
	a := &Accuracy{reports: map[string]string{}}
	names, err := fs.Glob(files, "accuracy/*.md")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		a.reports[strings.TrimSuffix(strings.TrimPrefix(name, "accuracy/"), ".md")] = string(b)
	}
	for _, s := range sources {
		found, err := a.read(s)
		if err != nil {
			return nil, fmt.Errorf("docs/accuracy/%s.md: %w", s.report, err)
		}
		a.rows = append(a.rows, found...)
	}
	return a, nil
}

var persons = regexp.MustCompile(`, ([0-9]+) subjects\)`)

// read returns the quoted values of one report. A value that no scan got is left out.
func (a *Accuracy) read(s source) ([]measured, error) {
	rate, err := a.row(s.report, "blush", 10)
	if err != nil {
		return nil, err
	}
	m := measured{source: s, scans: rate[1], given: rate[5], mistake: rate[6], holds: rate[9]}
	if n := persons.FindStringSubmatch(a.reports[s.report]); s.people && n != nil {
		m.persons = n[1]
	} else if s.people {
		return nil, errors.New("it does not say how many people were recorded")
	}
	var out []measured
	for i, v := range quoted {
		m.value, m.words = v.inReport, v.inWords
		if i > 0 {
			row, err := a.row(s.report, v.inReport+" | all", 8)
			if err != nil || row[7] == "" { // not compared, or never given
				continue
			}
			m.given, m.mistake, m.holds = row[2], row[3], row[7]
		}
		out = append(out, m)
	}
	return out, nil
}

// row returns the cells of the first row of a report that begins with start.
func (a *Accuracy) row(report, start string, cells int) ([]string, error) {
	text, ok := a.reports[report]
	if !ok {
		return nil, fmt.Errorf("there is no report %s", report)
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "| "+start+" |") {
			continue
		}
		row := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		if len(row) != cells {
			return nil, fmt.Errorf("the row %q has %d cells, not %d", start, len(row), cells)
		}
		return row, nil
	}
	return nil, fmt.Errorf("no row %q", start)
}

// Site is the statement about one site.
type Site struct{ Name, Text string }

// Sites returns for each site how often the interval contained the true value, as complete sentences. Every page uses these sentences.
func (a *Accuracy) Sites() []Site {
	var out []Site
	for _, site := range []struct{ name, none string }{
		{"face", "No recording of a person's face with a reference instrument has been measured. "},
		{"finger", "No recording of a person's finger with a reference instrument has been measured. "},
	} {
		var people, simulated []string
		for _, s := range sources {
			var parts []string
			n := ""
			for _, m := range a.rows {
				if m.report == s.report {
					parts, n = append(parts, fmt.Sprintf("%s in %s", m.words, m.holds)), m.persons
				}
			}
			switch {
			case s.site != site.name || len(parts) == 0:
			case s.people:
				people = append(people, fmt.Sprintf("On recordings of %s (%s people), the interval contained %s.", s.what, n, list(parts)))
			default:
				simulated = append(simulated, fmt.Sprintf("On %s, the interval contained %s.", s.what, list(parts)))
			}
		}
		text := strings.Join(people, " ") + " "
		if len(people) == 0 {
			text = site.none
		}
		out = append(out, Site{site.name, text + strings.Join(simulated, " ")})
	}
	return out
}

// Words returns the same as Markdown, one list item for each site.
func (a *Accuracy) Words() string {
	out := "An interval is meant to contain the true value in 90 % of cases. How often it did:\n\n"
	for _, s := range a.Sites() {
		out += fmt.Sprintf("- **%s.** %s\n", strings.ToUpper(s.Name[:1])+s.Name[1:], s.Text)
	}
	return out
}

// Table returns every quoted value with the number of people, as a Markdown table.
func (a *Accuracy) Table() string {
	out := "| site | recordings | people | value | given | mean error | 90 % interval holds |\n|---|---|---|---|---|---|---|\n"
	for _, m := range a.rows {
		out += fmt.Sprintf("| %s | [%s](accuracy/%s.md) | %s | %s | %s | %s | %s |\n", m.site, m.what, m.report, cmp.Or(m.persons, "none"), m.value, m.given, m.mistake, m.holds)
	}
	return out
}

// summary lists the reports in the table of docs/accuracy.md.
var summary = []struct{ report, what string }{
	{"easy-30", "simulated faces, ordinary, 30 s"}, {"hard-30", "simulated faces, hard, 30 s"}, {"hard-60", "the same, 60 s"},
	{"real-30", "faces as cameras see them, 30 s"}, {"real-60", "the same, 60 s"}, {"tone-30", "hard scans of each skin tone, 30 s"}, {"tone-60", "the same, 60 s"},
	{"rhythms-60", "unusual rhythms, 60 s"}, {"fingers-30", "simulated fingers, 30 s"}, {"welltory-0", "fingers with a chest strap as reference"}, {"welltory-60", "the same in windows of 60 s"},
	{"oximetry-30", "fingers at changing oxygen levels, 30 s"}, {"rhesus-30", "faces of rhesus monkeys, one region, 30 s"},
}

// Summary returns the table of docs/accuracy.md.
func (a *Accuracy) Summary() (string, error) {
	out := "| what | scans | people | given a rate | mean error of those, bpm | 90 % interval holds | POS+FFT, mean error, bpm |\n|---|---|---|---|---|---|---|\n"
	for _, s := range summary {
		ours, err := a.row(s.report, "blush", 10)
		if err != nil {
			return "", err
		}
		plain, err := a.row(s.report, "POS+FFT", 10)
		if err != nil {
			return "", err
		}
		who := "none" // simulated, or monkeys
		if n := persons.FindStringSubmatch(a.reports[s.report]); strings.Contains(a.reports[s.report], "$BLUSH_DATA") && n != nil && s.report != "rhesus-30" {
			who = n[1]
		}
		out += fmt.Sprintf("| [%s](accuracy/%s.md) | %s | %s | %s | %s | %s | %s |\n", s.what, s.report, ours[1], who, ours[5], ours[6], ours[9], plain[2])
	}
	return out, nil
}

// Refused says how many recordings without a pulse get a rate.
func (a *Accuracy) Refused() (string, error) {
	refuse, err := a.row("refuse-30", "blush", 10)
	if err != nil {
		return "", err
	}
	dead, err := a.row("dead-30", "blush", 10)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The engine gives a rate to %s of %s simulated recordings without a pulse (*refuse*) and to %s of %s harder ones (*dead*)", refuse[5], refuse[1], dead[5], dead[1]), nil
}

// tones are the groups of skin tones on the Fitzpatrick scale, the lightest first.
var tones = []string{"I-II", "III-IV", "V", "VI"}

// Tones returns the table of how many simulated scans of each skin tone get a rate.
func (a *Accuracy) Tones() (string, error) {
	out := "| scans | skin " + strings.Join(tones, " | ") + " |\n|---" + strings.Repeat("|---", len(tones)) + "|\n"
	for _, s := range []struct{ report, what string }{
		{"hard-30", "hard, 30 s"}, {"hard-60", "hard, 60 s"}, {"real-30", "as cameras see them, 30 s"}, {"real-60", "as cameras see them, 60 s"}, {"tone-30", "hard scans of each skin tone, 30 s"}, {"tone-60", "the same, 60 s"},
	} {
		out += fmt.Sprintf("| [%s](accuracy/%s.md) |", s.what, s.report)
		for _, tone := range tones {
			row, err := a.row(s.report, tone, 10)
			if err != nil {
				return "", err
			}
			out += fmt.Sprintf(" %s of %s |", row[5], row[1])
		}
		out += "\n"
	}
	return out, nil
}

// list joins parts with commas, and the last with "and".
func list(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
