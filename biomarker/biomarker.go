// Package biomarker is the catalogue of the values that Blush can report about a person, and the form in which it
// reports them: an [Estimate] has a unit, a confidence, an interval, the method that made it and, when it is
// refused, the reason.
package biomarker

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
	FaceChanged     Reason = "face_changed"
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

// Reasons lists every reason, the one that the person can act on first in front.
var Reasons = []Reason{
	NoFace, TooDark, TooShort, UnknownTiming, NoColour, LowFrameRate, Frozen, FaceChanged, FrameGaps, FaceTooSmall, Clipped,
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
	// Interval has the bounds, in Unit, that contain the true value with 90 % probability.
	Interval *[2]float64 `json:"interval"`
	Method   string      `json:"method"`
	Reason   *Reason     `json:"reason"`
	// LOINC is the code of the biomarker, omitted where there is none: see [Kind].
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
