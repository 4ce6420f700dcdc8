// Package report writes what was measured as a PDF for the person and for a clinician: a scan, or a period with its trends.
//
// Values, intervals, zones, reasons and their words are those of the widgets. A document depends only on its input: it uses no
// clock, random number or generated id, so the same input gives the same bytes.
package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"slices"
	"strconv"
	"strings"
	"time"

	"blush.example/blush/engine"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/widget"
	"blush.example/blush/internal/words"
)

// Cover is the head of every report.
type Cover struct {
	Language string
	Customer string
	Logo     []byte // a PNG, or nil
	Accent   string // "#rrggbb"; empty for the product's own
	Test     bool   // test data
	Person   *Person
}

// Person is the person of the report; empty fields are left out.
type Person struct {
	Reference string // the customer's own
	BirthDate string // YYYY-MM-DD
	Sex       string // M or F
}

// Scan is the report of one scan with a result, or of one that failed.
type Scan struct {
	Cover
	View scan.View
	// Values are the tiles of the scan's biomarkers, in order.
	Values []widget.Biomarker
	// Waves are the waves of the result; nil if there are none.
	Waves *scan.Waveform
}

// Period is the report of a period.
type Period struct {
	Cover
	Start, Stop string // the first and the last day
	// At is the time of the last data up to the end; zero if there is none.
	At       time.Time
	Profiles widget.Main
	Metrics  []widget.Metric
	// Graphs are the trends: biomarkers, then metrics.
	Graphs []widget.Graph
	// Scans is how many scans were made in the period, Refused how many of them gave no heart rate.
	Scans, Refused int
	Engine         *engine.Info // of the newest scan; nil if there is none
	Model          string       // the version of the model of the insights
}

// PDF writes the report.
func (s Scan) PDF() ([]byte, error) {
	at, err := time.Parse(time.RFC3339, s.View.CreatedAt)
	if err != nil {
		return nil, fmt.Errorf("report: time of the scan: %w", err)
	}
	return fewest(func(room setting) (*document, error) { return s.write(at, room) })
}

func (s Scan) write(at time.Time, room setting) (*document, error) {
	d, err := newDocument(s.Cover, "scan.title", at, room)
	if err != nil {
		return nil, err
	}
	facts := []fact{{d.report["scan.when"], d.in.Moment(at) + " (" + s.View.Timezone + ")"}}
	if s.View.AtRest != nil {
		facts = append(facts, fact{d.report["scan.rest"], d.report["rest."+map[bool]string{true: "yes", false: "no"}[*s.View.AtRest]]})
	}
	if q := s.View.QualityStatus; q != nil {
		facts = append(facts, fact{d.report["quality"], d.person["quality."+*q]})
	}
	d.facts(append(facts, d.about(s.Person)...))

	if s.View.Failure != nil {
		d.section(d.report["values.title"], 24)
		d.box(bad, d.person["scan.failed"], d.person["scan.failed.text"])
	} else {
		d.result(s)
	}
	d.limits()
	if s.View.Failure == nil {
		d.waves(s)
	}
	d.section(d.person["how.title"], 24)
	d.scanMethod(s.View)
	return d, nil
}

// result shows the values of a scan and the notices that must be shown with them.
func (d *document) result(s Scan) {
	var help []string
	for _, why := range s.View.QualityFlags {
		if !slices.ContainsFunc(s.Values, func(v widget.Biomarker) bool { return v.Reason != nil && *v.Reason == string(why) }) { // otherwise it is shown in the place of that value
			help = append(help, strings.TrimSpace(d.pages["reason."+string(why)]+" "+d.pages["reason."+string(why)+".help"]))
		}
	}
	if len(help) > 0 {
		d.box(neutral, d.report["values.help"], help...)
	}
	// How to read the values stands before them: after them, it could be alone on the next page.
	read := []string{d.person["read.refused"]}
	if slices.ContainsFunc(s.Values, func(v widget.Biomarker) bool { return joined(v.IntervalText) != "" }) {
		read = []string{d.person["read.band"], d.person["read.estimate"], d.person["read.refused"]}
	}
	d.section(d.report["values.title"], 36)
	d.small(read...)
	d.values(s.Values)
	var notices []widget.Notice
	for _, v := range s.Values {
		notices = append(notices, v.Notices...)
	}
	d.notices(notices, map[string]bool{})
}

// PDF writes the report.
func (p Period) PDF() ([]byte, error) {
	start, err := time.Parse(time.DateOnly, p.Start)
	if err != nil {
		return nil, fmt.Errorf("report: first day: %w", err)
	}
	stop, err := time.Parse(time.DateOnly, p.Stop)
	if err != nil {
		return nil, fmt.Errorf("report: last day: %w", err)
	}
	return fewest(func(room setting) (*document, error) { return p.write(start, stop, room) })
}

