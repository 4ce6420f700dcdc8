package health

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

//go:embed data
var files embed.FS

// Constant is a number of the norms, with its source.
type Constant struct {
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Source string  `json:"source"`
	// Verified is false until the number has been checked against its source.
	Verified bool `json:"verified"`
}

// norms is data/norms.json: the values of the median person of an age and sex.
type norms struct {
	Version   string `json:"version"`
	HeartRate struct {
		Men   Constant `json:"men"`
		Women Constant `json:"women"`
		SD    Constant `json:"sd"`
	} `json:"heart_rate"`
	RMSSD struct {
		Median   Constant `json:"median"`
		AtAge    Constant `json:"at_age"`
		Slope    Constant `json:"slope"`
		FlatFrom Constant `json:"flat_from"`
		SD       Constant `json:"sd"`
	} `json:"rmssd"`
	SDNN struct {
		Median Constant `json:"median"`
		SD     Constant `json:"sd"`
	} `json:"sdnn"`
	StressIndex struct {
		Median Constant `json:"median"`
		SD     Constant `json:"sd"`
	} `json:"stress_index"`
	Autonomic struct {
		SD    Constant `json:"sd"`
		Noise Constant `json:"noise"`
	} `json:"autonomic"`
	Balance struct {
		SD Constant `json:"sd"`
	} `json:"balance"`
	OwnNormal struct {
		RecentDays   Constant `json:"recent_days"`
		BaselineDays Constant `json:"baseline_days"`
		LeastScans   Constant `json:"least_scans"`
		PriorScans   Constant `json:"prior_scans"`
	} `json:"own_normal"`
	PHQ4 struct {
		Mean Constant `json:"mean"`
		SD   Constant `json:"sd"`
	} `json:"phq4"`
	VO2Max struct {
		Men     Constant `json:"men"`
		Women   Constant `json:"women"`
		AtAge   Constant `json:"at_age"`
		Slope   Constant `json:"slope"`
		SDMen   Constant `json:"sd_men"`
		SDWomen Constant `json:"sd_women"`
	} `json:"vo2max"`
	BloodPressure struct {
		Systolic      Constant `json:"systolic"`
		SystolicAge   Constant `json:"systolic_age"`
		SystolicBMI   Constant `json:"systolic_bmi"`
		SystolicMale  Constant `json:"systolic_male"`
		SystolicSD    Constant `json:"systolic_sd"`
		Diastolic     Constant `json:"diastolic"`
		DiastolicAge  Constant `json:"diastolic_age"`
		DiastolicBMI  Constant `json:"diastolic_bmi"`
		DiastolicMale Constant `json:"diastolic_male"`
		DiastolicSD   Constant `json:"diastolic_sd"`
	} `json:"blood_pressure"`
	Body struct {
		BMI      Constant `json:"bmi"`
		BMISD    Constant `json:"bmi_sd"`
		BMIFloor Constant `json:"bmi_floor"`
	} `json:"body"`
}

// checked reports whether all the constants were checked against their sources.
func checked(constants ...Constant) bool {
	return !slices.ContainsFunc(constants, func(c Constant) bool { return !c.Verified })
}

func (n *norms) heartRateChecked() bool {
	return checked(n.HeartRate.Men, n.HeartRate.Women, n.HeartRate.SD)
}

func (n *norms) autonomicChecked() bool {
	r := &n.RMSSD
	return n.heartRateChecked() && checked(r.Median, r.AtAge, r.Slope, r.FlatFrom, r.SD, n.SDNN.Median, n.SDNN.SD,
		n.StressIndex.Median, n.StressIndex.SD, n.Autonomic.SD, n.Autonomic.Noise)
}

func (n *norms) pressureChecked() bool {
	b := &n.BloodPressure
	return checked(b.Systolic, b.SystolicAge, b.SystolicBMI, b.SystolicMale, b.SystolicSD,
		b.Diastolic, b.DiastolicAge, b.DiastolicBMI, b.DiastolicMale, b.DiastolicSD)
}

// model is data/model.json: which inputs count for which metric, and how much.
type model struct {
	Version   string         `json:"version"`
	Metrics   []latent       `json:"metrics"`
	Answers   []answerScale  `json:"answers"`
	ScanDays  int            `json:"scan_days"`  // days after which a scan does not count
	ValidDays map[string]int `json:"valid_days"` // days for which an answer about a fact counts; 0: for ever
	Fitness   fitnessModel   `json:"fitness"`
	Risk      riskModel      `json:"hypertension"`
}

// answerScale has the answers to a question in standard deviations; + is better.
type answerScale struct {
	Key          string          `json:"key"`
	HalfLifeDays float64         `json:"half_life_days"`
	Z            map[int]float64 `json:"z"`
	Source       string          `json:"source"`
	Verified     bool            `json:"verified"`
}

// bySex is a coefficient of the fitness formula for men and women.
type bySex struct {
	Men   float64 `json:"men"`
	Women float64 `json:"women"`
}

func (b bySex) of(female bool) float64 {
	if female {
		return b.Women
	}
	return b.Men
}

// dataFiles has the contents of the files in data/.
type dataFiles struct {
	norms     norms
	model     model
	questions catalogue
	phq4      instrument
	journey   Journey
	rules     rulebook
}

// data reads the embedded files once. The files are part of the program, so the first
// test finds a mistake in them: data panics.
var data = sync.OnceValue(func() *dataFiles {
	d := &dataFiles{}
	load("norms.json", &d.norms)
	load("model.json", &d.model)
	load("questions.json", &d.questions)
	load("phq4.json", &d.phq4)
	load("journey.json", &d.journey)
	load("rules.json", &d.rules)
	return d
})

func load(name string, into any) {
	b, err := files.ReadFile("data/" + name)
	if err == nil {
		err = strict(b, into)
	}
	if err != nil {
		panic(fmt.Sprintf("health: data/%s: %v", name, err))
	}
}

// strict decodes one JSON value and refuses fields that it does not know.
func strict(b []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("there is more text after the JSON value")
	}
	return nil
}

// latentOf returns the model of a metric.
func (m *model) latentOf(name string) *latent {
	for i := range m.Metrics {
		if m.Metrics[i].Name == name {
			return &m.Metrics[i]
		}
	}
	return nil
}

// scaleOf returns the scale of a question's answers.
func (m *model) scaleOf(key string) (answerScale, bool) {
	for _, a := range m.Answers {
		if a.Key == key {
			return a, true
		}
	}
	return answerScale{}, false
}
