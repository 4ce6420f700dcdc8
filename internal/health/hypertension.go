package health

import (
	"math"

	"blush.example/blush/internal/blush"
)

// riskModel is the Framingham risk score of new-onset hypertension.
type riskModel struct {
	Years        float64 `json:"years"`
	Intercept    float64 `json:"intercept"`
	Age          float64 `json:"age"`
	Female       float64 `json:"female"`
	BMI          float64 `json:"bmi"`
	Systolic     float64 `json:"systolic"`
	Diastolic    float64 `json:"diastolic"`
	Smoker       float64 `json:"smoker"`
	Parent       float64 `json:"parent"`
	AgeDiastolic float64 `json:"age_diastolic"`
	Scale        float64 `json:"scale"`
	Source       string  `json:"source"`
	Verified     bool    `json:"verified"`

	Per10BPM         float64 `json:"per_10_bpm"`
	Per10BPMSource   string  `json:"per_10_bpm_source"`
	Per10BPMVerified bool    `json:"per_10_bpm_verified"`

	Youngest       int        `json:"youngest"`
	Oldest         int        `json:"oldest"`
	CuffDays       int        `json:"cuff_days"`
	CapWithoutCuff float64    `json:"cap_without_cuff"`
	High           [2]float64 `json:"high"`
	Urgent         [2]float64 `json:"urgent"`
	LowSystolic    float64    `json:"low_systolic"`
	SmokerSD       float64    `json:"smoker_sd"`
	ParentSD       float64    `json:"parent_sd"`
}

// riskFactors are the inputs of the formula. overNormal is how much the resting heart
// rate is above the norm, in bpm; parents is how many have high blood pressure.
type riskFactors struct {
	age, bmi            float64
	female, smoker      bool
	parents             float64
	overNormal          float64
	cuff                bool
	systolic, diastolic float64
}

// logHazard is ln H without blood pressure: (ln 4 - B)/scale of Parikh 2008,
// plus the factor of the resting heart rate.
func (r *riskModel) logHazard(f riskFactors) float64 {
	b := r.Intercept + r.Age*f.age + r.BMI*f.bmi + r.Parent*f.parents
	if f.female {
		b += r.Female
	}
	if f.smoker {
		b += r.Smoker
	}
	return (math.Log(r.Years)-b)/r.Scale + math.Log(r.Per10BPM)*f.overNormal/10
}

// pressure returns how much one mmHg, systolic and diastolic, adds to ln H.
func (r *riskModel) pressure(age float64) (systolic, diastolic float64) {
	return -r.Systolic / r.Scale, -(r.Diastolic + r.AgeDiastolic*age) / r.Scale
}

// risk is the probability, 0..1, of hypertension within four years. It is computed for
// the person's blood pressure if a cuff measured it. Otherwise it is the mean over the
// blood pressures below 140/90 that people of that age, sex and BMI have.
func (r *riskModel) risk(f riskFactors) float64 {
	base := r.logHazard(f)
	bySystolic, byDiastolic := r.pressure(f.age)
	if f.cuff {
		return -math.Expm1(-math.Exp(base + bySystolic*f.systolic + byDiastolic*f.diastolic))
	}
	n := &data().norms.BloodPressure
	s := n.Systolic.Value + n.SystolicAge.Value*(f.age-40) + n.SystolicBMI.Value*(f.bmi-25)
	d := n.Diastolic.Value + n.DiastolicAge.Value*(f.age-40) + n.DiastolicBMI.Value*(f.bmi-25)
	if !f.female {
		s += n.SystolicMale.Value
		d += n.DiastolicMale.Value
	}
	// What depends on the diastolic value alone is worked out once, not for each systolic one.
	var weights, hazards []float64
	for y := 30.5; y < r.High[1]; y++ {
		weights = append(weights, normalShape(y, d, n.DiastolicSD.Value))
		hazards = append(hazards, math.Exp(byDiastolic*y))
	}
	total, mass := 0.0, 0.0
	for x := 60.5; x < r.High[0]; x++ {
		ws, hazard := normalShape(x, s, n.SystolicSD.Value), math.Exp(base+bySystolic*x)
		for i, wd := range weights {
			mass += ws * wd
			total -= ws * wd * math.Expm1(-hazard*hazards[i])
		}
	}
	return total / mass
}

// normalShape is a normal density without its constant factor.
func normalShape(x, mean, sd float64) float64 {
	z := (x - mean) / sd
	return math.Exp(-z * z / 2)
}

// riskScore maps a risk 0..1 to a score: 0 % is 100, 5 % 66.7, 10 % 33.3, 30 %
// and more 0, straight between. The paper calls less than 5 % low, 5-10 % medium, more than 10 % high.
func riskScore(risk float64) float64 {
	switch {
	case risk < 0.05:
		return 100 - (100-optimalFrom)*risk/0.05
	case risk < 0.10:
		return optimalFrom - (optimalFrom-normalFrom)*(risk-0.05)/0.05
	case risk < 0.30:
		return normalFrom - normalFrom*(risk-0.10)/0.20
	}
	return 0
}

