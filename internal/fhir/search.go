package fhir

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Date is one value of a search by date: a prefix and the span of time that the text means (R4 §3.1.1.4.7).
type Date struct {
	prefix   string
	from, to time.Time // the first moment, and the first one after it
	// local is set if there is no offset: the span is in the person's local time.
	local bool
}

var dateForms = []struct {
	form  string
	local bool
	next  func(time.Time) time.Time
}{
	{"2006", true, func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
	{"2006-01", true, func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
	{"2006-01-02", true, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
	{"2006-01-02T15:04", true, func(t time.Time) time.Time { return t.Add(time.Minute) }},
	{"2006-01-02T15:04Z07:00", false, func(t time.Time) time.Time { return t.Add(time.Minute) }},
	{"2006-01-02T15:04:05", true, func(t time.Time) time.Time { return t.Add(time.Second) }},
	{"2006-01-02T15:04:05Z07:00", false, func(t time.Time) time.Time { return t.Add(time.Second) }},
}

// ParseDate reads one value of a search by date; now is for the prefix ap.
func ParseDate(text string, now time.Time) (Date, error) {
	d := Date{prefix: "eq"}
	at := text
	if len(text) > 2 && text[0] >= 'a' && text[0] <= 'z' {
		d.prefix, at = text[:2], text[2:]
	}
	switch d.prefix {
	case "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap":
	default:
		return d, fmt.Errorf("%q begins with %q, which is none of eq, ne, gt, lt, ge, le, sa, eb and ap", text, d.prefix)
	}
	// A + of an offset that was not escaped is a space in a query.
	at = strings.Replace(at, " ", "+", 1)
	for _, f := range dateForms {
		t, err := time.Parse(f.form, at)
		if err != nil || strings.ContainsAny(at, ".,") && f.next(t).Sub(t) != time.Second {
			continue
		}
		d.from, d.to, d.local = t, f.next(t), f.local
		if strings.ContainsAny(at, ".,") {
			d.to = t.Add(time.Millisecond)
		}
		if d.prefix == "ap" { // within a tenth of how long ago it is (R4 §3.1.1.4.7)
			margin := now.Sub(d.from).Abs() / 10
			d.from, d.to = d.from.Add(-margin), d.to.Add(margin)
		}
		return d, nil
	}
	return d, fmt.Errorf("%q is not a date such as 2026, 2026-01, 2026-01-31 or 2026-01-31T08:00:00+01:00", text)
}

// Matches says whether a time matches the search. It is known to a unit, and in the local time of the person if the search is.
func (d Date) Matches(t time.Time, unit time.Duration) bool {
	if d.local {
		t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	}
	from := t.Truncate(unit)
	to := from.Add(unit)
	within := !from.Before(d.from) && !to.After(d.to)
	switch d.prefix {
	case "eq":
		return within
	case "ne":
		return !within
	case "gt":
		return to.After(d.to)
	case "lt":
		return from.Before(d.from)
	case "ge":
		return to.After(d.to) || within
	case "le":
		return from.Before(d.from) || within
	case "sa":
		return !from.Before(d.to)
	case "eb":
		return !to.After(d.from)
	}
	return from.Before(d.to) && to.After(d.from) // ap
}

// The offsets from UTC that time zones have, with a margin for truncated seconds.
const (
	mostEast = 15 * time.Hour
	mostWest = 13 * time.Hour
)

// Span returns bounds of the moments that can match. A zero time means no bound.
func (d Date) Span() (from, to time.Time) {
	from, to = d.from.Add(-time.Second), d.to.Add(time.Second)
	if d.local {
		from, to = from.Add(-mostEast), to.Add(mostWest)
	}
	switch d.prefix {
	case "eq", "ap":
		return from, to
	case "gt", "ge", "sa":
		return from, time.Time{}
	case "lt", "le", "eb":
		return time.Time{}, to
	}
	return time.Time{}, time.Time{}
}

// Token is one value of a search by code.
type Token struct {
	system   string
	anywhere bool   // the system does not matter
	code     string // empty: any code of the system
}

// ParseToken reads code, system|code, |code or system|.
func ParseToken(text string) (Token, error) {
	system, code, both := strings.Cut(text, "|")
	if !both {
		system, code = "", text
	}
	if strings.Contains(code, "|") || system == "" && code == "" {
		return Token{}, fmt.Errorf("%q is none of code, system|code, |code and system|", text)
	}
	return Token{system: system, anywhere: !both, code: code}, nil
}

// Matches says whether a concept has the code.
func (t Token) Matches(c CodeableConcept) bool {
	for _, has := range c.Coding {
		if (t.anywhere || has.System == t.system) && (t.code == "" || has.Code == t.code) {
			return true
		}
	}
	return false
}

// Search is a search for observations: of each list of alternatives, one value must match.
type Search struct {
	IDs        [][]string
	Dates      [][]Date
	Updated    [][]Date
	Codes      [][]Token
	Statuses   [][]Token
	Categories [][]Token
}

// CanMatch says whether the search can match any of these kinds of observation.
func (s Search) CanMatch(kinds ...Observation) bool {
	return one(kinds, func(o Observation) bool { return s.names(o) })
}

// names says whether an observation has a code, a status and a category that match.
func (s Search) names(o Observation) bool {
	status := CodeableConcept{Coding: []Coding{{System: "http://hl7.org/fhir/observation-status", Code: o.Status}}}
	for _, either := range s.Statuses {
		if !one(either, func(t Token) bool { return t.Matches(status) }) {
			return false
		}
	}
	for _, either := range s.Codes {
		if !one(either, func(t Token) bool { return t.Matches(o.Code) }) {
			return false
		}
	}
	for _, either := range s.Categories {
		if !one(either, func(t Token) bool { return one(o.Category, t.Matches) }) {
			return false
		}
	}
	return true
}

// Matches says whether an observation matches the search.
func (s Search) Matches(o Observation) bool {
	for _, either := range s.IDs {
		if !slices.Contains(either, o.ID) {
			return false
		}
	}
	stored := ""
	if o.Meta != nil {
		stored = o.Meta.LastUpdated
	}
	return within(s.Dates, o.EffectiveDateTime, time.Second) && within(s.Updated, stored, time.Millisecond) && s.names(o)
}

// within says whether a time that is known to a unit matches one date of each list; an empty one matches none.
func within(dates [][]Date, text string, unit time.Duration) bool {
	if len(dates) == 0 {
		return true
	}
	at, err := time.Parse(time.RFC3339, text)
	for _, either := range dates {
		if err != nil || !one(either, func(d Date) bool { return d.Matches(at, unit) }) {
			return false
		}
	}
	return true
}

// Span returns bounds of the moments that can match; a zero time means no bound.
func (s Search) Span() (from, to time.Time) {
	for _, either := range s.Dates {
		var first, last time.Time
		open, without := false, false // an alternative has no bound on this side
		for i, d := range either {
			f, t := d.Span()
			open, without = open || f.IsZero(), without || t.IsZero()
			if i == 0 || f.Before(first) {
				first = f
			}
			if t.After(last) {
				last = t
			}
		}
		if !open && first.After(from) {
			from = first
		}
		if !without && (to.IsZero() || last.Before(to)) {
			to = last
		}
	}
	return from, to
}

func one[T any](of []T, is func(T) bool) bool {
	for _, v := range of {
		if is(v) {
			return true
		}
	}
	return false
}

// Place is where a page ends: after a scan or reading, and after so many observations of the next one, which is named.
type Place struct {
	At   time.Time
	ID   string
	Next string // empty: the page ends between two
	Skip int
}

// String returns the place as it is in a next link.
func (p Place) String() string {
	return fmt.Sprintf("%d.%s.%s.%d", p.At.UnixMilli(), p.ID, p.Next, p.Skip)
}

// ParsePlace reads what String wrote; the ids may be anything.
func ParsePlace(text string) (Place, error) {
	parts := strings.Split(text, ".")
	if len(parts) == 4 {
		at, err := strconv.ParseInt(parts[0], 10, 64)
		skip, errSkip := strconv.Atoi(parts[3])
		if err == nil && errSkip == nil && skip >= 0 && at >= -1<<52 && at <= 1<<52 {
			return Place{time.UnixMilli(at), parts[1], parts[2], skip}, nil
		}
	}
	return Place{}, fmt.Errorf("%q is not a page: use the link next of the previous page unchanged", text)
}
