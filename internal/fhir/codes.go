package fhir

import (
	"strings"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// Canonical is the prefix of the URLs of our own code systems and extensions, the same on every server. A server also
// serves them at its own address.
const Canonical = "https://blush.example/blush/fhir"

// The systems of codes.
const (
	loinc      = "http://loinc.org"
	ucum       = "http://unitsofmeasure.org"
	categories = "http://terminology.hl7.org/CodeSystem/observation-category"
	absence    = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
	uris       = "urn:ietf:rfc:3986"

	// BiomarkerSystem has every biomarker by its name in the API, also those that LOINC has no code for.
	BiomarkerSystem = Canonical + "/CodeSystem/biomarkers"
	// ScoreSystem has the metrics and the profiles.
	ScoreSystem = Canonical + "/CodeSystem/scores"
	// ReasonSystem has the reasons why there is no value.
	ReasonSystem = Canonical + "/CodeSystem/reasons"
)

// The extensions.
const (
	// uncertaintyURL is, in ISO 21090, the standard deviation of the distribution of the value;
	// uncertaintyTypeURL says which distribution.
	uncertaintyURL     = "http://hl7.org/fhir/StructureDefinition/iso21090-uncertainty"
	uncertaintyTypeURL = "http://hl7.org/fhir/StructureDefinition/iso21090-uncertaintyType"

	// IntervalURL is the interval itself: low, high, probability.
	IntervalURL = Canonical + "/StructureDefinition/interval"
	// ConfidenceURL is the probability that a biomarker's value is right within its tolerance.
	ConfidenceURL = Canonical + "/StructureDefinition/confidence"
	// KnownURL is the share of the possible information that a score is based on.
	KnownURL = Canonical + "/StructureDefinition/known-share"
)

// panelCode is LOINC's code of the blood pressure of a cuff: a panel with its two values.
const panelCode = "85354-9"

// displays are LOINC's own names of the biomarkers that it has a code for.
var displays = map[biomarker.Name]string{
	biomarker.HeartRate: "Heart rate", biomarker.RespiratoryRate: "Respiratory rate",
	biomarker.HeartRateVariability:  "R-R interval.standard deviation (Heart rate variability)",
	biomarker.SystolicBloodPressure: "Systolic blood pressure", biomarker.DiastolicBloodPressure: "Diastolic blood pressure",
}

// unit is a unit of the catalogue in UCUM.
type unit struct{ code, text string }

// units maps the catalogue's units. If UCUM has no unit, it is an annotation in braces, which counts as 1.
var units = map[string]unit{
	"bpm": {"/min", "beats/minute"}, "breaths/min": {"/min", "breaths/minute"}, "ms": {"ms", "ms"}, "ms²": {"ms2", "ms²"}, "%": {"%", "%"},
	"points": {"{points}", "points"}, "ln ms": {"{ln_ms}", "ln ms"}, "ratio": {"{ratio}", "ratio"}, "beats/breath": {"{beats}/{breath}", "beats/breath"},
	"mmHg": {"mm[Hg]", "mmHg"},
}

// vitals are the R4 vital signs profiles that the observations of a biomarker must follow.
var vitals = map[biomarker.Name]string{
	biomarker.HeartRate: "http://hl7.org/fhir/StructureDefinition/heartrate", biomarker.RespiratoryRate: "http://hl7.org/fhir/StructureDefinition/resprate",
}

// panelProfile is the vital signs profile of a blood pressure.
const panelProfile = "http://hl7.org/fhir/StructureDefinition/bp"

func category(code string) []CodeableConcept {
	display := map[string]string{"vital-signs": "Vital Signs", "procedure": "Procedure", "survey": "Survey"}[code]
	return []CodeableConcept{{Coding: []Coding{{categories, code, display}}}}
}

// categoryOf returns vital-signs if R4 has a vital signs profile; other values come from a recording, like those of an ECG.
func categoryOf(k biomarker.Kind) []CodeableConcept {
	if vitals[k.Name] != "" {
		return category("vital-signs")
	}
	return category("procedure")
}

func loincCoding(k biomarker.Kind) Coding { return Coding{loinc, k.LOINC, displays[k.Name]} }

// codeOf returns the codes of a biomarker, LOINC's first if there is one.
func codeOf(k biomarker.Kind) CodeableConcept {
	c := CodeableConcept{Text: k.Title}
	if k.LOINC != "" {
		c.Coding = append(c.Coding, loincCoding(k))
	}
	c.Coding = append(c.Coding, Coding{BiomarkerSystem, string(k.Name), k.Title})
	return c
}

func panel() CodeableConcept {
	return CodeableConcept{Coding: []Coding{{loinc, panelCode, "Blood pressure panel with all children optional"}, {BiomarkerSystem, blush.BloodPressure, "Blood pressure"}}, Text: "Blood pressure"}
}

// scoreCode returns the code of a metric or profile, with its English name.
func scoreCode(kind, name string) CodeableConcept {
	title := health.Text("en", kind+"."+name)
	return CodeableConcept{Coding: []Coding{{ScoreSystem, name, title}}, Text: title}
}

// absent says that there is no value, and why in our own code.
func absent(reason, text string) *CodeableConcept {
	return &CodeableConcept{Coding: []Coding{{absence, "unknown", "Unknown"}, {ReasonSystem, reason, text}}, Text: text}
}

// reasons say in English why there is no value, for people who read a code alone.
var reasons = map[string]string{
	"no_face": "no face was seen", "too_dark": "the picture was too dark", "too_short": "the scan was too short", "unknown_timing": "the times of the frames are not known",
	"no_colour": "the picture was grey", "low_frame_rate": "too few frames a second", "frame_gaps": "frames were missing", "frozen": "the picture did not change or was a recording",
	"face_changed": "the face in the picture changed", "face_too_small": "the face was too small", "clipped": "the skin was overexposed", "not_enough_skin": "not enough skin was seen", "too_much_motion": "too much motion",
	"compressed_video": "the video was compressed too much", "no_pulse": "no pulse was found", "signal_too_weak": "the signal was too weak",
	"irregular_rhythm": "the pulse had no steady rhythm", "out_of_range": "outside the range that is reported", "not_measured": "a scan does not measure this",
	"locked": "locked by the journey or by the sandbox", "missing": "too little is known for this score",
}

// slug is a name as part of an id, which may not contain underscores.
func slug(name string) string { return strings.ReplaceAll(name, "_", "-") }
