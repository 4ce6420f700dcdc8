package health

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"blush.example/blush/internal/blush"
)

// QuestionSpec is one question of the catalogue, without its words.
type QuestionSpec struct {
	Key string `json:"key"`
	// Values are the answers to choose from; empty for a number between Min and Max in Unit.
	Values []int   `json:"values,omitempty"`
	Min    float64 `json:"min,omitempty"`
	Max    float64 `json:"max,omitempty"`
	Unit   string  `json:"unit,omitempty"`
	// Unknown is the answer that means "I don't know"; it counts as no answer.
	Unknown *int `json:"unknown,omitempty"`
	// Sex is set if only people of one sex are asked.
	Sex string `json:"sex,omitempty"`
	// Instrument names the validated questionnaire that the question belongs to.
	Instrument string `json:"instrument,omitempty"`
}

// catalogue is data/questions.json.
type catalogue struct {
	Version   string         `json:"version"`
	Questions []QuestionSpec `json:"questions"`
}

// instrument is a validated questionnaire, verbatim, in the languages whose
// published wording could be verified. In other languages it is not asked.
type instrument struct {
	Name      string                     `json:"name"`
	Authors   string                     `json:"authors"`
	Terms     string                     `json:"terms"`
	Scoring   string                     `json:"scoring"`
	Source    string                     `json:"source"`
	Languages map[string]instrumentWords `json:"languages"`
}

type instrumentWords struct {
	Source  string            `json:"source"`
	Stem    string            `json:"stem"`
	Items   map[string]string `json:"items"`
	Options []string          `json:"options"`
}

// Question finds a question by its key.
func Question(key string) (QuestionSpec, bool) {
	for _, q := range data().questions.Questions {
		if q.Key == key {
			return q, true
		}
	}
	return QuestionSpec{}, false
}

// CheckAnswer checks that a value is an answer to a question. Its error names the unknown key or the invalid value.
func CheckAnswer(key string, value float64) error {
	q, ok := Question(key)
	if !ok {
		return blush.Field(fmt.Sprintf("unknown question %q", key), "unknown_lookup_key", "lookup_key")
	}
	if len(q.Values) > 0 {
		if value == math.Trunc(value) && slices.Contains(q.Values, int(value)) {
			return nil
		}
		words := make([]string, len(q.Values))
		for i, v := range q.Values {
			words[i] = strconv.Itoa(v)
		}
		return blush.Field(fmt.Sprintf("%s takes one of %s", key, strings.Join(words, ", ")), "value_error", "value")
	}
	if value >= q.Min && value <= q.Max {
		return nil
	}
	return blush.Field(fmt.Sprintf("%s must lie between %g and %g %s", key, q.Min, q.Max, q.Unit), "value_error", "value")
}

// Asked is a question in the words of one language.
type Asked struct {
	QuestionSpec
	Text string `json:"text"`
	// Stem is the sentence that introduces the items of a questionnaire.
	Stem    string   `json:"stem,omitempty"`
	Options []Option `json:"options,omitempty"`
	// Source names where a validated questionnaire's wording was published.
	Source string `json:"source,omitempty"`
}

// Option is one answer to choose from.
type Option struct {
	Value int    `json:"value"`
	Text  string `json:"text"`
}

// Questions returns the catalogue in a language, or in English if the language is not
// one of [Languages]. A questionnaire without a verified wording in that language is
// left out.
func Questions(lang string) []Asked {
	lang = language(lang)
	var out []Asked
	for _, q := range data().questions.Questions {
		if !Available(q.Key, lang) {
			continue
		}
		a := Asked{QuestionSpec: q}
		if q.Instrument == "" {
			a.Text = Text(lang, "question."+q.Key)
			for _, v := range q.Values {
				a.Options = append(a.Options, Option{v, Text(lang, "question."+q.Key+"."+strconv.Itoa(v))})
			}
		} else {
			words := data().phq4.Languages[lang]
			a.Text, a.Stem, a.Source = words.Items[q.Key], words.Stem, words.Source
			for i, v := range q.Values {
				a.Options = append(a.Options, Option{v, words.Options[i]})
			}
		}
		out = append(out, a)
	}
	return out
}

// Available reports whether a question can be asked in a language.
func Available(key, lang string) bool {
	q, ok := Question(key)
	if !ok || q.Instrument == "" {
		return ok
	}
	_, ok = data().phq4.Languages[language(lang)]
	return ok
}

// Stale reports whether an answer of that time counts at most half as much as a new
// one, so that it is time to ask again.
func Stale(key string, at, now time.Time) bool {
	if held := data().model.ValidDays[key]; held > 0 && now.Sub(at) > time.Duration(held)*day {
		return true
	}
	if q, ok := Question(key); ok && q.Instrument != "" {
		key = q.Instrument
	}
	scale, fades := data().model.scaleOf(key)
	return fades && days(now.Sub(at)) > scale.HalfLifeDays
}
