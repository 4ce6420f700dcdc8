package fhir_test

import (
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/fhir"
)

// What R4 §3.1.1.4.7 says about each prefix, for a resource with a time to the second.
func TestDatePrefixes(t *testing.T) {
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	brussels := time.FixedZone("", 3600)
	at := time.Date(2026, 11, 26, 0, 30, 15, 0, brussels) // the 25th in UTC
	for text, want := range map[string]bool{
		"2026-11-26": true, "2026-11-25": false, "2026-11": true, "2026": true, "2025": false, // the person's own day
		"2026-11-25T23:30:15Z": true, "2026-11-26T00:30:15+01:00": true, "2026-11-26T00:30:15 01:00": true, "2026-11-26T00:30:15": true,
		"2026-11-26T00:30:16Z": false, "2026-11-26T00:30+01:00": true, "2026-11-26T00:30": true, "2026-11-26T00:31": false,
		"ne2026-11-26": false, "ne2026-11-25": true,
		"gt2026-11-25": true, "gt2026-11-26": false, "gt2026-11-26T00:30:14+01:00": true, "gt2026-11-26T00:30:15+01:00": false,
		"ge2026-11-26": true, "ge2026-11-27": false, "ge2026-11-26T00:30:15+01:00": true, "ge2026-11-26T00:30:16+01:00": false,
		"lt2026-11-27": true, "lt2026-11-26": false, "lt2026-11-26T00:30:16+01:00": true, "lt2026-11-26T00:30:15+01:00": false,
		"le2026-11-26": true, "le2026-11-25": false,
		"sa2026-11-25": true, "sa2026-11-26": false, "eb2026-11-27": true, "eb2026-11-26": false,
		"ap2026-11-26": true, "ap2026-11-01": false, "ap2026-11-25T20:00:00Z": true,
		"2026-11-26T00:30:15.500+01:00": false, "gt2026-11-26T00:30:15.500+01:00": true,
	} {
		d, err := fhir.ParseDate(text, now)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := d.Matches(at, time.Second); got != want {
			t.Errorf("%s matches: %t, want %t", text, got, want)
		}
		from, to := d.Span()
		if d.Matches(at, time.Second) && (!from.IsZero() && at.Before(from) || !to.IsZero() && at.After(to)) {
			t.Errorf("%s matches, and lies outside its span %s to %s", text, from, to)
		}
	}
	for _, text := range []string{"", "x2026", "xx2026", "2026-13", "2026-02-30", "26.11.2026", "2026-11-26T25:00", "eq", "EQ2026", "2026-11.5", "2026-11-26T00:30.5"} {
		if d, err := fhir.ParseDate(text, now); err == nil {
			t.Errorf("%q is read as %+v", text, d)
		}
	}
}

// When a value was stored is known to a millisecond; a search to the second contains all of it.
func TestDatesOfMilliseconds(t *testing.T) {
	at := time.Date(2026, 11, 26, 8, 30, 15, 250e6, time.UTC)
	for text, want := range map[string]bool{
		"2026-11-26T08:30:15Z": true, "2026-11-26T09:30:15+01:00": true, "2026-11-26T08:30:15.250Z": true, "2026-11-26T08:30:15.251Z": false, "2026-11-26": true,
		"gt2026-11-26T08:30:15.249Z": true, "gt2026-11-26T08:30:15.250Z": false, "gt2026-11-26T08:30:15Z": false,
		"ge2026-11-26T08:30:15Z": true, "ge2026-11-26T08:30:15.250Z": true, "ge2026-11-26T08:30:15.251Z": false, "lt2026-11-26T08:30:15.251Z": true, "lt2026-11-26T08:30:15.250Z": false,
	} {
		d, err := fhir.ParseDate(text, at)
		if err != nil || d.Matches(at, time.Millisecond) != want {
			t.Errorf("%s matches: want %t, %v", text, want, err)
		}
	}
}

