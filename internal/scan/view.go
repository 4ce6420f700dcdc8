package scan

import (
	"fmt"
	"math"
	"time"

	"github.com/go-json-experiment/json"

	"blush.example/blush/biomarker"
	"blush.example/blush/dsp"
	"blush.example/blush/engine"
	"blush.example/blush/internal/blush"
)

// View is a scan in the form of the API.
type View struct {
	FaceScanID string `json:"face_scan_id"`
	UserID     string `json:"user_id"`
	CreatedAt  string `json:"created_at" format:"date-time" doc:"With the offset of the scan's own time zone."`
	Timezone   string `json:"timezone" doc:"IANA name."`
	// TimezoneUnknown is set where the device could not name its zone: Timezone is UTC instead.
	TimezoneUnknown bool             `json:"timezone_unknown,omitempty"`
	AtRest          *bool            `json:"at_rest"`
	Status          blush.ScanStatus `json:"status" set:"scan_statuses"`
	// Failure says why a failed scan has no result.
	Failure       *string            `json:"failure"`
	QualityStatus *string            `json:"quality_status"`
	QualityFlags  []biomarker.Reason `json:"quality_flags"`
	// Biomarkers are whole numbers; null where a value was refused or is not yet known.
	Biomarkers Biomarkers `json:"biomarkers"`
	// BloodPressure is the newest cuff reading of 90 days, null without one, and for a token of the scan page or a results page.
	BloodPressure *BloodPressure `json:"blood_pressure"`
	// Metrics are how the user stood with this scan: with everything up to the next one. Null until there is a result, and for a token of the scan page or a results page.
	Metrics             *Metrics             `json:"metrics"`
	MetricsLastUpdateAt *string              `json:"metrics_last_update_at" format:"date-time"`
	Estimates           []biomarker.Estimate `json:"estimates"`
	Engine              *engine.Info         `json:"engine"`
	Capture             *engine.Capture      `json:"capture"`
	// InstructionsForUse is the path of the page that says what the values may be used for.
	InstructionsForUse string `json:"instructions_for_use"`
}

// Biomarkers are the values of a scan rounded to whole numbers in the unit of the catalogue.
type Biomarkers struct {
	HeartRate              *int `json:"heart_rate" doc:"bpm"`
	RespiratoryRate        *int `json:"respiratory_rate" doc:"breaths/min"`
	HeartRateVariability   *int `json:"heart_rate_variability" doc:"SDNN, ms"`
	ResonantBreathingScore *int `json:"resonant_breathing_score" doc:"0..100"`
	SystolicBloodPressure  *int `json:"systolic_blood_pressure" doc:"mmHg, from a cuff only"`
	DiastolicBloodPressure *int `json:"diastolic_blood_pressure" doc:"mmHg, from a cuff only"`
}

// NewView gives a scan the form of the API.
func NewView(sc blush.Scan) (View, error) {
	v := View{
		FaceScanID: sc.ID, UserID: sc.UserID, CreatedAt: LocalTime(sc.CreatedAt, sc.Timezone),
		AtRest: sc.AtRest, Status: sc.Status, InstructionsForUse: "/docs/instructions-for-use",
	}
	v.Timezone, v.TimezoneUnknown = blush.ShownZone(sc.Timezone)
	if sc.Status == blush.Failed {
		v.Failure = &sc.Failure
	}
	if sc.Result == nil {
		return v, nil
	}
	var r engine.Result
	if err := json.Unmarshal(sc.Result, &r); err != nil {
		return View{}, fmt.Errorf("stored result of scan %s: %w", sc.ID, err)
	}
	v.QualityStatus, v.Estimates, v.Engine, v.Capture = &r.Quality, r.Estimates, &r.Engine, &r.Capture
	if len(r.QualityFlags) > 0 {
		v.QualityFlags = r.QualityFlags
	}
	v.Biomarkers = Biomarkers{
		HeartRate:              whole(&r, biomarker.HeartRate),
		RespiratoryRate:        whole(&r, biomarker.RespiratoryRate),
		HeartRateVariability:   whole(&r, biomarker.HeartRateVariability),
		ResonantBreathingScore: whole(&r, biomarker.ResonantBreathingScore),
	}
	return v, nil
}

func whole(r *engine.Result, n biomarker.Name) *int {
	e, ok := r.Find(n)
	if !ok || e.Value == nil {
		return nil
	}
	i := int(math.Round(*e.Value))
	return &i
}

// LocalTime writes a time as RFC 3339 with the offset that the IANA zone had then.
func LocalTime(t time.Time, zone string) string { return inZone(t, zone).Format(time.RFC3339) }

func inZone(t time.Time, zone string) time.Time { return t.In(blush.Location(zone)) }

// Waveform holds the waves behind a result. Times are in seconds from the first frame.
type Waveform struct {
	FaceScanID  string        `json:"face_scan_id"`
	Pulse       Wave          `json:"pulse"`
	Beats       []engine.Beat `json:"beats"`
	Respiration Wave          `json:"respiration"`
	Track       engine.Track  `json:"track"`
}

// Wave is an evenly sampled wave with its unit.
type Wave struct {
	dsp.Series
	Unit string `json:"unit"`
}
