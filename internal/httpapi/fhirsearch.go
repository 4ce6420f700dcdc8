package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/fhir"
	"blush.example/blush/internal/scan"
)

type observationSearch struct {
	ID                []string `query:"_id,explode" doc:"Ids of observations. The user need not be named."`
	Patient           []string `query:"patient,explode" doc:"The user: an id, or Patient/id."`
	Subject           []string `query:"subject,explode" doc:"The same as patient."`
	PatientIdentifier []string `query:"patient.identifier,explode" doc:"The user by your own reference, alone or behind the system that the Patient names."`
	IdentifierOf      []string `query:"patient:identifier,explode" doc:"The same as patient.identifier."`
	OfPatient         []string `query:"subject:Patient,explode" doc:"The same as patient."`
	PatientOfType     []string `query:"patient:Patient,explode" doc:"The same as patient."`
	SubjectIdentifier []string `query:"subject.identifier,explode" doc:"The same as patient.identifier."`
	OfIdentified      []string `query:"subject:identifier,explode" doc:"The same as patient.identifier."`
	Date              []string `query:"date,explode" doc:"When it was measured, e.g. ge2026-01-01. A date without an offset is in the time zone of the person."`
	LastUpdated       []string `query:"_lastUpdated,explode" doc:"When it was stored, as meta.lastUpdated says, e.g. ge2026-01-01T08:00:00Z. A date without an offset is in UTC."`
	Code              []string `query:"code,explode" doc:"A LOINC code or one of our own, alone or as system|code."`
	Category          []string `query:"category,explode" doc:"vital-signs or procedure, alone or as system|code."`
	Status            []string `query:"status,explode" doc:"final, which every observation is."`
	Count             int      `query:"_count" minimum:"0" default:"50" doc:"The largest number of observations on a page; more than 500 is 500, and 0 is _summary=count."`
	Total             string   `query:"_total" enum:"none,estimate,accurate" doc:"With estimate and accurate the Bundle says how many observations there are on all pages. For that, all of the user's measurements are read."`
	Summary           string   `query:"_summary" enum:"true,text,data,count,false" doc:"count: only how many observations there are. The others change nothing."`
	Elements          []string `query:"_elements,explode" doc:"Ignored: resources are always complete."`
	Include           []string `query:"_include,explode" doc:"Observation:patient, Observation:subject or Observation:device, which are always included."`
	Page              string   `query:"_page" doc:"Where a page begins: use the link next unchanged."`
	Sort              string   `query:"_sort" enum:"-date,date" default:"-date" doc:"By when it was measured: -date is the newest first, date the oldest."`
	Format            string   `query:"_format" doc:"json."`
	Pretty            bool     `query:"_pretty" doc:"Ignored."`
}

type patientSearch struct {
	ID         string `query:"_id" doc:"The user_id. With an API key exactly one of _id and identifier is required."`
	Identifier string `query:"identifier" doc:"Your own reference, or urn:uuid: and the user_id; alone or behind the system that the Patient names."`
	Count      int    `query:"_count" minimum:"0" doc:"Ignored: there is one Patient or none."`
	ReadForm
}

// userParameters name the user whose observations are searched for.
var userParameters = []string{"patient", "subject", "subject:Patient", "patient:Patient", "patient.identifier", "patient:identifier", "subject.identifier", "subject:identifier"}

