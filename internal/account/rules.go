package account

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/words"
)

// Languages are the two-letter codes a user may have.
var Languages = words.Languages

// maxExternalID is the longest external user id in characters.
const maxExternalID = 256

// maxAge is the greatest age in years that a birth date may give.
const maxAge = 130

// adultAge is the lowest age in years of a person who may be measured.
const adultAge = 18

// checkUser checks every field of a user, and its error names all that are wrong. An external user id that was stored before stays valid.
func (s *Service) checkUser(u, before blush.User) error {
	var fields []blush.FieldError
	fault := func(field, msg string) {
		if msg != "" {
			fields = append(fields, blush.FieldError{Path: []any{field}, Msg: msg, Type: "value_error"})
		}
	}
	if u.ExternalID != nil && !same(u.ExternalID, before.ExternalID) {
		fault("external_user_id", newExternalIDFault("external_user_id", *u.ExternalID))
	}
	if u.BirthDate != nil {
		fault("birth_date", birthDateFault(*u.BirthDate, s.now()))
	}
	if u.Sex != nil && !slices.Contains(blush.Sexes, *u.Sex) {
		fault("sex", `sex must be "`+strings.Join(blush.Sexes, `" or "`)+`".`)
	}
	if u.Language != nil && !slices.Contains(Languages, *u.Language) {
		fault("language", "language must be one of "+strings.Join(Languages, ", ")+".")
	}
	if fields == nil {
		return nil
	}
	return &blush.Error{Kind: blush.Unprocessed, Message: fields[0].Msg, Fields: fields}
}

// newExternalIDFault says what is wrong with the external user id that a user is to have; "" if nothing is. Two that look the
// same would be taken for one person.
func newExternalIDFault(field, s string) string {
	fault := externalIDFault(field, s)
	switch {
	case fault != "":
	case strings.TrimSpace(s) == "":
		fault = field + " must not consist of spaces only."
	case !blush.Legible(s):
		fault = field + " must not contain invisible characters or marks of writing direction."
	}
	return fault
}

// externalIDFault says what no external user id can have; "" if nothing is wrong.
func externalIDFault(field, s string) string {
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		return field + " must be valid UTF-8."
	case n == 0:
		return field + " must not be empty."
	case n > maxExternalID:
		return field + " must be at most 256 characters."
	case hasControl(s):
		return field + " must not contain control characters."
	}
	return ""
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || 0x7f <= r && r < 0xa0 })
}

func birthDateFault(s string, now time.Time) string {
	d, err := time.Parse(time.DateOnly, s)
	switch {
	case err != nil:
		return "birth_date must be a real date, YYYY-MM-DD."
	case d.After(now.Add(14 * time.Hour)): // where the person is, it may already be tomorrow
		return "birth_date must not be in the future."
	case d.Before(now.AddDate(-maxAge, 0, 0)):
		return "birth_date must not be more than 130 years ago."
	}
	return ""
}

// Eligible refuses users who are known to be under 18. It accepts an unknown age, which the scan page asks for.
func (s *Service) Eligible(u blush.User) error {
	if u.BirthDate == nil {
		return nil
	}
	born, err := time.Parse(time.DateOnly, *u.BirthDate)
	if err != nil || born.AddDate(adultAge, 0, 0).After(s.now().UTC()) {
		return blush.E(blush.Forbidden, "not_eligible: people under 18 may not be measured.")
	}
	return nil
}
