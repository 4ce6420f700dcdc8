package biomarker

import "time"

// Name identifies a biomarker in the API and in the engine.
type Name string

// The biomarkers. [Catalogue] has their units and ranges.
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

// Kind describes one biomarker. Every list of biomarkers is made from these entries.
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
	// FromScan is false for values that only a cuff can measure.
	FromScan bool
	// Decimals is the number of decimals shown to people.
	Decimals int
	// LOINC is the code of the quantity in LOINC, which a FHIR Observation uses with the system http://loinc.org;
	// empty where no LOINC code is known for the quantity measured here.
	LOINC string

	// Scale is the range that a widget draws, in Unit; values beyond it are drawn at its ends.
	Scale [2]float64
	// Usual are the first and the last whole number of the usual range of adults at rest; nil where there is none.
	Usual *[2]float64
	// Parts divide the scale: each reaches up to the next. Values are compared as the whole numbers shown.
	Parts []Part
	// Source is the source of Usual and Parts.
	Source string

	// Formula, Error and Within are the row of docs/metrics.md: how the value is computed, where its interval
	// comes from, and the tolerance within which its confidence is the probability of being right. They are empty
	// where the documents have a longer description.
	Formula, Error, Within string
}

// Part is a part of a scale, starting at a value.
type Part struct {
	From  float64
	Level Level
}

// Level rates a value relative to the usual range of adults at rest.
type Level string

// The levels.
const (
	Good    Level = "good"
	Neutral Level = "neutral"
	Bad     Level = "bad"
)