// user returns the user whose observations are searched for; empty for a token, which has its own user, and where the observations are named instead.
func (in *observationSearch) user(c blush.Caller, query url.Values, base string) (blush.UserRef, error) {
	var named, values []string
	for _, p := range userParameters {
		for _, v := range query[p] {
			named, values = append(named, p), append(values, v)
		}
	}
	switch {
	case query.Has("_id") && len(in.ID) == 0:
		return blush.UserRef{}, faultAt("_id must not be empty.", "value_error", "query", "_id")
	case len(named) == 0 && (c.Kind == blush.ByToken || query.Has("_id")):
		return blush.UserRef{}, nil
	case len(named) == 0:
		return blush.UserRef{}, faultAt("Name the user by patient, subject or patient.identifier, or the observations by _id.", "missing", "query", "patient")
	case len(named) > 1:
		return blush.UserRef{}, faultAt("Name the user once.", "value_error", "query", named[1])
	}
	name, value := named[0], values[0]
	if value == "" {
		return blush.UserRef{}, faultAt(name+" must not be empty.", "value_error", "query", name)
	}
	if !strings.HasSuffix(name, "identifier") {
		id := value[strings.LastIndex(value, "/")+1:]
		if kind := strings.TrimSuffix(value, id); kind != "" && kind != "Patient/" && kind != base+"/Patient/" {
			return blush.UserRef{}, faultAt(fmt.Sprintf("%q is no Patient of this server.", value), "value_error", "query", name)
		}
		if _, ok := blush.ParseID(id); !ok {
			return blush.UserRef{}, faultAt(fmt.Sprintf("%q is no Patient of this server.", value), "value_error", "query", name)
		}
		return blush.UserRef{ID: id}, nil
	}
	ref, err := identified(c, name, value)
	if err != nil {
		return ref, err
	}
	return account.CheckID(ref, name)
}

// identified returns the user with an identifier, the value of a parameter.
func identified(c blush.Caller, name, value string) (blush.UserRef, error) {
	system, id, both := strings.Cut(value, "|")
	if !both {
		system, id = "", value
	}
	urn, isURN := strings.CutPrefix(id, "urn:uuid:")
	switch {
	case id == "":
		return blush.UserRef{}, faultAt(name+" must not be empty.", "value_error", "query", name)
	case isURN && (!both || system == "urn:ietf:rfc:3986"):
		return blush.UserRef{ID: urn}, nil
	case !both || system == names(c).ExternalID:
		return blush.UserRef{ExternalID: id}, nil
	}
	return blush.UserRef{}, faultAt(fmt.Sprintf("No user is identified in the system %q.", system), "value_error", "query", name)
}

// search reads the search parameters.
func (in *observationSearch) search(now time.Time) (s fhir.Search, from fhir.Place, err error) {
	for _, alternatives := range in.ID {
		s.IDs = append(s.IDs, strings.Split(alternatives, ","))
	}
	if s.Dates, err = dates("date", in.Date, now); err != nil {
		return s, from, err
	}
	if s.Updated, err = dates("_lastUpdated", in.LastUpdated, now); err != nil {
		return s, from, err
	}
	for _, of := range []struct {
		name   string
		values []string
		to     *[][]fhir.Token
	}{{"code", in.Code, &s.Codes}, {"category", in.Category, &s.Categories}, {"status", in.Status, &s.Statuses}} {
		for _, alternatives := range of.values {
			var either []fhir.Token
			for text := range strings.SplitSeq(alternatives, ",") {
				t, err := fhir.ParseToken(text)
				if err != nil {
					return s, from, faultAt(err.Error(), "value_error", "query", of.name)
				}
				either = append(either, t)
			}
			*of.to = append(*of.to, either)
		}
	}
	for _, include := range in.Include {
		if !slices.Contains(fhir.Included, strings.TrimSuffix(strings.TrimSuffix(include, ":Patient"), ":Device")) {
			return s, from, faultAt("_include takes "+strings.Join(fhir.Included, ", ")+".", "value_error", "query", "_include")
		}
	}
	from, err = placeOf(in.Page)
	return s, from, err
}

// dates reads the values of a parameter, each a list of alternatives.
func dates(name string, values []string, now time.Time) (out [][]fhir.Date, err error) {
	for _, alternatives := range values {
		var either []fhir.Date
		for text := range strings.SplitSeq(alternatives, ",") {
			d, err := fhir.ParseDate(text, now)
			if err != nil {
				return nil, faultAt(err.Error(), "value_error", "query", name)
			}
			either = append(either, d)
		}
		out = append(out, either)
	}
	return out, nil
}

// placeOf reads where a page begins; the first one has no name.
func placeOf(page string) (from fhir.Place, err error) {
	if page == "" {
		return from, nil
	}
	if from, err = fhir.ParsePlace(page); err != nil {
		return from, faultAt(err.Error(), "value_error", "query", "_page")
	}
	return from, nil
}