// A video's values were stored when it had been analysed, those of other scans with the scan. What has no time matches no date.
func TestWhenAValueWasStored(t *testing.T) {
	created := time.Date(2026, 11, 26, 8, 30, 15, 250e6, time.UTC)
	finished := created.Add(time.Hour)
	sc := blush.Scan{ID: "1", CreatedAt: created, Timezone: "Europe/Brussels", Result: []byte(`{"estimates":[{"biomarker":"heart_rate"},{"biomarker":"rmssd"}]}`)}
	for want, at := range map[string]*time.Time{"2026-11-26T08:30:15.250Z": nil, "2026-11-26T09:30:15.250Z": &finished} {
		sc.FinishedAt = at
		values, _, err := fhir.OfScan(sc)
		if err != nil || len(values) != 2 {
			t.Fatal(values, err)
		}
		for _, o := range values {
			if o.Meta.LastUpdated != want || o.EffectiveDateTime != "2026-11-26T09:30:15+01:00" {
				t.Errorf("%+v", o)
			}
		}
	}
	d, err := fhir.ParseDate("ge1900", created)
	if err != nil {
		t.Fatal(err)
	}
	if any := [][]fhir.Date{{d}}; (fhir.Search{Dates: any}).Matches(fhir.Observation{}) || (fhir.Search{Updated: any}).Matches(fhir.Observation{}) || !(fhir.Search{}).Matches(fhir.Observation{}) {
		t.Error("an observation without a time matches a date")
	}
}

// A scan, like a reading, can have every status, code and category that its observations have.
func TestKindsCanMatch(t *testing.T) {
	token, err := fhir.ParseToken("final")
	if err != nil {
		t.Fatal(err)
	}
	if s := (fhir.Search{Statuses: [][]fhir.Token{{token}}}); !s.CanMatch(fhir.ScanKinds()...) || !s.CanMatch(fhir.ReadingKinds()...) {
		t.Error("nothing is final")
	}
}

// Alternatives of one parameter widen the span; repeated parameters narrow it.
func TestSearchSpan(t *testing.T) {
	parse := func(text string) fhir.Date {
		d, err := fhir.ParseDate(text, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	from, to := fhir.Search{Dates: [][]fhir.Date{{parse("ge2026-01-01T00:00:00Z")}, {parse("lt2026-02-01T00:00:00Z")}}}.Span()
	if from.Format(time.DateOnly) != "2025-12-31" || to.Format(time.DateOnly) != "2026-02-01" {
		t.Errorf("from one to another: %s to %s", from, to)
	}
	from, to = fhir.Search{Dates: [][]fhir.Date{{parse("2026-01-01T00:00:00Z"), parse("2026-03-01T00:00:00Z")}}}.Span()
	if from.Format(time.DateOnly) != "2025-12-31" || to.Format(time.DateOnly) != "2026-03-01" {
		t.Errorf("one of two: %s to %s", from, to)
	}
	if from, to = (fhir.Search{Dates: [][]fhir.Date{{parse("gt2026"), parse("lt2020")}}}).Span(); !from.IsZero() || !to.IsZero() {
		t.Errorf("either side: %s to %s", from, to)
	}
}

func TestTokens(t *testing.T) {
	heart := fhir.CodeableConcept{Coding: []fhir.Coding{{System: "http://loinc.org", Code: "8867-4"}, {System: fhir.BiomarkerSystem, Code: "heart_rate"}}}
	for text, want := range map[string]bool{
		"8867-4": true, "heart_rate": true, "http://loinc.org|8867-4": true, "http://loinc.org|": true, "|8867-4": false, "http://loinc.org|9279-1": false,
		"http://snomed.info/sct|8867-4": false, "9279-1": false, fhir.BiomarkerSystem + "|heart_rate": true, "http://loinc.org|heart_rate": false,
	} {
		token, err := fhir.ParseToken(text)
		if err != nil || token.Matches(heart) != want {
			t.Errorf("%s: want %t, %v", text, want, err)
		}
	}
	for _, text := range []string{"", "|", "a|b|c"} {
		if _, err := fhir.ParseToken(text); err == nil {
			t.Errorf("%q is a token", text)
		}
	}
}

func TestPlaces(t *testing.T) {
	p := fhir.Place{At: time.UnixMilli(1764000000123), ID: "a-b", Next: "c-d", Skip: 3}
	if got, err := fhir.ParsePlace(p.String()); err != nil || got != p {
		t.Errorf("%+v, %v", got, err)
	}
	for _, text := range []string{"", "1.a.b", "x.a.b.1", "1.a.b.-1", "99999999999999999999.a.b.1", "9007199254740993.a.b.1"} {
		if _, err := fhir.ParsePlace(text); err == nil {
			t.Errorf("%q is a place", text)
		}
	}
}
