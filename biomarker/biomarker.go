// Package biomarker is the catalogue of what Blush can say about a person, and
// the honest form in which it says it: an [Estimate] carries its unit, its
// confidence, its interval, the method that made it and, when it is refused,
// the reason.
package biomarker

import "time"

// Name identifies a biomarker in the API and in the engine.
type Name string

// The catalogue. Units and ranges stand in [Catalogue].
const (
	HeartRate              Name = "heart_rate"
	RespiratoryRate        Name = "respiratory_rate"
	HeartRateVariability   Name = "heart_rate_variability" // SDNN of pulse intervals
	RMSSD                  Name = "rmssd"
	ResonantBreathingScore Name = "resonant_breathing_score"
	StressIndex            Name = "stress_index" // Gaussian form of Baevsky's index
	MeanIBI                Name = "mean_ibi"
	LnRMSSD                Name = "ln_rmssd"
	PNN50                  Name = "pnn50"
	SD1                    Name = "sd1"
	SD2                    Name = "sd2"
	LFPower                Name = "lf_power"
	HFPower                Name = "hf_power"
	LFHFRatio              Name = "lf_hf_ratio"
	PulseRespiration       Name = "pulse_respiration_quotient"
	SystolicBloodPressure  Name = "systolic_blood_pressure"
	DiastolicBloodPressure Name = "diastolic_blood_pressure"
)

// Kind describes one biomarker.
type Kind struct {
	Name  Name
	Title string
	Unit  string
	// Min and Max bound the values that may be reported, in Unit.
	Min, Max float64
	// LeastDuration is the shortest recording that can give a value; below it
	// the estimate is refused with [TooShort].
	LeastDuration time.Duration
	// WantedDuration is the length from which the value has full confidence.
	WantedDuration time.Duration
	// FromScan is false for what only a cuff may report.
	FromScan bool
	// Decimals is how many digits behind the point a person is shown.
	Decimals int
	// LOINC is the code of the quantity in LOINC, which an Observation of FHIR takes with the system
	// http://loinc.org; empty where LOINC is not known to have one for what is measured here.
	LOINC string
}

// Catalogue lists every biomarker in the order in which results show them.
var Catalogue = []Kind{
	{HeartRate, "Heart rate", "bpm", 35, 240, 10 * time.Second, 30 * time.Second, true, 0, "8867-4"},
	{RespiratoryRate, "Respiratory rate", "breaths/min", 4.5, 35, 30 * time.Second, 60 * time.Second, true, 0, "9279-1"},
	{HeartRateVariability, "Heart rate variability (SDNN)", "ms", 1, 400, 30 * time.Second, 60 * time.Second, true, 0, "80404-7"},
	{RMSSD, "RMSSD", "ms", 1, 400, 60 * time.Second, 60 * time.Second, true, 0, ""},
	{ResonantBreathingScore, "Resonant breathing score", "points", 0, 100, 30 * time.Second, 60 * time.Second, true, 0, ""},
	{StressIndex, "Stress index (Gaussian)", "points", 1, 2000, 30 * time.Second, 60 * time.Second, true, 0, ""},
	{MeanIBI, "Mean inter-beat interval", "ms", 240, 2400, 10 * time.Second, 30 * time.Second, true, 0, ""},
	{LnRMSSD, "ln RMSSD", "ln ms", 0, 6, 60 * time.Second, 60 * time.Second, true, 1, ""},
	{PNN50, "pNN50", "%", 0, 100, 60 * time.Second, 60 * time.Second, true, 0, ""},
	{SD1, "SD1", "ms", 0.7, 283, 60 * time.Second, 60 * time.Second, true, 0, ""},
	{SD2, "SD2", "ms", 1, 566, 60 * time.Second, 60 * time.Second, true, 0, ""},
	{LFPower, "LF power (0.04–0.15 Hz)", "ms²", 0, 40000, 120 * time.Second, 300 * time.Second, true, 0, ""},
	{HFPower, "HF power (0.15–0.40 Hz)", "ms²", 0, 40000, 60 * time.Second, 300 * time.Second, true, 0, ""},
	{LFHFRatio, "LF/HF", "ratio", 0, 100, 120 * time.Second, 300 * time.Second, true, 1, ""},
	{PulseRespiration, "Pulse-respiration quotient", "beats/breath", 1, 50, 30 * time.Second, 60 * time.Second, true, 1, ""},
	{SystolicBloodPressure, "Systolic blood pressure", "mmHg", 50, 280, 0, 0, false, 0, "8480-6"},
	{DiastolicBloodPressure, "Diastolic blood pressure", "mmHg", 30, 180, 0, 0, false, 0, "8462-4"},
}