// Catalogue lists every biomarker in the order in which results show them.
var Catalogue = []Kind{
	{
		Name: HeartRate, Title: "Heart rate", Unit: "bpm", Min: 35, Max: 240,
		LeastDuration: 10 * time.Second, WantedDuration: 30 * time.Second, FromScan: true, LOINC: "8867-4",
		Scale: [2]float64{35, 130}, Usual: &[2]float64{51, 90},
		Parts:  []Part{{0, Bad}, {41, Neutral}, {51, Good}, {91, Neutral}, {111, Bad}},
		Source: "Royal College of Physicians, National Early Warning Score (NEWS2), 2017: pulse 51-90 scores 0, 41-50 and 91-110 score 1",
	},
	{
		Name: RespiratoryRate, Title: "Respiratory rate", Unit: "breaths/min", Min: 4.5, Max: 35,
		LeastDuration: 30 * time.Second, WantedDuration: 60 * time.Second, FromScan: true, LOINC: "9279-1",
		Scale: [2]float64{5, 30}, Usual: &[2]float64{12, 20},
		Parts:  []Part{{0, Bad}, {9, Neutral}, {12, Good}, {21, Neutral}, {25, Bad}},
		Source: "Royal College of Physicians, National Early Warning Score (NEWS2), 2017: 12-20 breaths score 0, 9-11 score 1, 21-24 score 2",
	},
	{
		Name: HeartRateVariability, Title: "Heart rate variability (SDNN)", Unit: "ms", Min: 1, Max: 400,
		LeastDuration: 30 * time.Second, WantedDuration: 60 * time.Second, FromScan: true, LOINC: "80404-7", Scale: [2]float64{0, 140},
	},
	{
		Name: RMSSD, Title: "RMSSD", Unit: "ms", Min: 1, Max: 400,
		LeastDuration: 60 * time.Second, WantedDuration: 60 * time.Second, FromScan: true, Scale: [2]float64{0, 120},
	},
	{
		Name: ResonantBreathingScore, Title: "Resonant breathing score", Unit: "points", Min: 0, Max: 100,
		LeastDuration: 30 * time.Second, WantedDuration: 60 * time.Second, FromScan: true, Scale: [2]float64{0, 100},
	},
	{
		Name: StressIndex, Title: "Stress index (Gaussian)", Unit: "points", Min: 1, Max: 2000,
		LeastDuration: 30 * time.Second, WantedDuration: 60 * time.Second, FromScan: true, Scale: [2]float64{0, 400},
	},
	{
		Name: MeanIBI, Title: "Mean inter-beat interval", Unit: "ms", Min: 240, Max: 2400,
		LeastDuration: 10 * time.Second, WantedDuration: 30 * time.Second, FromScan: true, Scale: [2]float64{400, 1500},
		Formula: "60000 / heart rate", Error: "the heart rate's", Within: "5 bpm",
	},
	{
		Name: LnRMSSD, Title: "ln RMSSD", Unit: "ln ms", Min: 0, Max: 6,
		LeastDuration: 60 * time.Second, WantedDuration: 60 * time.Second, FromScan: true, Decimals: 1, Scale: [2]float64{0, 6},
		Formula: "ln R (Plews 2012; of a minute: Esco & Flatt 2014)", Error: "RMSSD's", Within: "20 ms of RMSSD",
	},
	{
		Name: PNN50, Title: "pNN50", Unit: "%", Min: 0, Max: 100,
		LeastDuration: 60 * time.Second, WantedDuration: 60 * time.Second, FromScan: true, Scale: [2]float64{0, 100},
		Formula: "share of successive differences above 50 ms (Task Force 1996)", Error: "below", Within: "10 % of the differences",
	},
	{
		Name: SD1, Title: "SD1", Unit: "ms", Min: 0.7, Max: 283,
		LeastDuration: 60 * time.Second, WantedDuration: 60 * time.Second, FromScan: true, Scale: [2]float64{0, 100},
		Formula: "R/√2 (Brennan 2001)", Error: "RMSSD's", Within: "20 ms of RMSSD",
	},
	{
		Name: SD2, Title: "SD2", Unit: "ms", Min: 1, Max: 566,
		LeastDuration: 60 * time.Second, WantedDuration: 60 * time.Second, FromScan: true, Scale: [2]float64{0, 200},
		Formula: "√(2 S² − R²/2) (Brennan 2001)",
		Error:   "noise of variance v adds 2v to S², 6v to R², so v to SD2²: that part is shared, the rest is independent", Within: "20 ms",
	},
	{
		Name: LFPower, Title: "LF power (0.04–0.15 Hz)", Unit: "ms²", Min: 0, Max: 40000,
		LeastDuration: 120 * time.Second, WantedDuration: 300 * time.Second, FromScan: true, Scale: [2]float64{0, 4000},
		Formula: "power of the intervals, 0.04 to 0.15 Hz (Task Force 1996)", Error: "below", Within: "a factor of 2",
	},
	{
		Name: HFPower, Title: "HF power (0.15–0.40 Hz)", Unit: "ms²", Min: 0, Max: 40000,
		LeastDuration: 60 * time.Second, WantedDuration: 300 * time.Second, FromScan: true, Scale: [2]float64{0, 4000},
		Formula: "the same, 0.15 to 0.40 Hz", Error: "below", Within: "a factor of 2",
	},
	{
		Name: LFHFRatio, Title: "LF/HF", Unit: "ratio", Min: 0, Max: 100,
		LeastDuration: 120 * time.Second, WantedDuration: 300 * time.Second, FromScan: true, Decimals: 1, Scale: [2]float64{0, 10},
		Formula: "LF / HF", Error: "both logarithms' errors", Within: "a factor of 2",
	},
	{
		Name: PulseRespiration, Title: "Pulse-respiration quotient", Unit: "beats/breath", Min: 1, Max: 50,
		LeastDuration: 30 * time.Second, WantedDuration: 60 * time.Second, FromScan: true, Decimals: 1, Scale: [2]float64{0, 12},
		Formula: "heart rate / breathing rate (Scholkmann & Wolf 2019)", Error: "both logarithms' errors", Within: "that of the breathing rate",
	},
	{
		Name: SystolicBloodPressure, Title: "Systolic blood pressure", Unit: "mmHg", Min: 50, Max: 280, LOINC: "8480-6",
		Scale: [2]float64{70, 190}, Usual: &[2]float64{90, 129},
		Parts:  []Part{{0, Bad}, {90, Good}, {130, Neutral}, {140, Bad}},
		Source: "2018 ESC/ESH guidelines, office blood pressure: normal below 130/85, high-normal to 139/89, from 140/90 high; below 90/60 low by common convention",
	},
	{
		Name: DiastolicBloodPressure, Title: "Diastolic blood pressure", Unit: "mmHg", Min: 30, Max: 180, LOINC: "8462-4",
		Parts: []Part{{0, Neutral}, {60, Good}, {85, Neutral}, {90, Bad}},
	},
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