func (p Period) write(start, stop time.Time, room setting) (*document, error) {
	d, err := newDocument(p.Cover, "period.title", stop, room)
	if err != nil {
		return nil, err
	}
	facts := []fact{{d.report["period"], d.in.Date(start) + " – " + d.in.Date(stop)}}
	d.facts(append(facts, d.about(p.Person)...))

	title, note := d.person["nav.insights"], d.report["stood.none"]
	if !p.At.IsZero() {
		note = fill(d.report["stood.title"], "date", d.in.Moment(p.At))
	}
	d.section(title, 45)
	d.small(note)
	d.profiles(p.Profiles)
	d.metrics(p.Metrics)
	notices := p.Profiles.Notices
	said := map[string]bool{} // in the place of a score
	for _, m := range p.Metrics {
		notices = append(notices, m.Notices...)
		if m.Reason != nil {
			said[*m.Reason] = true
		}
	}
	d.notices(notices, said)
	d.small(d.report["stood.key"] + " " + d.in.Say("score.better") + ".")
	d.limits()

	d.section(d.person["nav.time"], 70)
	d.small(fill(d.report["scans.count"], "n", strconv.Itoa(p.Scans), "none", strconv.Itoa(p.Refused)))
	if err := d.graphs(p.Graphs); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(p.Graphs, func(g widget.Graph) bool { return g.Latest != nil }) {
		d.small(d.report["trends.key"], d.report["trends.key.scores"])
	}

	d.section(d.person["how.title"], 24)
	d.periodMethod(p)
	return d, nil
}

// about lists what is known about a person.
func (d *document) about(p *Person) []fact {
	if p == nil {
		return nil
	}
	var out []fact
	if p.Reference != "" {
		out = append(out, fact{d.report["person.reference"], p.Reference})
	}
	if born, err := time.Parse(time.DateOnly, p.BirthDate); err == nil {
		out = append(out, fact{d.report["person.born"], d.in.Date(born)})
	}
	if sex := d.report["sex."+p.Sex]; sex != "" {
		out = append(out, fact{d.report["person.sex"], sex})
	}
	return out
}

func (d *document) scanMethod(v scan.View) {
	d.paragraph(d.report["method.text"])
	var rows []fact
	if c := v.Capture; c != nil {
		rows = append(rows,
			fact{d.person["how.length"], fill(d.person["how.length.text"], "s", d.in.Number(c.DurationS, 1), "n", strconv.Itoa(c.Frames), "fps", d.in.Number(c.FPS, 1))},
			fact{d.report["method.site"], d.report["site."+string(c.Site)]})
		if c.Site == "face" {
			rows = append(rows, fact{d.person["how.face"], fill(d.person["how.face.text"], "n", d.in.Number(100*c.FaceShare, 0)+" %")})
		}
	}
	if e := v.Engine; e != nil {
		rows = append(rows, fact{d.person["how.method"], strings.Join(e.Methods, ", ")}, fact{d.person["how.engine"], e.Version}, fact{d.report["method.calibration"], e.Calibration})
	}
	d.facts(append(rows, fact{d.person["how.scan"], v.FaceScanID}))
}

func (d *document) periodMethod(p Period) {
	d.paragraph(d.report["method.text"])
	var rows []fact
	if e := p.Engine; e != nil {
		rows = append(rows, fact{d.report["method.newest"], e.Version}, fact{d.report["method.calibration"], e.Calibration}, fact{d.person["how.method"], strings.Join(e.Methods, ", ")})
	}
	d.facts(append(rows, fact{d.report["method.model"], p.Model}))
	d.small(d.person["read.band"], d.person["read.confidence"], d.person["read.estimate"], d.person["read.score"], d.person["read.refused"])
}

// limits says what a report is not and when to ask a doctor, on one page next to the numbers: waves, trends and the method come after it.
func (d *document) limits() {
	text, title, doctor := d.report["not.text"], d.report["doctor.title"], d.report["doctor.text"]
	d.section(d.report["not.title"], d.tall(paragraph(text))+d.tall(boxed(bad, title, doctor))+2*boxPad)
	d.paragraph(text)
	d.box(bad, title, doctor)
}

// fill puts values into the {places} of a text, given as names and values in turn.
func fill(text string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// logoSide bounds the pictures that are drawn, in pixels; those of customers are smaller.
const logoSide = 2048

// flatten converts a PNG to a form that every PDF reader supports: 8 bits per channel, on white.
func flatten(logo []byte) ([]byte, image.Point, error) {
	size, err := png.DecodeConfig(bytes.NewReader(logo))
	if err != nil || size.Width < 1 || size.Height < 1 || size.Width > logoSide || size.Height > logoSide {
		return nil, image.Point{}, fmt.Errorf("report: the logo is not a PNG of at most %d pixels a side: %w", logoSide, err)
	}
	img, err := png.Decode(bytes.NewReader(logo))
	if err != nil {
		return nil, image.Point{}, fmt.Errorf("report: logo: %w", err)
	}
	flat := image.NewRGBA(image.Rect(0, 0, size.Width, size.Height))
	draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), img, img.Bounds().Min, draw.Over)
	var out bytes.Buffer
	err = png.Encode(&out, flat)
	return out.Bytes(), flat.Bounds().Size(), err
}

// texts are the words of one language.
type texts struct {
	in                    widget.Text
	report, person, pages map[string]string
}

func textsOf(lang string) texts {
	return texts{widget.In(lang), words.Report(lang), words.Person(lang), words.Pages(lang)}
}
