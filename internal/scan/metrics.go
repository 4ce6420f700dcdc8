package scan

import (
	"math"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
)

// Metrics are the user's insights at the time of a scan.
type Metrics struct {
	health.ByMetric[MetricScore]
	Overall
}

// Overall are the user's profiles. It is embedded, because the OpenAPI document lists embedded fields after others.
type Overall struct {
	Wellbeing Wellbeing `json:"wellbeing"`
}

// MetricScore is a short form of one metric.
type MetricScore struct {
	Score      *float64      `json:"score" doc:"0..100, higher is better; null when locked or not given."`
	Confidence *float64      `json:"confidence" doc:"0..100: how much of the possible data is known. Null with the score."`
	Zone       *health.Zone  `json:"zone" set:"zones"`
	Status     health.Status `json:"status" set:"statuses"`
	Locked     bool          `json:"locked"`
}

// Wellbeing is a short form of the three profiles.
type Wellbeing struct {
	Mental      WellbeingScore `json:"mental"`
	Physical    WellbeingScore `json:"physical"`
	EnergySleep WellbeingScore `json:"energy_sleep"`
	// StatusLabel has a letter for each of the three in this order.
	StatusLabel string `json:"status_label" doc:"A letter for mental, physical and energy_sleep: {zone_letters}." example:"GGY"`
}

// WellbeingScore is a short form of one profile.
type WellbeingScore struct {
	Score      *float64     `json:"score" doc:"0..100."`
	Assessment *health.Zone `json:"assessment" set:"zones"`
	Locked     bool         `json:"locked"`
}

// BloodPressure is the cuff reading from which the biomarkers' blood pressure comes.
type BloodPressure struct {
	Systolic   float64 `json:"systolic"`
	Diastolic  float64 `json:"diastolic"`
	Unit       string  `json:"unit" enum:"mmHg"`
	Source     string  `json:"source" enum:"cuff" doc:"Always cuff: a camera does not measure blood pressure."`
	MeasuredAt string  `json:"measured_at" format:"date-time"`
	AgeDays    int     `json:"age_days" doc:"Whole days from the reading to metrics_last_update_at."`
}

// AddInsights adds the user's metrics and cuff reading at the time of the scan.
func (v *View) AddInsights(a insight.ScanInsights) {
	v.Metrics = &Metrics{Overall: Overall{wellbeing(a.Insights)}, ByMetric: health.ForEach(func(m health.Metric) MetricScore {
		in := a.Of(m)
		out := MetricScore{Score: Tenth(in.Score), Zone: in.Zone, Status: in.Status, Locked: in.Locked}
		if in.Score != nil {
			out.Confidence = Tenth(&in.Confidence)
		}
		return out
	})}
	at := a.UpdatedAt.Format(time.RFC3339)
	v.MetricsLastUpdateAt = &at
	v.cuff(a.Cuff, a.UpdatedAt)
}

func wellbeing(in health.Insights) Wellbeing {
	label := ""
	score := func(profile string) WellbeingScore {
		p, letter := in.Profile(profile), "-"
		out := WellbeingScore{Assessment: p.Assessment, Locked: p.Locked}
		if p.Score != nil {
			hundredfold := 100 * *p.Score
			out.Score, letter = Tenth(&hundredfold), p.Assessment.Letter()
		}
		label += letter
		return out
	}
	w := Wellbeing{Mental: score(health.Mental), Physical: score(health.Physical), EnergySleep: score(health.EnergySleep)}
	w.StatusLabel = label
	return w
}

// cuff adds a cuff reading to the values from the camera, and marks it as one.
func (v *View) cuff(r *blush.Reading, at time.Time) {
	if r == nil {
		return
	}
	systolic, diastolic := int(math.Round(r.Systolic)), int(math.Round(r.Diastolic))
	v.Biomarkers.SystolicBloodPressure, v.Biomarkers.DiastolicBloodPressure = &systolic, &diastolic
	v.BloodPressure = &BloodPressure{
		Systolic: r.Systolic, Diastolic: r.Diastolic, Unit: "mmHg", Source: r.Source,
		MeasuredAt: LocalTime(r.MeasuredAt, r.Timezone), AgeDays: int(at.Sub(r.MeasuredAt) / (24 * time.Hour)),
	}
}

// Tenth rounds a score to a tenth of a point: more digits would claim more than is known.
func Tenth(v *float64) *float64 {
	if v == nil {
		return nil
	}
	r := math.Round(*v*10) / 10
	return &r
}
