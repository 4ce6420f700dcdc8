package fhir_test

import (
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/fhir"
)

// Every moment that matches a date is within its span, because only those are read.
func FuzzParseDate(f *testing.F) {
	for _, text := range []string{"2026", "ge2026-01", "ap2026-11-26", "ne2026-11-26T00:30", "sa2026-11-26T00:30:15.5+14:00", "lt0000", "eb9999-12-31T23:59:59-12:00"} {
		f.Add(text, int64(1764000000), int16(60))
	}
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string, seconds int64, minutes int16) {
		d, err := fhir.ParseDate(text, now)
		if err != nil {
			return
		}
		const century = 100 * 366 * 24 * 3600
		zone := time.FixedZone("", int(minutes%(12*60))*60)
		for _, at := range []time.Time{time.Unix(seconds%century, 0).In(zone), now.In(zone)} {
			from, to := d.Span()
			if d.Matches(at, time.Second) && (!from.IsZero() && at.Before(from) || !to.IsZero() && at.After(to)) {
				t.Errorf("%q matches %s, but spans %s to %s", text, at, from, to)
			}
		}
	})
}

// A code matches the concept that has only this code.
func FuzzParseToken(f *testing.F) {
	for _, text := range []string{"8867-4", "http://loinc.org|8867-4", "|8867-4", "http://loinc.org|"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := fhir.ParseToken(text)
		if err != nil {
			return
		}
		system, code, both := strings.Cut(text, "|")
		if !both {
			system, code = "", text
		}
		if !token.Matches(fhir.CodeableConcept{Coding: []fhir.Coding{{System: system, Code: code}}}) {
			t.Errorf("%q does not match itself", text)
		}
	})
}

// A page that is read, written and read again is the same.
func FuzzParsePlace(f *testing.F) {
	f.Add("1764000000123.a-b.c-d.3")
	f.Add("0...0")
	f.Fuzz(func(t *testing.T, text string) {
		place, err := fhir.ParsePlace(text)
		if err != nil {
			return
		}
		if again, err := fhir.ParsePlace(place.String()); err != nil || again != place {
			t.Errorf("%q is %+v, written as %+v, %v", text, place, again, err)
		}
	})
}