// searchObservations returns one page, or only how many matches there are on all.
func (a *API) searchObservations(ctx context.Context, c blush.Caller, in *observationSearch) (*resourceResponse, error) {
	base := a.cfg.BaseURL + fhirPath
	query := recordOf(ctx).places.query
	ref, err := in.user(c, query, base)
	if err != nil {
		return nil, err
	}
	s, from, err := in.search(time.Now())
	if err != nil {
		return nil, err
	}
	pageFrom := func(from fhir.Place, count int) (*observationPage, error) {
		if len(s.IDs) > 0 {
			return a.namedPage(ctx, c, ref, s, in.Sort == oldestFirst, from, count)
		}
		return a.observationPage(ctx, c, ref, s, in.Sort == oldestFirst, from, count)
	}
	links := []fhir.Link{{Relation: "self", URL: base + "/Observation?" + query.Encode()}}
	onlyCount := in.Summary == "count" || in.Count == 0
	var total *int
	if onlyCount || in.Total == "accurate" || in.Total == "estimate" {
		n := 0
		for place, more := (fhir.Place{}), true; more; {
			found, err := pageFrom(place, math.MaxInt)
			if err != nil {
				return nil, err
			}
			place, more = found.next, found.more
			n += len(found.matches)
		}
		total = &n
	}
	if onlyCount {
		return &resourceResponse{resource{fhir.Bundle{ResourceType: "Bundle", Type: fhir.Searchset, Total: total, Link: links}}}, nil
	}
	found, err := pageFrom(from, min(in.Count, mostObservations))
	if err != nil {
		return nil, err
	}
	if found.more {
		links = append(links, onward(base+"/Observation", query, found.next))
	}
	bundle := found.bundle(fhir.Searchset, base, links...)
	bundle.Total = total
	return &resourceResponse{resource{bundle}}, nil
}

// oldestFirst is the value of _sort for the other order.
const oldestFirst = "date"

// mostObservations is the largest number of observations on a page, mostNamed that of ids in one search.
const mostObservations, mostNamed = 500, 100

// onward links to the page that begins at a place.
func onward(path string, query url.Values, at fhir.Place) fhir.Link {
	next := maps.Clone(query)
	next.Set("_page", at.String())
	return fhir.Link{Relation: "next", URL: path + "?" + next.Encode()}
}

// observationPage is what a search finds from one place on.
type observationPage struct {
	*found
	next fhir.Place
	more bool // there may be more matches from next on
}

// observationPage finds at most count matches of a user. It reads at most 100 scans and readings, so it may find fewer, or none, and still have more.
func (a *API) observationPage(ctx context.Context, c blush.Caller, ref blush.UserRef, s fhir.Search, up bool, from fhir.Place, count int) (*observationPage, error) {
	o := scan.ObservedQuery{OldestFirst: up, Scans: s.CanMatch(fhir.ScanKinds()...), Readings: s.CanMatch(fhir.ReadingKinds()...), AfterAt: from.At, AfterID: from.ID, Limit: min(count, blush.MaxPageLimit)}
	o.From, o.To = s.Span()
	u, page, more, err := a.scans.Observed(ctx, c, ref, o)
	if err != nil {
		return nil, err
	}
	out := &observationPage{found: newFound(), more: more}
	out.include(fhir.Identified(u, names(c))) // also on a page without matches
	all := func(yield func(scan.Observed, error) bool) {
		for _, one := range page {
			if !yield(one, nil) {
				return
			}
		}
	}
	next, enough, err := matching(all, s, from, count, func(v fhir.Observation, by *fhir.Device) error {
		out.add(v, by)
		return nil
	})
	out.next, out.more = next, more || enough
	return out, err
}