// hypertension fills in the metric of that name.
func (p *person) hypertension(in *Insight) {
	r := &data().model.Risk
	if p.hypertensionWithheld(in) {
		return
	}
	keys := p.riskFacts()
	a := p.facts(in, keys...)
	if len(p.cuffs) == 0 {
		in.Missing = append(in.Missing, Missing{Field: blush.BloodPressure})
	}
	if blocked(in) {
		return
	}
	l := data().model.latentOf(string(Hypertension))
	hr := p.restingHeartRate(l.HalfLifeDays)
	f := riskFactors{
		age: float64(p.age), female: p.female(), bmi: bmi(a["weight"], a["height"]),
		smoker: a["smoking"] == smokesNow, parents: a["parents_hypertension"],
	}
	if hr.n >= leastCount {
		f.overNormal = hr.y - p.normalHeartRate()
	} else {
		hr.n = 0
		in.Missing = append(in.Missing, Missing{Field: "scans", Stale: len(p.scans) > 0})
	}
	f.systolic, f.diastolic = meanPressure(p.cuffs)
	f.cuff = len(p.cuffs) > 0

	now := riskScore(r.risk(f))
	in.Inputs = p.riskInputs(f, hr, now)
	// The width of the bar is that of the latent model with the same inputs;
	// its middle is the score.
	_, variance, _, _ := l.posterior(func(name string) signal {
		switch name {
		case "risk_answers":
			return signal{n: 1}
		case blush.BloodPressure:
			return signal{n: float64(len(p.cuffs))}
		}
		return signal{n: hr.n}
	})
	confidence := min(l.confidence(variance), 100)
	if !f.cuff {
		confidence = min(confidence, r.CapWithoutCuff)
		in.Notices = append(in.Notices, Notice{"no_cuff", Info})
	}
	newest := p.newestFact(keys...)
	if last, ok := p.newestCuff(); ok {
		if n := CuffNotice(last, p.at); n != nil {
			in.Notices = append(in.Notices, *n)
		}
		newest = later(newest, last.At)
	}
	if hr.n > 0 {
		newest = later(newest, hr.newest)
	}
	p.settle(in, now, confidence, quantile(clip(now, 0.1, 99.9)/100), variance, newest)
}

// riskFacts are the questions that the score asks of a person.
func (p *person) riskFacts() []string {
	keys := []string{"weight", "height", "smoking", "parents_hypertension", "hypertension_treated", "diabetes"}
	if p.female() {
		keys = append(keys, "pregnancy")
	}
	return keys
}

// riskInputs returns the inputs of a score, with the points of each.
func (p *person) riskInputs(f riskFactors, hr signal, now float64) []Input {
	r, n := &data().model.Risk, &data().norms
	without := func(change func(*riskFactors)) float64 {
		g := f
		if change(&g); g == f {
			return 0
		}
		return now - riskScore(r.risk(g))
	}
	bySystolic, byDiastolic := r.pressure(f.age)
	yes := map[bool]float64{true: 1}
	known := r.Verified && (f.cuff || n.pressureChecked()) // without a cuff all parts use the assumed pressures
	return shares([]Input{
		{Name: blush.BloodPressure, Value: f.systolic, Unit: "mmHg, systolic", Count: float64(len(p.cuffs)), Verified: known,
			Weight: bySystolic*n.BloodPressure.SystolicSD.Value + byDiastolic*n.BloodPressure.DiastolicSD.Value,
			Points: without(func(g *riskFactors) { g.cuff = false })},
		{Name: "body_mass_index", Value: f.bmi, Unit: "kg/m²", Count: 1, Verified: known,
			Weight: -r.BMI / r.Scale * n.Body.BMISD.Value, Points: without(func(g *riskFactors) { g.bmi = n.Body.BMI.Value })},
		{Name: "smoking", Value: yes[f.smoker], Unit: "yes = 1", Count: 1, Verified: known,
			Weight: -r.Smoker / r.Scale * r.SmokerSD, Points: without(func(g *riskFactors) { g.smoker = false })},
		{Name: "parents_hypertension", Value: f.parents, Unit: "parents", Count: 1, Verified: known,
			Weight: -r.Parent / r.Scale * r.ParentSD, Points: without(func(g *riskFactors) { g.parents = 0 })},
		{Name: "heart_rate", Value: hr.y, Unit: "bpm", Count: hr.n, Verified: known && r.Per10BPMVerified,
			Weight: math.Log(r.Per10BPM) * n.HeartRate.SD.Value / 10, Points: without(func(g *riskFactors) { g.overNormal = 0 })},
	})
}

// The values of the choices that the rules name.
const (
	smokesNow = 3
	yesAnswer = 2
)

// hypertensionWithheld says whether no risk is computed, because the model was not made
// for the person or because the person already has high blood pressure.
func (p *person) hypertensionWithheld(in *Insight) bool {
	r := &data().model.Risk
	withhold := func(code string, s Severity) bool {
		in.withhold(Notice{code, s})
		return true
	}
	if last, ok := p.newestCuff(); ok {
		n := CuffNotice(last, p.at)
		if n != nil && n.Code != "cuff_low" { // with a low reading, the outlook is given and the notice shown as well
			return withhold(n.Code, n.Severity)
		}
		if systolic, diastolic := meanPressure(p.cuffs); systolic >= r.High[0] || diastolic >= r.High[1] {
			return withhold("cuff_high", Warning)
		}
	}
	switch {
	case p.says("hypertension_treated"):
		return withhold("hypertension_known", Info)
	case p.says("diabetes"):
		return withhold("diabetes", Info)
	case p.pregnant():
		return withhold("outlook_pregnancy", Info)
	case p.age >= 0 && (p.age < r.Youngest || p.age > r.Oldest):
		return withhold("outlook_age", Info)
	}
	return false
}

// meanPressure is the mean of the readings, in mmHg; zeros if there are none.
func meanPressure(cuffs []Cuff) (systolic, diastolic float64) {
	for _, c := range cuffs {
		systolic += c.Systolic / float64(len(cuffs))
		diastolic += c.Diastolic / float64(len(cuffs))
	}
	return systolic, diastolic
}
