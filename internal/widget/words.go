package widget

import (
	"math"
	"strconv"
	"strings"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	said "blush.example/blush/internal/words"
)

// words are the texts of one language.
type words struct {
	lang string
	own  map[string]string
}

func wordsOf(lang string) words {
	lang = said.FirstLanguage(lang)
	return words{lang, said.Widgets(lang)}
}

// Text writes texts in one language in the way of the widgets, for other code that shows the same values.
type Text struct{ w words }

// In returns the Text of a language.
func In(lang string) Text { return Text{wordsOf(lang)} }

// Lang is the tag of the language.
func (t Text) Lang() string { return t.w.lang }

// Say returns a text of the widgets with its {placeholders} filled, given as names and values in turn.
func (t Text) Say(key string, fill ...string) string { return t.w.say(key, fill...) }

// Date writes a date with its year.
func (t Text) Date(at time.Time) string { return t.w.date(at) }

// Moment writes a date with its year and its time of day.
func (t Text) Moment(at time.Time) string { return t.w.moment(at) }

// Number writes a number with the given number of decimals.
func (t Text) Number(v float64, decimals int) string { return t.w.rounded(v, decimals) }

// say returns the text of a key with its {placeholders} filled, given as names and values in turn.
func (w words) say(key string, fill ...string) string {
	t := w.own[key]
	if len(fill) == 0 {
		return t
	}
	pairs := make([]string, len(fill))
	for i := range fill {
		pairs[i] = fill[i]
		if i%2 == 0 {
			pairs[i] = "{" + fill[i] + "}"
		}
	}
	return strings.NewReplacer(pairs...).Replace(t)
}

// Say is say for the templates, and Lang the language's tag.
func (w words) Say(key string, fill ...string) string { return w.say(key, fill...) }

// Lang is the tag of the language.
func (w words) Lang() string { return w.lang }

// health returns a text of the model's own words.
func (w words) health(key string) string { return health.Text(w.lang, key) }

// number writes v with the given number of decimals, as the language does.
func (w words) number(v float64, decimals int) string {
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	s = strings.Replace(s, ".", w.say("decimal"), 1)
	return strings.Replace(s, "-", "−", 1)
}

// known writes the confidence of a score, 0..100: the share of the possible information, not a probability. All of it is 100.
func (w words) known(confidence float64) string {
	return w.say("known.text", "n", strconv.Itoa(int(confidence+1e-9)))
}

// sure writes the confidence of a measured value, 0..100: the probability that it is close.
func (w words) sure(confidence float64) string {
	return w.say("confidence.text", "n", strconv.Itoa(blush.Percent(confidence)))
}

// whole writes a number without decimals.
func (w words) whole(v float64) string { return w.rounded(v, 0) }

// rounded writes a number with the given number of decimals, halves away from zero.
func (w words) rounded(v float64, decimals int) string { return w.number(round(v, decimals), decimals) }

func round(v float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(v*p) / p
}

func (w words) month(t time.Time) string {
	return strings.Fields(w.say("months"))[t.Month()-1]
}

// day writes a date, with the year if it is not the current one.
func (w words) day(t, now time.Time) string {
	if t.Year() == now.Year() {
		return w.say("date.day", "d", strconv.Itoa(t.Day()), "m", w.month(t))
	}
	return w.date(t)
}

// date writes a date with its year.
func (w words) date(t time.Time) string {
	return w.say("date.year", "d", strconv.Itoa(t.Day()), "m", w.month(t), "y", strconv.Itoa(t.Year()))
}

// moment writes a date with its year and its time of day.
func (w words) moment(t time.Time) string {
	return w.say("date.time", "date", w.date(t), "time", t.Format("15:04"))
}

// ago writes how many days lie between a day and today, both in the zone of t.
func (w words) ago(t, now time.Time) string {
	switch n := daysBetween(t, now.In(t.Location())); {
	case n <= 0:
		return w.say("age.today")
	case n == 1:
		return w.say("age.yesterday")
	default:
		return w.say("age.days", "n", strconv.Itoa(n))
	}
}

// daysBetween counts the midnights between two times of one zone.
func daysBetween(a, b time.Time) int {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(math.Round(day(b).Sub(day(a)).Hours() / 24))
}

// list joins names: a, b and c.
func (w words) list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + w.say("and") + " " + names[last]
}

// lower puts the first letter of a name into lower case, for use within a
// sentence, where the language does so; names that start with two capitals stay.
func (w words) lower(s string) string {
	if rest, ok := strings.CutPrefix(s, "’s "); ok { // of a Dutch sentence the next word has the capital: ’s Nachts
		return "’s " + w.lower(rest)
	}
	r := []rune(s)
	if w.lang == "de" || len(r) < 2 || strings.ToUpper(string(r[1])) == string(r[1]) {
		return s
	}
	return strings.ToLower(string(r[:1])) + string(r[1:])
}

func (w words) lowerAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = w.lower(n)
	}
	return out
}
