package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/fhir"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/scan"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
)

// resource is an answer in FHIR.
type resource struct{ is any }

// MarshalJSON writes only the resource.
func (r resource) MarshalJSON() ([]byte, error) { return json.Marshal(r.is) }

// ContentType is that of every resource.
func (resource) ContentType(string) string { return fhir.ContentType }

// Schema says only that it is a resource. FHIR defines the details.
func (resource) Schema(huma.Registry) *huma.Schema { return fhirSchema() }

func fhirSchema() *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "A resource of FHIR R4.", Required: []string{"resourceType"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{"resourceType": {Type: huma.TypeString}}}
}

type resourceResponse struct{ Body resource }

// orFHIR is a response in our own form or, if the client asks for it, in FHIR.
type orFHIR[T any] struct {
	own  T
	fhir any    // nil: our own
	text []byte // what json would return, if it is already known
}

// json returns the response in one of the two forms.
func (b orFHIR[T]) json() ([]byte, error) {
	switch {
	case b.text != nil:
		return b.text, nil
	case b.fhir != nil:
		return json.Marshal(b.fhir)
	}
	return json.Marshal(b.own)
}

// MarshalJSON is json, for a response within another one.
func (b orFHIR[T]) MarshalJSON() ([]byte, error) { return b.json() }

// ContentType is that of the form.
func (b orFHIR[T]) ContentType(own string) string {
	if b.fhir != nil {
		return fhir.ContentType
	}
	return own
}

// Schema is that of our own form.
func (orFHIR[T]) Schema(r huma.Registry) *huma.Schema { return r.Schema(typeOf[T](), true, "") }

// fhirForm says whether an operation answers in FHIR.
type fhirForm int

const (
	noFHIR   fhirForm = iota
	alsoFHIR          // with Accept: application/fhir+json
	onlyFHIR
)

// describeFHIR adds an operation's responses in FHIR to its description.
func (op operation) describeFHIR(o *huma.Operation) {
	if op.fhir == noFHIR {
		return
	}
	for status, r := range o.Responses {
		if op.fhir == onlyFHIR && status == strconv.Itoa(http.StatusUnprocessableEntity) {
			delete(o.Responses, status) // a 400 in FHIR
			continue
		}
		if len(r.Content) == 0 {
			continue
		}
		if op.fhir == onlyFHIR && status >= "400" {
			r.Content = map[string]*huma.MediaType{}
		}
		if r.Content[fhir.ContentType] == nil {
			r.Content[fhir.ContentType] = &huma.MediaType{Schema: fhirSchema()}
		}
	}
	outcome := map[string]*huma.MediaType{fhir.ContentType: {Schema: fhirSchema()}}
	o.Responses["406"] = &huma.Response{Description: http.StatusText(http.StatusNotAcceptable), Content: outcome}
	if op.fhir == onlyFHIR {
		o.Responses["400"] = &huma.Response{Description: http.StatusText(http.StatusBadRequest), Content: outcome}
	}
}

// fhirTag groups the routes.
const fhirTag = "FHIR"

type observationSearch struct {
	Patient           []string `query:"patient,explode" doc:"The user: an id, or Patient/id."`
	Subject           []string `query:"subject,explode" doc:"The same as patient."`
	PatientIdentifier []string `query:"patient.identifier,explode" doc:"The user by your own reference, alone or behind the system that the Patient names."`
	IdentifierOf      []string `query:"patient:identifier,explode" doc:"The same as patient.identifier."`
	OfPatient         []string `query:"subject:Patient,explode" doc:"The same as patient."`
	SubjectIdentifier []string `query:"subject.identifier,explode" doc:"The same as patient.identifier."`
	OfIdentified      []string `query:"subject:identifier,explode" doc:"The same as patient.identifier."`
	Date              []string `query:"date,explode" doc:"When it was measured, e.g. ge2026-01-01. A date without an offset is in the time zone of the person."`
	Code              []string `query:"code,explode" doc:"A LOINC code or one of our own, alone or as system|code."`
	Category          []string `query:"category,explode" doc:"vital-signs or procedure, alone or as system|code."`
	Status            []string `query:"status,explode" doc:"final, which every observation is."`
	Count             int      `query:"_count" minimum:"0" default:"50" doc:"The largest number of observations on a page; more than 500 is 500, and 0 is _summary=count."`
	Total             string   `query:"_total" enum:"none,estimate,accurate" doc:"With estimate and accurate the Bundle says how many observations there are on all pages. For that, all of the user's measurements are read."`
	Summary           string   `query:"_summary" enum:"true,text,data,count,false" doc:"count: only how many observations there are. The others change nothing."`
	Elements          []string `query:"_elements,explode" doc:"Ignored: resources are whole."`
	Include           []string `query:"_include,explode" doc:"Observation:patient, Observation:subject or Observation:device, which are always included."`
	Page              string   `query:"_page" doc:"Where a page begins: use the link next unchanged."`
	Sort              string   `query:"_sort" enum:"-date" doc:"The newest first, which is also the default and the only order."`
	Format            string   `query:"_format" doc:"json."`
	Pretty            bool     `query:"_pretty" doc:"Ignored."`
}

