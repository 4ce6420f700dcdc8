// Package fhir converts scans, cuff readings and profiles to FHIR R4 (4.0.1), and
// parses the parameters of a search. It is pure: it uses no store and no clock.
// docs/fhir.md explains the mapping.
//
// The types have only the fields that are written here. The available Go
// libraries of FHIR models are generated from all of R4, years old, and without
// extensions of single elements, which the intervals need.
package fhir

import (
	"strings"
	"time"
)

// ContentType is the media type of every resource.
const ContentType = "application/fhir+json"

// Version is the version of FHIR.
const Version = "4.0.1"

// Resource is anything that can be in a bundle.
type Resource interface {
	// Address is the type and the id, e.g. Patient/0198….
	Address() string
}

// Meta says when a resource was stored, and which profiles it follows.
type Meta struct {
	LastUpdated string   `json:"lastUpdated,omitempty"`
	Profile     []string `json:"profile,omitempty"`
}

// Coding is a code of a system.
type Coding struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

// CodeableConcept is one concept in several code systems and as text.
type CodeableConcept struct {
	Coding []Coding `json:"coding,omitempty"`
	Text   string   `json:"text,omitempty"`
}

// Identifier is a name of a thing in a system of names.
type Identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

// Reference names another resource.
type Reference struct {
	Reference  string      `json:"reference,omitempty"`
	Type       string      `json:"type,omitempty"`
	Identifier *Identifier `json:"identifier,omitempty"`
	Display    string      `json:"display,omitempty"`
}

// Quantity is a number with its unit in UCUM and its uncertainty.
type Quantity struct {
	Extension []Extension `json:"extension,omitempty"`
	Value     float64     `json:"value"`
	Unit      string      `json:"unit"`
	System    string      `json:"system"`
	Code      string      `json:"code"`
}

// Extension is a value that R4 has no element for; it has either a value or nested extensions.
type Extension struct {
	URL          string      `json:"url"`
	Extension    []Extension `json:"extension,omitempty"`
	ValueDecimal *float64    `json:"valueDecimal,omitempty"`
	ValueCode    string      `json:"valueCode,omitempty"`
}

// Observation is one value of a person at a time, or why there is none.
type Observation struct {
	ResourceType      string            `json:"resourceType"`
	ID                string            `json:"id"`
	Meta              *Meta             `json:"meta,omitempty"`
	Extension         []Extension       `json:"extension,omitempty"`
	Status            string            `json:"status"`
	Category          []CodeableConcept `json:"category"`
	Code              CodeableConcept   `json:"code"`
	Subject           Reference         `json:"subject"`
	EffectiveDateTime string            `json:"effectiveDateTime,omitempty"`
	ValueQuantity     *Quantity         `json:"valueQuantity,omitempty"`
	DataAbsentReason  *CodeableConcept  `json:"dataAbsentReason,omitempty"`
	Method            *CodeableConcept  `json:"method,omitempty"`
	Device            *Reference        `json:"device,omitempty"`
	HasMember         []Reference       `json:"hasMember,omitempty"`
	Component         []Component       `json:"component,omitempty"`
}

// Address is that of the observation.
func (o Observation) Address() string { return "Observation/" + o.ID }

// At is when it was measured; zero if that is not known.
func (o Observation) At() time.Time {
	at, err := time.Parse(time.RFC3339, o.EffectiveDateTime)
	if err != nil {
		return time.Time{}
	}
	return at
}

// UserID is the id of the person.
func (o Observation) UserID() string { return strings.TrimPrefix(o.Subject.Reference, "Patient/") }

// Component is one of several values that belong together.
type Component struct {
	Code          CodeableConcept `json:"code"`
	ValueQuantity *Quantity       `json:"valueQuantity,omitempty"`
}