// matching calls do with at most count matches from a place on. It says where the next ones begin, and whether it ended because these are enough.
func matching(all iter.Seq2[scan.Observed, error], s fhir.Search, from fhir.Place, count int, do func(fhir.Observation, *fhir.Device) error) (next fhir.Place, enough bool, err error) {
	next = fhir.Place{At: from.At, ID: from.ID}
	for one, err := range all {
		if err != nil {
			return next, false, err
		}
		values, by, err := observations(one)
		if err != nil {
			return next, false, err
		}
		skip := 0
		if one.ID == from.Next {
			skip = from.Skip
		}
		for i, v := range values {
			if i < skip || !s.Matches(v) {
				continue
			}
			if count == 0 {
				next.Next, next.Skip = one.ID, i
				return next, true, nil
			}
			count--
			if err := do(v, by); err != nil {
				return next, false, err
			}
		}
		next.At, next.ID = one.At, one.ID
	}
	return next, false, nil
}

// namedObservation is one that a search names, with the device that made it.
type namedObservation struct {
	fhir.Observation
	by *fhir.Device
}

// named returns the matches among the observations that a search names, of one user unless of is empty. One that does not exist, or that the caller may not see, is none of them.
func (a *API) named(ctx context.Context, c blush.Caller, of string, s fhir.Search) (matches []namedObservation, err error) {
	ids := slices.Compact(slices.Sorted(slices.Values(s.IDs[0])))
	if len(ids) > mostNamed {
		return nil, faultAt(fmt.Sprintf("_id takes at most %d ids.", mostNamed), "value_error", "query", "_id")
	}
	for _, id := range ids {
		o, by, err := a.observation(ctx, c, id)
		if blush.KindOf(err) == blush.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if s.Matches(o) && (of == "" || o.UserID() == of) {
			matches = append(matches, namedObservation{o, by})
		}
	}
	if len(matches) == 0 {
		err = a.scans.AuditEmptySearch(ctx, c)
	}
	return matches, err
}

// namedPage finds at most count matches among the observations that a search names.
func (a *API) namedPage(ctx context.Context, c blush.Caller, ref blush.UserRef, s fhir.Search, up bool, from fhir.Place, count int) (*observationPage, error) {
	users, of := map[string]blush.User{}, ""
	if ref != (blush.UserRef{}) {
		u, err := a.accounts.Named(ctx, c, ref)
		if err != nil {
			return nil, err
		}
		users[u.ID], of = u, u.ID
	}
	all, err := a.named(ctx, c, of, s)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(x, y namedObservation) int {
		if up {
			x, y = y, x
		}
		return cmp.Or(y.At().Compare(x.At()), strings.Compare(y.ID, x.ID))
	})
	out := &observationPage{found: newFound()}
	for _, m := range all[min(from.Skip, len(all)):] {
		if len(out.matches) == count {
			out.next, out.more = fhir.Place{Skip: from.Skip + count}, true
			break
		}
		u, known := users[m.UserID()]
		if !known {
			if u, err = a.accounts.Named(ctx, c, blush.UserRef{ID: m.UserID()}); err != nil {
				return nil, err
			}
			users[u.ID] = u
		}
		out.include(fhir.Identified(u, names(c)))
		out.add(m.Observation, m.by)
	}
	return out, nil
}

// searchPatients finds one user.
func (a *API) searchPatients(ctx context.Context, c blush.Caller, in *patientSearch) (*resourceResponse, error) {
	ref, query := blush.UserRef{ID: in.ID}, recordOf(ctx).places.query
	var err error
	switch {
	case in.Identifier != "" && in.ID != "":
		err = faultAt("Name the user once.", "value_error", "query", "identifier")
	case in.Identifier != "":
		ref, err = identified(c, "identifier", in.Identifier)
	case in.ID == "" && query.Has("_id"):
		err = faultAt("_id must not be empty.", "value_error", "query", "_id")
	case in.ID == "" && c.Kind != blush.ByToken:
		err = faultAt("Name the user by _id or identifier.", "missing", "query", "identifier")
	}
	if err != nil {
		return nil, err
	}
	users, err := a.accounts.Find(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	matches := make([]fhir.Resource, len(users))
	for i, u := range users {
		matches[i] = fhir.PatientOf(u, names(c))
	}
	base := a.cfg.BaseURL + fhirPath
	bundle := fhir.NewBundle(fhir.Searchset, base, matches, nil, fhir.Link{Relation: "self", URL: base + "/Patient?" + query.Encode()})
	total := len(matches)
	bundle.Total = &total
	return &resourceResponse{resource{bundle}}, nil
}