// Find returns the catalogue entry of a biomarker.
func Find(n Name) (Kind, bool) {
	for _, k := range Catalogue {
		if k.Name == n {
			return k, true
		}
	}
	return Kind{}, false
}

// Reason says why a value was refused.
type Reason string

// The reasons, in the words of the API. [Reasons] orders them by what the
// person in front of the camera can act on first.
const (
	NoFace          Reason = "no_face"
	TooDark         Reason = "too_dark"
	TooShort        Reason = "too_short"
	UnknownTiming   Reason = "unknown_timing"
	NoColour        Reason = "no_colour"
	LowFrameRate    Reason = "low_frame_rate"
	FrameGaps       Reason = "frame_gaps"
	Frozen          Reason = "frozen"
	FaceTooSmall    Reason = "face_too_small"
	Clipped         Reason = "clipped"
	NotEnoughSkin   Reason = "not_enough_skin"
	TooMuchMotion   Reason = "too_much_motion"
	CompressedVideo Reason = "compressed_video"
	NoPulse         Reason = "no_pulse"
	SignalTooWeak   Reason = "signal_too_weak"
	IrregularRhythm Reason = "irregular_rhythm"
	OutOfRange      Reason = "out_of_range"
	NotMeasured     Reason = "not_measured"
)

// Reasons lists every reason, the one to act on first in front.
var Reasons = []Reason{
	NoFace, TooDark, TooShort, UnknownTiming, NoColour, LowFrameRate, Frozen, FrameGaps, FaceTooSmall, Clipped,
	NotEnoughSkin, TooMuchMotion, CompressedVideo, NoPulse, SignalTooWeak, IrregularRhythm, OutOfRange, NotMeasured,
}

// Estimate is one computed value with everything needed to judge it. A refused
// one has a nil Value and Interval and a non-nil Reason.
type Estimate struct {
	Biomarker Name     `json:"biomarker"`
	Value     *float64 `json:"value"`
	Unit      string   `json:"unit"`
	// Confidence is the calibrated probability, 0..1, that the value is right
	// within the tolerance documented for the biomarker.
	Confidence float64 `json:"confidence"`
	// Interval holds the bounds, in Unit, that contain the truth with 90 % probability.
	Interval *[2]float64 `json:"interval"`
	Method   string      `json:"method"`
	Reason   *Reason     `json:"reason"`
	// LOINC is the code of the biomarker, left out where there is none: see [Kind].
	LOINC string `json:"loinc,omitempty"`
}

// Refuse returns the estimate of a biomarker that cannot be given, with its reason.
func Refuse(n Name, why Reason, confidence float64, method string) Estimate {
	k, _ := Find(n)
	return Estimate{Biomarker: n, Unit: k.Unit, Confidence: confidence, Method: method, Reason: &why, LOINC: k.LOINC}
}

// Accept returns the estimate of a biomarker with its 90 % interval.
func Accept(n Name, value, low, high, confidence float64, method string) Estimate {
	k, _ := Find(n)
	return Estimate{Biomarker: n, Value: &value, Unit: k.Unit, Confidence: confidence, Interval: &[2]float64{low, high}, Method: method, LOINC: k.LOINC}
}