type patientSearch struct {
	ID         string `query:"_id" doc:"The user_id. With an API key exactly one of _id and identifier is required."`
	Identifier string `query:"identifier" doc:"Your own reference, or urn:uuid: and the user_id; alone or behind the system that the Patient names."`
	Count      int    `query:"_count" minimum:"0" doc:"Ignored: there is one Patient or none."`
	ReadForm
}

// ReadForm has the parameters for reading one resource besides its id.
type ReadForm struct {
	Format string `query:"_format" doc:"json."`
	Pretty bool   `query:"_pretty" doc:"Ignored."`
}

type observationName struct {
	ID string `path:"observation_id"`
	ReadForm
}

type patientName struct {
	ID string `path:"patient_id" doc:"The user_id."`
	ReadForm
}

type deviceName struct {
	ID string `path:"device_id"`
	ReadForm
}

func (a *API) fhirRoutes(r chi.Router) error {
	route(a, operation{method: http.MethodGet, path: fhirPath + "/Observation", id: "search-observations", tag: fhirTag, summary: "Search a user's observations",
		access: orAPIToken, needs: blush.KeyRead, audit: actions(blush.ScanList, blush.ReadingList), fhir: onlyFHIR,
		doc: "The values of a user's scans and cuff readings as FHIR R4, newest first, with the Patient and each Device. With an API key the user must be named. POST /v2/fhir/Observation/_search takes the same parameters as a form.", errors: []int{404, 415}}, a.searchObservations)
	route(a, operation{method: http.MethodGet, path: fhirPath + "/Observation/{observation_id}", id: "read-observation", tag: fhirTag, summary: "Read an observation",
		access: orAPIToken, needs: blush.KeyRead, audit: actions(blush.ScanRead, blush.ReadingRead, blush.InsightRead), fhir: onlyFHIR, doc: "One value of a scan, a cuff reading or a profile.", errors: []int{404}}, a.readObservation)
	route(a, operation{method: http.MethodGet, path: fhirPath + "/Patient", id: "search-patients", tag: fhirTag, summary: "Find a patient",
		access: orAPIToken, needs: blush.KeyRead, audit: actions(blush.UserRead, blush.UserList), fhir: onlyFHIR,
		doc: "A Bundle with the user as a Patient, or with none. POST /v2/fhir/Patient/_search takes the same parameters as a form.", errors: []int{415}}, a.searchPatients)
	route(a, operation{method: http.MethodGet, path: fhirPath + "/Patient/{patient_id}", id: "read-patient", tag: fhirTag, summary: "Read a patient",
		access: orAPIToken, needs: blush.KeyRead, audit: actions(blush.UserRead), fhir: onlyFHIR, doc: "A user as a Patient.", errors: []int{404}},
		func(ctx context.Context, c blush.Caller, in *patientName) (*resourceResponse, error) {
			u, err := a.accounts.User(ctx, c, blush.UserRef{ID: in.ID})
			return &resourceResponse{resource{fhir.PatientOf(u, names(c))}}, fhirID(err)
		})
	const everything = fhirPath + "/Patient/{patient_id}/$everything"
	route(a, operation{method: http.MethodGet, path: everything, id: "export-patient", tag: fhirTag, summary: "Export a patient's whole history",
		access: orAPIToken, needs: blush.KeyExport, audit: actions(blush.UserExport), fhir: onlyFHIR,
		doc: "The Patient and every observation of the user's scans and cuff readings with their Devices, as one Bundle, which is sent while it is read. If the connection breaks, it is not valid JSON. " +
			"Only one export of a user runs at a time. A POST with a Parameters resource, or without a body, is the same.", errors: []int{404, 415}}, a.exportPatient)
	a.streams(everything, fhir.ContentType)
	route(a, operation{method: http.MethodGet, path: fhirPath + "/Device/{device_id}", id: "read-device", tag: fhirTag, summary: "Read a device",
		access: orAPIToken, needs: blush.KeyRead, audit: noAudit, fhir: onlyFHIR, doc: "The engine in a version with a calibration, or the health model in a version.", errors: []int{404}},
		func(ctx context.Context, _ blush.Caller, in *deviceName) (*resourceResponse, error) {
			d, ok := fhir.DeviceByID(in.ID)
			if !ok {
				return nil, blush.E(blush.NotFound, "There is no such Device.")
			}
			return &resourceResponse{resource{d}}, nil
		})
	return a.conformance(r)
}

