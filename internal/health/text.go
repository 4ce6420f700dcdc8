package health

import (
	"slices"

	"blush.example/blush/internal/words"
)

// Languages are the languages of the texts.
var Languages = words.Languages

// language falls back to English.
func language(lang string) string {
	if slices.Contains(Languages, lang) {
		return lang
	}
	return "en"
}

// Text returns the text of a key in a language; "" for a key that does not
// exist. Keys: metric.M and metric.M.about, profile.P, zone.Z, status.S,
// notice.CODE, input.NAME of an [Input] or a [Missing] field (the items of a
// questionnaire excepted), question.KEY and question.KEY.VALUE, step.ID, rule.ID.
func Text(lang, key string) string { return words.Health(lang)[key] }

// FieldTitle returns the text for a field of [Missing] in a language. An item of a
// questionnaire has the text of the questionnaire.
func FieldTitle(lang, field string) string {
	if q, ok := Question(field); ok && q.Instrument != "" {
		field = q.Instrument
	}
	return Text(lang, "input."+field)
}
