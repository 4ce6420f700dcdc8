package health

import "slices"

// fitnessModel is the formula that estimates peak oxygen uptake without an exercise test.
type fitnessModel struct {
	Intercept  bySex `json:"intercept"`
	Age        bySex `json:"age"`
	BMI        bySex `json:"bmi"`
	HeartRate  bySex `json:"heart_rate"`
	Activity   bySex `json:"activity"`
	LeastScans int   `json:"least_scans"`
	Youngest   int   `json:"youngest"`
	Oldest     int   `json:"oldest"`
	// ActivityOfHours turns the answer to hours_sport_week into the activity index.
	ActivityOfHours   map[int]float64 `json:"activity_of_hours"`
	ActivityReference float64         `json:"activity_reference"`
	ActivitySD        float64         `json:"activity_sd"`
	Source            string          `json:"source"`
	Verified          bool            `json:"verified"`
	ActivitySource    string          `json:"activity_source"`
	ActivityVerified  bool            `json:"activity_verified"`
}

// vo2 is the peak oxygen uptake in mL/kg/min: Nes 2011, the form with BMI.
// age is in years, bmi in kg/m², heartRate in bpm.
func (f *fitnessModel) vo2(female bool, age, bmi, heartRate, activity float64) float64 {
	return f.Intercept.of(female) + f.Age.of(female)*age + f.BMI.of(female)*bmi + f.HeartRate.of(female)*heartRate + f.Activity.of(female)*activity
}

// bmi is the body mass index in kg/m²; values below 18.5 count as 18.5.
func bmi(weightKG, heightCM float64) float64 {
	m := heightCM / 100
	return max(weightKG/(m*m), data().norms.Body.BMIFloor.Value)
}

// peakZ returns where an oxygen uptake is among people of the same age and sex, in standard deviations.
func (p *person) peakZ(vo2 float64) float64 {
	n := &data().norms.VO2Max
	median, sd := n.Men.Value, n.SDMen.Value
	if p.female() {
		median, sd = n.Women.Value, n.SDWomen.Value
	}
	median += n.Slope.Value * (float64(p.age) - n.AtAge.Value)
	return clip((vo2-median)/sd, -clipZ, clipZ)
}

// fitness fills in general_fitness: the formula's result as the one input of a latent metric.
func (p *person) fitness(in *Insight) {
	f, n := &data().model.Fitness, &data().norms
	l := data().model.latentOf(string(GeneralFitness))
	if p.pregnant() { // pregnancy changes weight and pulse
		in.withhold(Notice{"pregnancy", Info})
		return
	}
	keys := []string{"weight", "height", "hours_sport_week"}
	a := p.facts(in, keys...)
	hr := p.restingHeartRate(l.HalfLifeDays)
	if len(p.scans) < f.LeastScans || hr.n < leastCount {
		in.Missing = append(in.Missing, Missing{Field: "scans", Required: true, Stale: len(p.scans) >= f.LeastScans})
	}
	if blocked(in) {
		return
	}
	if p.age < f.Youngest || p.age > f.Oldest {
		in.withhold(outsideAge)
		return
	}
	age, body, activity := float64(p.age), bmi(a["weight"], a["height"]), f.ActivityOfHours[int(a["hours_sport_week"])]
	score := func(bmi, heartRate, activity float64) (score, mean, variance float64) {
		s := hr
		s.y = p.peakZ(f.vo2(p.female(), age, bmi, heartRate, activity))
		mean, variance, _, _ = l.posterior(func(string) signal { return s })
		return 100 * phi(mean), mean, variance
	}
	now, mean, variance := score(body, hr.y, activity)
	without := func(bmi, heartRate, activity float64) float64 {
		other, _, _ := score(bmi, heartRate, activity)
		return now - other
	}
	// All parts use the same correlation and the same peer group.
	peers := &n.VO2Max
	known := f.Verified && l.Inputs[0].Verified && checked(peers.Men, peers.Women, peers.AtAge, peers.Slope, peers.SDMen, peers.SDWomen)
	in.Inputs = shares([]Input{
		{Name: "heart_rate", Value: hr.y, Unit: "bpm", Count: hr.n, Verified: known,
			Weight: -f.HeartRate.of(p.female()) * n.HeartRate.SD.Value, Points: without(body, p.normalHeartRate(), activity)},
		{Name: "body_mass_index", Value: body, Unit: "kg/m²", Count: 1, Verified: known,
			Weight: -f.BMI.of(p.female()) * n.Body.BMISD.Value, Points: without(n.Body.BMI.Value, hr.y, activity)},
		{Name: "hours_sport_week", Value: activity, Unit: "activity index", Count: 1, Verified: known && f.ActivityVerified,
			Weight: f.Activity.of(p.female()) * f.ActivitySD, Points: without(body, hr.y, f.ActivityReference)},
	})
	p.settle(in, now, l.confidence(variance), mean, variance, later(hr.newest, p.newestFact(keys...)))
}

// shares turns weights, each the effect of one typical step, into shares of their sum.
func shares(inputs []Input) []Input {
	inputs = slices.DeleteFunc(inputs, func(i Input) bool { return i.Count == 0 })
	sum := 0.0
	for _, i := range inputs {
		sum += i.Weight
	}
	for k := range inputs {
		inputs[k].Weight /= sum
	}
	return inputs
}
