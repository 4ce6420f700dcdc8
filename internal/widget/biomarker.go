package widget

import (
	"math"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// Scan is what one scan says about one biomarker, as a tile shows it.
type Scan struct {
	ID string
	// At is in the scan's own time zone.
	At     time.Time
	AtRest *bool
	Status blush.ScanStatus
	// Value and Interval are in the biomarker's unit; nil when refused, and Reason says why.
	Value      *float64
	Interval   *[2]float64
	Confidence float64 // 0..1
	Reason     string
}

// Place is the context of a widget: a language, a moment, and the progress of the journey.
type Place struct {
	Language string
	Now      time.Time
	Journey  health.Progress
}

func (p Place) words() words { return wordsOf(p.Language) }

// lockText says what unlocks an insight: the steps that are not done.
func (p Place) lockText(insight string) string {
	w := p.words()
	var steps []string
	for _, s := range p.Journey.Steps {
		for _, u := range s.Unlocks {
			if u == insight && !s.Done {
				steps = append(steps, w.lower(w.step(s.ID)))
			}
		}
	}
	if len(steps) == 0 {
		return w.say("locked.text")
	}
	return w.say("locked.steps", "steps", w.list(steps))
}

func envelope[T any](p Place, widget string, locked bool, data T) Envelope[T] {
	return Envelope[T]{Locked: locked, Widget: widget, Language: p.words().lang, Data: data}
}

// tile starts a biomarker's tile with what is the same in every state.
func tile(w words, k kind) Biomarker {
	b := Biomarker{
		Parameter: k.Name, Name: w.say("biomarker." + k.Name), Unit: k.Unit, UnitName: w.say("unit." + k.Unit), Decimals: k.Decimals,
		Range: k.Usual, RangeSource: k.Source, Ranges: k.ranges(w), Scale: k.Scale, Notices: []Notice{}, Footnote: w.say("footnote.scan"),
	}
	if k.Name == blush.BloodPressure {
		b.Footnote = w.say("footnote.cuff")
	}
	return b
}

// NewBiomarker fills the tile of a biomarker of one scan; a nil scan gives the
// placeholder. before is the previous scan.
func NewBiomarker(p Place, parameter string, scan, before *Scan) Envelope[Biomarker] {
	w := p.words()
	k, _ := kindOf(parameter)
	b := tile(w, k)
	say := func(s State, text string) Envelope[Biomarker] {
		b.State, b.Text = s, text
		b.complete(w)
		return envelope(p, NameBiomarker, s == Locked, b)
	}
	if p.Journey.IsLocked(parameter) {
		b.Range, b.RangeSource = nil, ""
		return say(Locked, p.lockText(parameter))
	}
	if scan == nil {
		return say(Placeholder, w.say("placeholder.text"))
	}
	b.FaceScanID = &scan.ID
	b.MeasuredAt = ptr(scan.At.Format(time.RFC3339))
	b.Source, b.SourceText = ptr("scan"), ptr(w.say("source.text", "source", w.say("source.scan"), "date", w.day(scan.At, p.Now)))
	switch scan.Status {
	case blush.Processing:
		return say(Processing, w.say("processing.text"))
	case blush.Failed:
		return say(Failed, w.say("error.text"))
	case blush.Done:
	}
	if scan.Value == nil {
		return say(Refused, b.refused(w, scan.Reason))
	}
	b.Value, b.Interval, b.Confidence = scan.Value, scan.Interval, ptr(100*scan.Confidence)
	b.Display = ptr(w.rounded(*scan.Value, b.Decimals))
	text := b.valued(w, k, scan)
	if before != nil && before.Value != nil {
		b.Change = w.change(*scan.Value, *before.Value, noise(scan.Interval, before.Interval), b.Decimals, w.before(before.At, scan.At, p.Now))
		text += " " + b.Change.Text + "."
	}
	return say(Ready, text)
}

// refused fills in why there is no value, and returns what the tile says.
func (b *Biomarker) refused(w words, why string) string {
	if why == "" {
		why = string(biomarker.NotMeasured)
	}
	text := w.reason(b.Parameter, why)
	b.Reason, b.ReasonText = &why, &text
	again := text + " " + w.say("refused.again")
	switch biomarker.Reason(why) {
	case biomarker.IrregularRhythm, biomarker.OutOfRange:
		b.Notices = append(b.Notices, w.outside())
		return text
	case biomarker.NotMeasured:
		return text
	case biomarker.TooShort:
		if longer(b.Parameter) > 0 {
			return text // another scan would be as short
		}
		return again
	default:
		return again
	}
}

// longer returns how long a recording must be that gives a value of a biomarker; 0 if a scan is long enough.
func longer(parameter string) time.Duration {
	if k, ok := biomarker.Find(biomarker.Name(parameter)); ok && k.LeastDuration > blush.ScanDuration {
		return k.LeastDuration
	}
	return 0
}

// valued fills in what the value means, and returns what the tile says of it.
func (b *Biomarker) valued(w words, k kind, scan *Scan) string {
	text := w.say("value.text", "name", b.Name, "value", *b.Display, "unit", b.UnitName)
	if scan.Interval != nil {
		text += " " + w.interval(*scan.Interval, b.Decimals) + "."
	}
	if scan.AtRest != nil && !*scan.AtRest {
		b.Range, b.Ranges = nil, []Range{}
		text += " " + w.say("usual.active")
	} else if b.Zone = zoneIn(k.Parts, *scan.Value); b.Zone != nil {
		b.ZoneName = ptr(w.say("zone." + string(*b.Zone)))
		if *b.Zone == Bad {
			b.Notices = append(b.Notices, w.outside())
		}
		text += " " + *b.ZoneName + "."
	}
	if k.Name == string(biomarker.ResonantBreathingScore) && math.Round(*scan.Value) == 0 {
		b.Note = ptr(w.say("resonance.zero"))
		text += " " + *b.Note
	}
	return text
}

// noise is half of the 90 % interval of a difference, from those of its two values.
func noise(a, b *[2]float64) float64 {
	half := func(i *[2]float64) float64 {
		if i == nil {
			return 0
		}
		return (i[1] - i[0]) / 2
	}
	return math.Hypot(half(a), half(b))
}

// earlier is the time of the previous value, also as text.
type earlier struct {
	at   time.Time
	text string
}

// before names the day of the previous value, each day in its own time zone, and the time if both are of the same day.
func (w words) before(at, newest, today time.Time) earlier {
	text := w.day(at, today)
	if at.Format(time.DateOnly) == newest.Format(time.DateOnly) {
		text = w.say("date.at", "date", text, "time", at.Format("15:04"))
	}
	return earlier{at, text}
}

// change compares the numbers as shown, with the given number of decimals. A difference within the noise counts as none.
func (w words) change(now, before, noise float64, decimals int, since earlier) *Change {
	c := Change{By: round(round(now, decimals)-round(before, decimals), decimals), Previous: before, Since: since.at.Format(time.RFC3339), Direction: "same"}
	if c.By != 0 && math.Abs(now-before) > noise {
		c.Direction = "down"
		if c.By > 0 {
			c.Direction = "up"
		}
	}
	c.Text = w.say("change."+c.Direction, "by", w.rounded(math.Abs(c.By), decimals), "date", since.text)
	return &c
}

// interval writes the bounds of a value with the given number of decimals, rounded outwards: what is written contains the whole interval, and the
// value as it is written.
func (w words) interval(i [2]float64, decimals int) string {
	p := math.Pow10(decimals)
	const slack = 1e-9 // of a bound that is a round number
	return w.say("interval.text", "low", w.number(math.Floor(i[0]*p+slack)/p, decimals), "high", w.number(math.Ceil(i[1]*p-slack)/p, decimals))
}

// staleAfter is the age from which a cuff reading is marked as old.
const staleAfter = 30 * 24 * time.Hour

// NewBloodPressure fills the tile of blood pressure from the newest cuff reading
// and the one before it, each in its own time zone; nil when there is none.
func NewBloodPressure(p Place, newest, before *health.Cuff) Envelope[Biomarker] {
	w := p.words()
	k, _ := kindOf(blush.BloodPressure)
	b := tile(w, k)
	done := func() Envelope[Biomarker] {
		b.complete(w)
		return envelope(p, NameBiomarker, b.State == Locked, b)
	}
	if p.Journey.IsLocked(blush.BloodPressure) {
		b.State, b.Text, b.Range, b.RangeSource = Locked, p.lockText(blush.BloodPressure), nil, ""
		return done()
	}
	if newest == nil || p.Now.Sub(newest.At) > health.CuffMemory() {
		b.State, b.Text = NoData, w.say("no_data.cuff")
		return done()
	}
	b.State, b.Value, b.Diastolic = Ready, &newest.Systolic, &newest.Diastolic
	b.Display = ptr(w.whole(newest.Systolic) + "/" + w.whole(newest.Diastolic))
	b.MeasuredAt, b.Source = ptr(newest.At.Format(time.RFC3339)), ptr("cuff")
	b.SourceText = ptr(w.say("source.text", "source", w.say("source.cuff"), "date", w.ago(newest.At, p.Now)))
	b.Stale = p.Now.Sub(newest.At) > staleAfter
	b.Zone = worse(zoneIn(k.Parts, newest.Systolic), zoneIn(k.Diastolic, newest.Diastolic))
	b.ZoneName = ptr(w.say("zone." + string(*b.Zone)))
	b.Text = w.say("value.text", "name", b.Name, "value", *b.Display, "unit", b.UnitName) + " " + *b.ZoneName + ". " + *b.SourceText + "."
	if b.Stale {
		b.StaleText = ptr(w.say("source.stale"))
		b.Text += " " + *b.StaleText
	}
	if before != nil {
		b.Change = w.change(newest.Systolic, before.Systolic, 0, b.Decimals, w.before(before.At, newest.At, p.Now))
	}
	if n := health.CuffNotice(*newest, p.Now); n != nil {
		b.Notices = w.notices([]health.Notice{*n})
	}
	return done()
}

// notices adds the texts of notices.
func (w words) notices(in []health.Notice) []Notice {
	out := []Notice{}
	for _, n := range in {
		out = append(out, w.notice(n))
	}
	return out
}

func (w words) notice(n health.Notice) Notice {
	return Notice{Code: n.Code, Severity: string(n.Severity), Text: w.health("notice." + n.Code)}
}

// outside says what to do about a pulse or a breathing rate far from the usual
// range, and about an irregular rhythm.
func (w words) outside() Notice {
	return Notice{Code: "outside_usual", Severity: string(health.Warning), Text: w.say("outside.help")}
}

func ptr[T any](v T) *T { return &v }
