package fhir

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// Names are the systems that identify users: the external ids of each customer are a separate system.
type Names struct{ ExternalID string }

// Subject refers to a user.
func Subject(userID string) Reference {
	return Reference{Reference: "Patient/" + userID, Type: "Patient", Identifier: &Identifier{uris, "urn:uuid:" + userID}}
}

// PatientOf converts a user to a patient, with the fields that are set. Gender is the sex at birth;
// no other gender is known.
func PatientOf(u blush.User, n Names) Patient {
	p := Patient{ResourceType: "Patient", ID: u.ID, Identifier: []Identifier{{uris, "urn:uuid:" + u.ID}}}
	if u.ExternalID != nil {
		p.Identifier = append(p.Identifier, Identifier{n.ExternalID, *u.ExternalID})
	}
	if u.Sex != nil {
		p.Gender = map[string]string{blush.Female: "female", blush.Male: "male"}[*u.Sex]
	}
	if u.BirthDate != nil {
		p.BirthDate = *u.BirthDate
	}
	if u.Language != nil {
		p.Communication = []Communication{{CodeableConcept{Coding: []Coding{{System: "urn:ietf:bcp:47", Code: *u.Language}}}, true}}
	}
	return p
}

// Identified returns the patient with only the identifiers, for a bundle about something else.
func Identified(u blush.User, n Names) Patient {
	return PatientOf(blush.User{ID: u.ID, ExternalID: u.ExternalID}, n)
}

// OfScan returns the values of a scan, including refused ones, and the engine that computed them. A scan
// without a result has none.
func OfScan(sc blush.Scan) (values []Observation, by *Device, err error) {
	if sc.Result == nil {
		return nil, nil, nil
	}
	var r engine.Result
	if err := json.Unmarshal(sc.Result, &r); err != nil {
		return nil, nil, fmt.Errorf("stored result of scan %s: %w", sc.ID, err)
	}
	d := EngineDevice(r.Engine.Version, r.Engine.Calibration)
	for _, e := range r.Estimates {
		k, ok := biomarker.Find(e.Biomarker)
		if !ok || !k.FromScan {
			continue // a scan has no cuff values
		}
		values = append(values, ofEstimate(sc, k, e, d))
	}
	return values, &d, nil
}

func ofEstimate(sc blush.Scan, k biomarker.Kind, e biomarker.Estimate, d Device) Observation {
	stored := sc.CreatedAt
	if sc.FinishedAt != nil {
		stored = *sc.FinishedAt
	}
	o := Observation{
		ResourceType: "Observation", ID: sc.ID + "." + slug(string(k.Name)), Meta: metaOf(stored, vitals[k.Name]), Status: "final", Category: categoryOf(k), Code: codeOf(k),
		Subject: Subject(sc.UserID), EffectiveDateTime: localTime(sc.CreatedAt, sc.Timezone),
		Device: &Reference{Reference: d.Address(), Display: d.DeviceName[0].Name},
	}
	if e.Method != "" {
		o.Method = &CodeableConcept{Text: e.Method}
	}
	o.Extension = []Extension{decimal(ConfidenceURL, e.Confidence, 4)}
	switch {
	case e.Value != nil:
		o.ValueQuantity = quantity(*e.Value, k.Unit, e.Interval, 0.9)
	case e.Reason != nil:
		o.DataAbsentReason = absent(string(*e.Reason), reasons[string(*e.Reason)])
	default:
		o.DataAbsentReason = absent(string(biomarker.NotMeasured), reasons[string(biomarker.NotMeasured)])
	}
	return o
}