// conformance serves the CapabilityStatement and its definitions. They contain nothing about a person and need no credential.
func (a *API) conformance(r chi.Router) error {
	base := a.cfg.BaseURL + fhirPath
	all := map[string]fhir.Resource{}
	for _, s := range fhir.CodeSystems() {
		all["/"+s.Address()] = s
	}
	for _, d := range fhir.StructureDefinitions() {
		all["/"+d.Address()] = d
	}
	for path, is := range all {
		b, err := json.Marshal(is)
		if err != nil {
			return err
		}
		r.Get(fhirPath+path, withParameters([]string{"_format", "_pretty"}, serve(fhir.ContentType, b)))
	}
	b, err := json.Marshal(fhir.Capabilities(base, a.cfg.Version))
	statement := serve(fhir.ContentType, b)
	r.Get(fhirPath+"/metadata", withParameters([]string{"_format", "_pretty", "_summary", "_elements", "mode"}, func(w http.ResponseWriter, r *http.Request) {
		switch mode := r.URL.Query().Get("mode"); mode {
		case "", "full", "normative":
			statement(w, r)
		default:
			writeProblem(w, faultAt(fmt.Sprintf("mode=%s is not supported: this server has no terminology service. There is full, which is the default, and normative.", mode), "value_error", "query", "mode"))
		}
	}))
	return err
}

// names returns the systems in which a customer's users are identified.
func names(c blush.Caller) fhir.Names {
	return fhir.Names{ExternalID: fhir.Canonical + "/sid/" + c.CustomerID + "/" + string(c.Environment) + "/external-user-id"}
}

// fhirID turns the error of a malformed id into a 404: there is no such resource.
func fhirID(err error) error {
	if blush.KindOf(err) == blush.Unprocessed {
		return blush.E(blush.NotFound, "There is no such resource.")
	}
	return err
}

// userParameters name the user whose observations are searched for.
var userParameters = []string{"patient", "subject", "subject:Patient", "patient.identifier", "patient:identifier", "subject.identifier", "subject:identifier"}

