package fhir

import (
	"fmt"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// conformanceDate is when the resources of this file last changed. They have no other version.
const conformanceDate = "2026-11-29"

// CapabilityStatement says what a server supports.
type CapabilityStatement struct {
	ResourceType   string         `json:"resourceType"`
	ID             string         `json:"id"`
	Status         string         `json:"status"`
	Date           string         `json:"date"`
	Publisher      string         `json:"publisher"`
	Kind           string         `json:"kind"`
	Software       Software       `json:"software"`
	Implementation Implementation `json:"implementation"`
	FHIRVersion    string         `json:"fhirVersion"`
	Format         []string       `json:"format"`
	Rest           []Rest         `json:"rest"`
}

// Address is that of the statement.
func (c CapabilityStatement) Address() string { return "CapabilityStatement/" + c.ID }

// Software is the program behind a server.
type Software struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// Implementation is one server.
type Implementation struct {
	Description string `json:"description"`
	URL         string `json:"url"`
}

// Rest describes the server's REST interface.
type Rest struct {
	Mode          string           `json:"mode"`
	Documentation string           `json:"documentation"`
	Security      Security         `json:"security"`
	Resource      []ServedResource `json:"resource"`
}

// Security says how a client authenticates.
type Security struct {
	Description string `json:"description"`
}

// ServedResource is a type of resource that the server returns.
type ServedResource struct {
	Type          string        `json:"type"`
	Interaction   []Interaction `json:"interaction"`
	SearchInclude []string      `json:"searchInclude,omitempty"`
	SearchParam   []SearchParam `json:"searchParam,omitempty"`
	Operation     []Operation   `json:"operation,omitempty"`
}

// Interaction is one thing that can be done with a resource.
type Interaction struct {
	Code string `json:"code"`
}

// SearchParam is a parameter of a search.
type SearchParam struct {
	Name          string `json:"name"`
	Definition    string `json:"definition,omitempty"`
	Type          string `json:"type"`
	Documentation string `json:"documentation"`
}

// Operation is an operation on a resource, other than reading it.
type Operation struct {
	Name          string `json:"name"`
	Definition    string `json:"definition"`
	Documentation string `json:"documentation"`
}

// Included are the references of an observation that a search follows, always.
var Included = []string{"Observation:patient", "Observation:subject", "Observation:device"}

// Capabilities returns the statement of a server. The address is that of its FHIR routes.
func Capabilities(base, version string) CapabilityStatement {
	read, found := []Interaction{{"read"}}, []Interaction{{"read"}, {"search-type"}}
	const spec = "http://hl7.org/fhir/SearchParameter/"
	return CapabilityStatement{
		ResourceType: "CapabilityStatement", ID: "blush", Status: "active", Date: conformanceDate, Publisher: "Blush", Kind: "instance", FHIRVersion: Version,
		Software: Software{"Blush", version}, Implementation: Implementation{"Heart rate, breathing and health scores from a face", base}, Format: []string{"json", ContentType},
		Rest: []Rest{{
			Mode: "server", Documentation: "Everything is read only. Scans, readings and users are made through the other routes of the API.",
			Security: Security{"x-api-key: a key with the scope read, or authorization: Token with an action token of the scope api. $everything needs the scope export."},
			Resource: []ServedResource{
				{Type: "Observation", Interaction: found, SearchInclude: Included, SearchParam: []SearchParam{
					{"patient", spec + "clinical-patient", "reference", "The user, by id. A search with an API key must name exactly one user, by id or by identifier."},
					{"subject", spec + "Observation-subject", "reference", "The same as patient."},
					{"_id", spec + "Resource-id", "token", "One or more ids. The user need not be named."},
					{"_lastUpdated", spec + "Resource-lastUpdated", "date", "When the value was stored, as meta.lastUpdated says."},
					{"date", spec + "clinical-date", "date", "With the prefixes eq, ne, gt, lt, ge, le, sa, eb, ap. A date without an offset is one where the person was."},
					{"code", spec + "clinical-code", "token", "LOINC or our own code."},
					{"category", spec + "Observation-category", "token", "vital-signs or procedure."},
					{"status", spec + "Observation-status", "token", "Every observation is final."},
				}},
				{Type: "Patient", Interaction: found, SearchParam: []SearchParam{
					{"_id", spec + "Resource-id", "token", "The user's id. With an API key _id or identifier is required."},
					{"identifier", spec + "Patient-identifier", "token", "Your own reference, or urn:uuid: and the user's id; alone or behind the system that the Patient names."},
				}, Operation: []Operation{{"everything", "http://hl7.org/fhir/OperationDefinition/Patient-everything", "With start, end, _since, _type and _count."}}},
				{Type: "Device", Interaction: read}, {Type: "CodeSystem", Interaction: read}, {Type: "StructureDefinition", Interaction: read},
			},
		}},
	}
}

// CodeSystem is a system of our own codes.
type CodeSystem struct {
	ResourceType  string    `json:"resourceType"`
	ID            string    `json:"id"`
	URL           string    `json:"url"`
	Name          string    `json:"name"`
	Title         string    `json:"title"`
	Status        string    `json:"status"`
	Experimental  bool      `json:"experimental"`
	Date          string    `json:"date"`
	Publisher     string    `json:"publisher"`
	Description   string    `json:"description"`
	CaseSensitive bool      `json:"caseSensitive"`
	Content       string    `json:"content"`
	Count         int       `json:"count"`
	Concept       []Concept `json:"concept"`
}

// Address is that of the code system.
func (c CodeSystem) Address() string { return "CodeSystem/" + c.ID }

// Concept is one code.
type Concept struct {
	Code       string `json:"code"`
	Display    string `json:"display"`
	Definition string `json:"definition,omitempty"`
}

func codeSystem(id, name, title, description string, concepts []Concept) CodeSystem {
	return CodeSystem{
		ResourceType: "CodeSystem", ID: id, URL: Canonical + "/CodeSystem/" + id, Name: name, Title: title, Status: "active", Date: conformanceDate,
		Publisher: "Blush", Description: description, CaseSensitive: true, Content: "complete", Count: len(concepts), Concept: concepts,
	}
}

// CodeSystems are our own.
func CodeSystems() []CodeSystem {
	var markers, scores, why []Concept
	for _, k := range biomarker.Catalogue {
		what := fmt.Sprintf("In %s (UCUM %s), %g to %g.", k.Unit, units[k.Unit].code, k.Min, k.Max)
		if k.LOINC != "" {
			what += " LOINC " + k.LOINC + "."
		}
		if !k.FromScan {
			what += " From a cuff only."
		}
		markers = append(markers, Concept{string(k.Name), k.Title, what})
	}
	markers = append(markers, Concept{blush.BloodPressure, "Blood pressure", "Systolic and diastolic pressure of one cuff reading. LOINC " + panelCode + "."})
	for _, m := range health.Metrics {
		scores = append(scores, Concept{string(m), health.Text("en", "metric."+string(m)), health.Text("en", "metric."+string(m)+".about") + " 0 to 100, higher is better."})
	}
	for _, p := range health.ProfileNames {
		scores = append(scores, Concept{p, health.Text("en", "profile."+p), "A view of several metrics together. 0 to 1, higher is better."})
	}
	for _, r := range biomarker.Reasons {
		why = append(why, Concept{string(r), reasons[string(r)], "There is no value: " + reasons[string(r)] + "."})
	}
	for _, r := range []string{"locked", "missing"} {
		why = append(why, Concept{r, reasons[r], "There is no score: " + reasons[r] + "."})
	}
	return []CodeSystem{
		codeSystem("biomarkers", "BlushBiomarkers", "Biomarkers", "What a scan or a cuff measures. RMSSD is here because no fitting LOINC code is known.", markers),
		codeSystem("scores", "BlushScores", "Metrics and profiles", "Scores that are computed from scans, answers and readings. They are wellness information, not a diagnosis.", scores),
		codeSystem("reasons", "BlushReasons", "Reasons", "Why a value or a score is not given.", why),
	}
}

// StructureDefinition defines an extension.
type StructureDefinition struct {
	ResourceType   string       `json:"resourceType"`
	ID             string       `json:"id"`
	URL            string       `json:"url"`
	Name           string       `json:"name"`
	Title          string       `json:"title"`
	Status         string       `json:"status"`
	Date           string       `json:"date"`
	Publisher      string       `json:"publisher"`
	Description    string       `json:"description"`
	FHIRVersion    string       `json:"fhirVersion"`
	Kind           string       `json:"kind"`
	Abstract       bool         `json:"abstract"`
	Context        []Context    `json:"context"`
	Type           string       `json:"type"`
	BaseDefinition string       `json:"baseDefinition"`
	Derivation     string       `json:"derivation"`
	Differential   Differential `json:"differential"`
}

// Address is that of the definition.
func (s StructureDefinition) Address() string { return "StructureDefinition/" + s.ID }

// Context says where an extension may be used.
type Context struct {
	Type       string `json:"type"`
	Expression string `json:"expression"`
}

// Differential is what a definition adds.
type Differential struct {
	Element []Element `json:"element"`
}

// Element is a definition of one element.
type Element struct {
	ID         string     `json:"id"`
	Path       string     `json:"path"`
	SliceName  string     `json:"sliceName,omitempty"`
	Short      string     `json:"short,omitempty"`
	Definition string     `json:"definition,omitempty"`
	Min        *int       `json:"min,omitempty"`
	Max        string     `json:"max,omitempty"`
	FixedURI   string     `json:"fixedUri,omitempty"`
	Type       []TypeCode `json:"type,omitempty"`
}

// TypeCode is a type that an element may have.
type TypeCode struct {
	Code string `json:"code"`
}

func extension(id, name, title, on, description string, elements ...Element) StructureDefinition {
	url := Canonical + "/StructureDefinition/" + id
	root := Element{ID: "Extension", Path: "Extension", Short: title, Definition: description}
	at := Element{ID: "Extension.url", Path: "Extension.url", FixedURI: url}
	return StructureDefinition{
		ResourceType: "StructureDefinition", ID: id, URL: url, Name: name, Title: title, Status: "active", Date: conformanceDate, Publisher: "Blush",
		Description: description, FHIRVersion: Version, Kind: "complex-type", Context: []Context{{"element", on}}, Type: "Extension",
		BaseDefinition: "http://hl7.org/fhir/StructureDefinition/Extension", Derivation: "constraint",
		Differential: Differential{append([]Element{root, at}, elements...)},
	}
}

// number is the one value of an extension.
func number(definition string) []Element {
	return []Element{
		{ID: "Extension.extension", Path: "Extension.extension", Max: "0"},
		{ID: "Extension.value[x]", Path: "Extension.value[x]", Definition: definition, Min: ptr(1), Type: []TypeCode{{"decimal"}}},
	}
}

// part is a value within an extension.
func part(name, definition string) []Element {
	id := "Extension.extension:" + name
	return []Element{
		{ID: id, Path: "Extension.extension", SliceName: name, Short: definition, Min: ptr(1), Max: "1"},
		{ID: id + ".extension", Path: "Extension.extension.extension", Max: "0"},
		{ID: id + ".url", Path: "Extension.extension.url", FixedURI: name},
		{ID: id + ".value[x]", Path: "Extension.extension.value[x]", Min: ptr(1), Type: []TypeCode{{"decimal"}}},
	}
}

// StructureDefinitions are those of our own extensions.
func StructureDefinitions() []StructureDefinition {
	interval := append(part("low", "Lower bound, in the unit of the quantity"), part("high", "Upper bound, in the unit of the quantity")...)
	interval = append(interval, part("probability", "Probability, 0 to 1, that the truth lies between the bounds")...)
	interval = append(interval, Element{ID: "Extension.value[x]", Path: "Extension.value[x]", Max: "0"})
	return []StructureDefinition{
		extension("interval", "BlushInterval", "Interval", "Quantity",
			"The bounds between which the truth lies with a probability: 0.9 for a biomarker, 0.8 for a score under its model. It need not be symmetric about the value.", interval...),
		extension("confidence", "BlushConfidence", "Confidence", "Observation",
			"The calibrated probability, 0 to 1, that a biomarker's value is right within its tolerance; for a refused value, that of the value that would have been given.", number("0 to 1.")...),
		extension("known-share", "BlushKnownShare", "Known share", "Observation",
			"The share, 0 to 1, of what could be known that a score is based on. It is not a probability.", number("0 to 1.")...),
	}
}

func ptr[T any](v T) *T { return &v }
