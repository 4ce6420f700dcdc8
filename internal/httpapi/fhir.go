package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

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
		access: orAPIToken, needs: blush.KeyRead, audit: anyOf(blush.ScanList, blush.ReadingList, blush.ScanRead, blush.ReadingRead, blush.InsightRead), fhir: onlyFHIR,
		doc: "The values of a user's scans and cuff readings as FHIR R4, newest first, with the Patient and each Device. With an API key the user or the observations must be named. POST /v2/fhir/Observation/_search takes the same parameters as a form.", errors: []int{404, 415}}, a.searchObservations)
	route(a, operation{method: http.MethodGet, path: fhirPath + "/Observation/{observation_id}", id: "read-observation", tag: fhirTag, summary: "Read an observation",
		access: orAPIToken, needs: blush.KeyRead, audit: anyOf(blush.ScanRead, blush.ReadingRead, blush.InsightRead), fhir: onlyFHIR, doc: "One value of a scan, a cuff reading or a profile.", errors: []int{404}}, a.readObservation)
	route(a, operation{method: http.MethodGet, path: fhirPath + "/Patient", id: "search-patients", tag: fhirTag, summary: "Find a patient",
		access: orAPIToken, needs: blush.KeyRead, audit: anyOf(blush.UserRead, blush.UserList), fhir: onlyFHIR,
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
		doc: "The Patient and every observation of the user's scans and cuff readings with their Devices, as one Bundle, which is streamed. If the connection breaks, it is not valid JSON. " +
			"With _count it is a page with a link to the next one. Only one export of a user runs at a time. A POST with a Parameters resource, or without a body, is the same.", errors: []int{404, 415}}, a.exportPatient)
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
	has               map[string]bool
}

func newFound() *found { return &found{has: map[string]bool{}} }

// include adds a resource that observations refer to, once.
func (f *found) include(r fhir.Resource) {
	if !f.has[r.Address()] {
		f.has[r.Address()] = true
		f.included = append(f.included, r)
	}
}

func (f *found) add(o fhir.Observation, by *fhir.Device) {
	f.matches = append(f.matches, o)
	if by != nil {
		f.include(*by)
	}
}

func (f *found) bundle(kind, base string, links ...fhir.Link) fhir.Bundle {
	return fhir.NewBundle(kind, base, f.matches, f.included, links...)
}

func (a *API) readObservation(ctx context.Context, c blush.Caller, in *observationName) (*resourceResponse, error) {
	o, _, err := a.observation(ctx, c, in.ID)
	return &resourceResponse{resource{o}}, err
}

// observation returns the observation with an id, and the device that made it.
func (a *API) observation(ctx context.Context, c blush.Caller, name string) (fhir.Observation, *fhir.Device, error) {
	none := blush.E(blush.NotFound, "There is no such Observation.")
	of, what, _ := strings.Cut(name, ".")
	id, ok := blush.ParseID(of)
	if !ok {
		return fhir.Observation{}, nil, none
	}
	all, by, err := a.observationsOf(ctx, c, id, what)
	if err != nil {
		return fhir.Observation{}, nil, fhirID(err)
	}
	for _, o := range all {
		if o.ID == id+"."+what {
			return o, by, nil
		}
	}
	return fhir.Observation{}, nil, none
}

// observationsOf returns the observations of the scan, the reading or the user with an id, among which name is to be found.
func (a *API) observationsOf(ctx context.Context, c blush.Caller, id, name string) (all []fhir.Observation, by *fhir.Device, err error) {
	if strings.HasPrefix(name, "profile-") || strings.HasPrefix(name, "metric-") {
		r, err := a.insights.Insights(ctx, c, blush.UserRef{ID: id}, "")
		if err != nil {
			return nil, nil, err
		}
		for _, profile := range health.ProfileNames {
			of, model := fhir.OfProfile(r.User.ID, r.Insights, profile, r.UpdatedAt)
			all, by = append(all, of...), &model
		}
		return all, by, nil
	}
	if slices.Contains(fhir.ReadingNames, name) {
		r, err := a.insights.Reading(ctx, c, id)
		if err == nil || blush.KindOf(err) != blush.NotFound || name == fhir.ReadingNames[0] {
			return fhir.OfReading(r), nil, err
		}
	}
	sc, err := a.scans.Get(ctx, c, id, 0)
	if err != nil {
		return nil, nil, err
	}
	return fhir.OfScan(sc)
}