// user returns the user whose observations are searched for; empty for a token, which has its own user.
func (in *observationSearch) user(c blush.Caller, query url.Values, base string) (blush.UserRef, error) {
	var named, values []string
	for _, p := range userParameters {
		for _, v := range query[p] {
			named, values = append(named, p), append(values, v)
		}
	}
	switch {
	case len(named) == 0 && c.Kind == blush.ByToken:
		return blush.UserRef{}, nil
	case len(named) == 0:
		return blush.UserRef{}, faultAt("Name the user by patient, subject or patient.identifier.", "missing", "query", "patient")
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
	return identified(c, name, value)
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

// ofUser turns an error about a user_id or external_user_id into one about the parameter in which it was sent.
func ofUser(err error, query url.Values) error {
	var e *blush.Error
	if !errors.As(err, &e) || e.Kind != blush.Unprocessed || len(e.Fields) == 0 {
		return err
	}
	field := fmt.Sprint(first(e.Fields[0].Path))
	at := slices.IndexFunc(userParameters, query.Has)
	if at < 0 || field != "user_id" && field != "external_user_id" {
		return err
	}
	return faultAt(strings.Replace(e.Fields[0].Msg, field, userParameters[at], 1), e.Fields[0].Type, "query", userParameters[at])
}

// search reads the search parameters.
func (in *observationSearch) search(now time.Time) (s fhir.Search, from fhir.Place, err error) {
	for _, alternatives := range in.Date {
		var either []fhir.Date
		for text := range strings.SplitSeq(alternatives, ",") {
			d, err := fhir.ParseDate(text, now)
			if err != nil {
				return s, from, faultAt(err.Error(), "value_error", "query", "date")
			}
			either = append(either, d)
		}
		s.Dates = append(s.Dates, either)
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
	if in.Page != "" {
		if from, err = fhir.ParsePlace(in.Page); err != nil {
			return s, from, faultAt(err.Error(), "value_error", "query", "_page")
		}
	}
	return s, from, nil
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
	links := []fhir.Link{{Relation: "self", URL: base + "/Observation?" + query.Encode()}}
	onlyCount := in.Summary == "count" || in.Count == 0
	var total *int
	if onlyCount || in.Total == "accurate" || in.Total == "estimate" {
		n := 0
		for place, more := (fhir.Place{}), true; more; {
			var found *observationPage
			if found, err = a.observationPage(ctx, c, ref, s, place, math.MaxInt); err != nil {
				return nil, ofUser(err, query)
			}
			place, more = found.next, found.more
			n += len(found.matches)
		}
		total = &n
	}
	if onlyCount {
		return &resourceResponse{resource{fhir.Bundle{ResourceType: "Bundle", Type: fhir.Searchset, Total: total, Link: links}}}, nil
	}
	found, err := a.observationPage(ctx, c, ref, s, from, min(in.Count, mostObservations))
	if err != nil {
		return nil, ofUser(err, query)
	}
	if found.more {
		onward := maps.Clone(query)
		onward.Set("_page", found.next.String())
		links = append(links, fhir.Link{Relation: "next", URL: base + "/Observation?" + onward.Encode()})
	}
	bundle := found.bundle(fhir.Searchset, base, fhir.Identified(found.of, names(c)), links...)
	bundle.Total = total
	return &resourceResponse{resource{bundle}}, nil
}

// mostObservations is the largest number of observations on a page.
const mostObservations = 500

// observationPage is what a search finds from one place on.
type observationPage struct {
	*found
	of   blush.User
	next fhir.Place
	more bool // there may be more matches from next on
}

// observationPage finds at most count matches. It reads at most 100 scans and readings, so it may find fewer, or none, and still have more.
func (a *API) observationPage(ctx context.Context, c blush.Caller, ref blush.UserRef, s fhir.Search, from fhir.Place, count int) (*observationPage, error) {
	o := scan.Observing{Scans: s.CanMatch(fhir.ScanKinds()...), Readings: s.CanMatch(fhir.ReadingKinds()...), AfterAt: from.At, AfterID: from.ID, Limit: min(count, blush.MaxPageLimit)}
	o.From, o.To = s.Span()
	u, page, more, err := a.scans.Observed(ctx, c, ref, o)
	if err != nil {
		return nil, err
	}
	out := &observationPage{newFound(), u, from, more}
	out.next.Next, out.next.Skip = "", 0
	for _, one := range page {
		values, by, err := observations(one)
		if err != nil {
			return nil, err
		}
		skip := 0
		if one.ID == from.Next {
			skip = from.Skip
		}
		for i, v := range values {
			if i < skip || !s.Matches(v, fhir.At(one.At, one.Timezone())) {
				continue
			}
			if len(out.matches) == count {
				out.next.Next, out.next.Skip, out.more = one.ID, i, true
				return out, nil
			}
			out.add(v, by)
		}
		out.next.At, out.next.ID = one.At, one.ID
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

// observations returns the values of a scan or a reading, and the device that measured them.
func observations(o scan.Observed) ([]fhir.Observation, *fhir.Device, error) {
	if o.Reading != nil {
		return fhir.OfReading(*o.Reading), nil, nil
	}
	return fhir.OfScan(*o.Scan)
}

// found collects observations with the resources that they refer to.
type found struct {
	matches, included []fhir.Resource
	devices           map[string]bool
}

func newFound() *found { return &found{devices: map[string]bool{}} }

func (f *found) add(o fhir.Observation, by *fhir.Device) {
	f.matches = append(f.matches, o)
	if by != nil && !f.devices[by.ID] {
		f.devices[by.ID] = true
		f.included = append(f.included, *by)
	}
}

func (f *found) bundle(kind, base string, p fhir.Patient, links ...fhir.Link) fhir.Bundle {
	return fhir.NewBundle(kind, base, f.matches, append([]fhir.Resource{p}, f.included...), links...)
}

func (a *API) readObservation(ctx context.Context, c blush.Caller, in *observationName) (*resourceResponse, error) {
	of, name, _ := strings.Cut(in.ID, ".")
	id, ok := blush.ParseID(of)
	if !ok {
		return nil, blush.E(blush.NotFound, "There is no such Observation.")
	}
	all, err := a.observationsOf(ctx, c, id, name)
	if err != nil {
		return nil, fhirID(err)
	}
	for _, o := range all {
		if o.ID == id+"."+name {
			return &resourceResponse{resource{o}}, nil
		}
	}
	return nil, blush.E(blush.NotFound, "There is no such Observation.")
}

// observationsOf returns the observations of the scan, the reading or the user with an id, among which name is to be found.
func (a *API) observationsOf(ctx context.Context, c blush.Caller, id, name string) ([]fhir.Observation, error) {
	if strings.HasPrefix(name, "profile-") || strings.HasPrefix(name, "metric-") {
		r, err := a.insights.Insights(ctx, c, blush.UserRef{ID: id}, "")
		if err != nil {
			return nil, err
		}
		var all []fhir.Observation
		for _, profile := range health.ProfileNames {
			of, _ := fhir.OfProfile(r.User.ID, r.Insights, profile, r.UpdatedAt)
			all = append(all, of...)
		}
		return all, nil
	}
	if slices.Contains(fhir.ReadingNames, name) {
		r, err := a.insights.Reading(ctx, c, id)
		if err == nil || blush.KindOf(err) != blush.NotFound || name == fhir.ReadingNames[0] {
			return fhir.OfReading(r), err
		}
	}
	sc, err := a.scans.Get(ctx, c, id, 0)
	if err != nil {
		return nil, err
	}
	all, _, err := fhir.OfScan(sc)
	return all, err
}

// exportPatient sends everything as one bundle. It has one page in memory at a time.
func (a *API) exportPatient(ctx context.Context, c blush.Caller, in *patientName) (*exportResponse, error) {
	h, err := a.scans.HistoryOf(ctx, c, blush.UserRef{ID: in.ID})
	if err != nil {
		return nil, fhirID(err)
	}
	return stream(ctx, fhir.ContentType, "history.json", func(to io.Writer) error {
		defer h.Close()
		base := a.cfg.BaseURL + fhirPath
		out := bufio.NewWriterSize(to, 1<<16)
		lines := json.NewEncoder(out)
		lines.SetEscapeHTML(false)
		if _, err := out.WriteString(`{"resourceType":"Bundle","type":"searchset","entry":[` + "\n"); err != nil {
			return err
		}
		if err := lines.Encode(fhir.NewEntry(fhir.Searchset, base, fhir.PatientOf(h.User, names(c)), "match")); err != nil {
			return err
		}
		entry := func(r fhir.Resource) error {
			if err := out.WriteByte(','); err != nil {
				return err
			}
			return lines.Encode(fhir.NewEntry(fhir.Searchset, base, r, "match"))
		}
		devices := map[string]bool{}
		err := h.Each(ctx, func(one scan.Observed) error {
			values, by, err := observations(one)
			if err == nil && by != nil && !devices[by.ID] {
				devices[by.ID] = true
				err = entry(*by)
			}
			for _, v := range values {
				if err == nil {
					err = entry(v)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if _, err := out.WriteString("]}\n"); err != nil {
			return err
		}
		return out.Flush()
	}), nil
}