// OfReading converts a cuff reading: the pressure as a panel and, if it was entered, the pulse.
func OfReading(r blush.Reading) []Observation {
	cuff := &CodeableConcept{Text: "Cuff, as the person read it"}
	value := func(name biomarker.Name, v float64) Component {
		k, _ := biomarker.Find(name)
		return Component{CodeableConcept{Coding: []Coding{loincCoding(k)}, Text: k.Title}, quantity(v, k.Unit, nil, 0)} // R4's profile identifies the component by this code
	}
	out := []Observation{{
		ResourceType: "Observation", ID: r.ID + ".blood-pressure", Meta: metaOf(r.CreatedAt, panelProfile), Status: "final", Category: category("vital-signs"),
		Code: panel(), Subject: Subject(r.UserID), EffectiveDateTime: localTime(r.MeasuredAt, r.Timezone), Method: cuff,
		Component: []Component{value(biomarker.SystolicBloodPressure, r.Systolic), value(biomarker.DiastolicBloodPressure, r.Diastolic)},
	}}
	if r.Pulse != nil {
		k, _ := biomarker.Find(biomarker.HeartRate)
		out = append(out, Observation{
			ResourceType: "Observation", ID: r.ID + ".heart-rate", Meta: metaOf(r.CreatedAt, vitals[k.Name]), Status: "final", Category: category("vital-signs"),
			Code: codeOf(k), Subject: Subject(r.UserID), EffectiveDateTime: localTime(r.MeasuredAt, r.Timezone), Method: cuff,
			ValueQuantity: quantity(*r.Pulse, k.Unit, nil, 0),
		})
	}
	return out
}

// ReadingNames are the last parts of the ids of a reading's observations.
var ReadingNames = []string{"blood-pressure", "heart-rate"}

// ScanKinds are what a scan can give, by status, code and category alone.
func ScanKinds() []Observation {
	var out []Observation
	for _, k := range biomarker.Catalogue {
		if k.FromScan {
			out = append(out, Observation{Status: "final", Code: codeOf(k), Category: categoryOf(k)})
		}
	}
	return out
}

// ReadingKinds are what a cuff reading can give, by status, code and category alone.
func ReadingKinds() []Observation {
	pulse := float64(0)
	return OfReading(blush.Reading{Pulse: &pulse})
}

// OfProfile converts the current state of a profile, with its metrics as members and the model that computed them.
func OfProfile(userID string, in health.Insights, name string, at *time.Time) (values []Observation, by Device) {
	d := ModelDevice(in.ModelVersion)
	p := in.Profile(name)
	about := func(kind, of string, score *float64, unitText string, locked bool, known float64) Observation {
		o := Observation{
			ResourceType: "Observation", ID: userID + "." + kind + "-" + slug(of), Status: "final", Category: category("survey"), Code: scoreCode(kind, of),
			Subject: Subject(userID), Device: &Reference{Reference: d.Address(), Display: d.DeviceName[0].Name},
		}
		if at != nil {
			o.EffectiveDateTime = at.Format(time.RFC3339)
		}
		switch {
		case locked:
			o.DataAbsentReason = absent("locked", reasons["locked"])
			return o
		case score == nil:
			o.DataAbsentReason = absent("missing", reasons["missing"])
		default:
			o.ValueQuantity = &Quantity{Value: round(*score, 3), Unit: unitText, System: ucum, Code: "{" + unitText + "}"}
		}
		o.Extension = []Extension{decimal(KnownURL, known/100, 3)}
		return o
	}
	profile := about("profile", p.Name, p.Score, "share", p.Locked, p.Confidence)
	for _, m := range p.Members {
		metric, ok := health.ParseMetric(m)
		if !ok {
			continue // the resting heart rate is an input but not a score
		}
		i := in.Of(metric)
		o := about("metric", m, i.Score, "points", i.Locked, i.Confidence)
		if o.ValueQuantity != nil {
			o.ValueQuantity = quantity(*i.Score, "points", i.Interval, 0.8)
		}
		if i.UpdatedAt != nil {
			o.EffectiveDateTime = i.UpdatedAt.Format(time.RFC3339)
		}
		profile.HasMember = append(profile.HasMember, Reference{Reference: o.Address(), Type: "Observation"})
		values = append(values, o)
	}
	return append([]Observation{profile}, values...), d
}