// Device is what made a value: the engine or the health model, in its version.
type Device struct {
	ResourceType string          `json:"resourceType"`
	ID           string          `json:"id"`
	Identifier   []Identifier    `json:"identifier"`
	Manufacturer string          `json:"manufacturer"`
	DeviceName   []DeviceName    `json:"deviceName"`
	Type         CodeableConcept `json:"type"`
	Version      []DeviceVersion `json:"version"`
}

// Address is that of the device.
func (d Device) Address() string { return "Device/" + d.ID }

// DeviceName is a name of a device.
type DeviceName struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// DeviceVersion is the version of one part of a device.
type DeviceVersion struct {
	Type  CodeableConcept `json:"type"`
	Value string          `json:"value"`
}

// Patient is a user.
type Patient struct {
	ResourceType  string          `json:"resourceType"`
	ID            string          `json:"id"`
	Identifier    []Identifier    `json:"identifier"`
	Gender        string          `json:"gender,omitempty"`
	BirthDate     string          `json:"birthDate,omitempty"`
	Communication []Communication `json:"communication,omitempty"`
}

// Address is that of the patient.
func (p Patient) Address() string { return "Patient/" + p.ID }

// Communication is a language of a person.
type Communication struct {
	Language  CodeableConcept `json:"language"`
	Preferred bool            `json:"preferred"`
}

// Bundle is several resources at once.
type Bundle struct {
	ResourceType string  `json:"resourceType"`
	Type         string  `json:"type"`
	Total        *int    `json:"total,omitempty"` // of a search, on all pages
	Link         []Link  `json:"link,omitempty"`
	Entry        []Entry `json:"entry,omitempty"`
}

// Link is an address that belongs to a bundle, e.g. of its next page.
type Link struct {
	Relation string `json:"relation"`
	URL      string `json:"url"`
}

// Entry is one resource of a bundle.
type Entry struct {
	FullURL  string   `json:"fullUrl"`
	Resource Resource `json:"resource"`
	Search   *Mode    `json:"search,omitempty"`
}

// Mode says why a search returned a resource: match, or include if a match refers to it.
type Mode struct {
	Mode string `json:"mode"`
}

// The kinds of bundle that are written.
const (
	Searchset  = "searchset"
	Collection = "collection"
)

// NewBundle returns a bundle of matches, followed by what they refer to. base is the address of the FHIR server, without a slash at its end.
func NewBundle(kind, base string, matches, included []Resource, links ...Link) Bundle {
	b := Bundle{ResourceType: "Bundle", Type: kind, Link: links}
	add := func(of []Resource, mode string) {
		for _, r := range of {
			b.Entry = append(b.Entry, NewEntry(kind, base, r, mode))
		}
	}
	add(matches, "match")
	add(included, "include")
	return b
}

// NewEntry is one entry of a bundle.
func NewEntry(kind, base string, r Resource, mode string) Entry {
	e := Entry{FullURL: base + "/" + r.Address(), Resource: r}
	if kind == Searchset {
		e.Search = &Mode{mode}
	}
	return e
}

// OperationOutcome says what went wrong.
type OperationOutcome struct {
	ResourceType string  `json:"resourceType"`
	Issue        []Issue `json:"issue"`
}

// Issue is one thing that went wrong.
type Issue struct {
	Severity string           `json:"severity"`
	Code     string           `json:"code"`
	Details  *CodeableConcept `json:"details,omitempty"`
	// Location is "http." and the name of a parameter.
	Location []string `json:"location,omitempty"`
}

// NewOutcome returns an outcome with one error.
func NewOutcome(code, text string) OperationOutcome {
	return OperationOutcome{ResourceType: "OperationOutcome", Issue: []Issue{NewIssue(code, text, "")}}
}

// NewIssue returns one error, about a parameter unless that is empty.
func NewIssue(code, text, parameter string) Issue {
	i := Issue{Severity: "error", Code: code, Details: &CodeableConcept{Text: text}}
	if parameter != "" {
		i.Location = []string{"http." + parameter}
	}
	return i
}