// EngineDevice is the engine in a version with a calibration. Its id contains both.
func EngineDevice(version, calibration string) Device {
	return Device{
		ResourceType: "Device", ID: "engine-" + idPart(version) + "-calibration-" + idPart(calibration), Manufacturer: "Blush",
		Identifier: []Identifier{{Canonical + "/device", "engine " + version + ", calibration " + calibration}},
		DeviceName: []DeviceName{{"Blush engine " + version, "model-name"}}, Type: CodeableConcept{Text: "Software that reads heart rate and breathing from video"},
		Version: []DeviceVersion{{CodeableConcept{Text: "engine"}, version}, {CodeableConcept{Text: "calibration"}, calibration}},
	}
}

// ModelDevice is the health model in a version.
func ModelDevice(version string) Device {
	return Device{
		ResourceType: "Device", ID: "model-" + idPart(version), Manufacturer: "Blush", Identifier: []Identifier{{Canonical + "/device", "health model " + version}},
		DeviceName: []DeviceName{{"Blush health model " + version, "model-name"}}, Type: CodeableConcept{Text: "Software that computes health scores"},
		Version: []DeviceVersion{{CodeableConcept{Text: "model"}, version}},
	}
}

// DeviceByID returns the device of an id, which contains everything about it.
func DeviceByID(id string) (Device, bool) {
	if version, ok := strings.CutPrefix(id, "model-"); ok && version != "" && idPart(version) == version {
		return ModelDevice(version), true
	}
	engineID, ok := strings.CutPrefix(id, "engine-")
	version, calibration, both := strings.Cut(engineID, "-calibration-")
	if !ok || !both || version == "" || calibration == "" || len(id) > 64 || idPart(engineID) != engineID {
		return Device{}, false
	}
	return EngineDevice(version, calibration), true
}

// idPart removes characters from a version that an id may not contain.
func idPart(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '-' {
			return r
		}
		return '-'
	}, s)
}

// quantiles of the standard normal distribution: half of the central interval of each probability, in standard deviations.
var quantiles = map[float64]float64{0.9: 1.6448536269514722, 0.8: 1.2815515655446004}

// quantity is a value with its interval, which contains the true value with a probability. The standard deviation belongs to the
// normal distribution whose central interval is as wide (see docs/fhir.md). Our own extension has the exact interval, which may be asymmetric.
func quantity(v float64, unitName string, interval *[2]float64, probability float64) *Quantity {
	u := units[unitName]
	q := &Quantity{Value: round(v, 2), Unit: u.text, System: ucum, Code: u.code}
	if interval == nil {
		return q
	}
	sd := (interval[1] - interval[0]) / (2 * quantiles[probability])
	q.Extension = []Extension{
		decimal(uncertaintyURL, sd, 4), {URL: uncertaintyTypeURL, ValueCode: "N"},
		{URL: IntervalURL, Extension: []Extension{decimal("low", interval[0], 2), decimal("high", interval[1], 2), decimal("probability", probability, 2)}},
	}
	return q
}

func decimal(url string, v float64, digits int) Extension {
	v = round(v, digits)
	return Extension{URL: url, ValueDecimal: &v}
}

func round(v float64, digits int) float64 {
	unit := math.Pow(10, float64(digits))
	return math.Round(v*unit) / unit
}

// metaOf says when a resource was stored, and the profile that it follows, if there is one.
func metaOf(stored time.Time, profile string) *Meta {
	m := &Meta{LastUpdated: blush.Instant(stored)}
	if profile != "" {
		m.Profile = []string{profile}
	}
	return m
}

// localTime writes a time with the offset that the IANA zone had then.
func localTime(t time.Time, zone string) string {
	return t.In(blush.Location(zone)).Format(time.RFC3339)
}
