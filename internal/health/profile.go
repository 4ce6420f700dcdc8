package health

import "strings"

// Profile is one of the views of [ProfileNames].
type Profile struct {
	Name string `json:"name"`
	// Score is 0..1; nil if no member has a score.
	Score *float64 `json:"score"`
	// Confidence is 0..100: the mean of the members' confidences, with 0 for those without a score.
	Confidence float64 `json:"confidence"`
	// Assessment is the zone of the score.
	Assessment *Zone `json:"assessment"`
	// StatusLabel has one letter for each member, in their order: that of [Zone.Letter], or - without a score.
	StatusLabel string   `json:"status_label"`
	Members     []string `json:"metrics"`
	Locked      bool     `json:"locked"`
	// Withheld is the notice that forbids a score, if one forbids that of every member: the first member's.
	Withheld *Notice `json:"withheld"`
}

// ProfileNames lists the three in order.
var ProfileNames = []string{"physical", "mental", "energy-sleep"}

// ParseProfile reads a profile's name or alias.
func ParseProfile(s string) (string, bool) {
	switch strings.ReplaceAll(strings.ToLower(s), "_", "-") {
	case "physical":
		return "physical", true
	case "mental":
		return "mental", true
	case "energy-sleep", "sleep-energy":
		return "energy-sleep", true
	}
	return "", false
}

// restingHeartRate is the third member of the physical profile, in addition to two metrics.
const restingHeartRate = "resting_heart_rate"

var members = map[string][]string{
	"physical":     {string(GeneralFitness), string(Hypertension), restingHeartRate},
	"mental":       {string(MentalStress), string(MentalHealthRisk)},
	"energy-sleep": {string(EnergyBalance), string(SleepQuality)},
}

// profiles combines the latent scores of the members by their precision:
// z = Σ(mean/v)/Σ(1/v), score = Φ(z). Members without a score are left out.
func (p *person) profiles(metrics []Insight) []Profile {
	byName := map[string]Insight{restingHeartRate: p.restingHeartRateMember()}
	for _, m := range metrics {
		byName[string(m.Metric)] = m
	}
	var out []Profile
	for _, name := range ProfileNames {
		pr := Profile{Name: name, Members: members[name]}
		precision, sum, withheld := 0.0, 0.0, 0
		label := strings.Builder{}
		for _, m := range pr.Members {
			in := byName[m]
			if in.Score == nil {
				label.WriteByte('-')
				if in.Withheld != nil {
					withheld++
				}
				continue
			}
			label.WriteString(in.Zone.Letter())
			precision += 1 / in.variance
			sum += in.mean / in.variance
			pr.Confidence += in.Confidence / float64(len(pr.Members))
		}
		if precision > 0 {
			score := phi(sum / precision)
			zone := ZoneOf(100 * score)
			pr.Score, pr.Assessment = &score, &zone
		}
		if withheld == len(pr.Members) {
			pr.Withheld = byName[pr.Members[0]].Withheld
		}
		pr.StatusLabel = label.String()
		out = append(out, pr)
	}
	return out
}

// restingHeartRateMember is the resting heart rate as a latent score.
func (p *person) restingHeartRateMember() Insight {
	var in Insight
	l := data().model.latentOf(restingHeartRate)
	if p.minor() {
		in.withhold(outsideAge)
	}
	if len(p.unknown()) > 0 || in.Withheld != nil {
		return in
	}
	mean, variance, inputs, newest := l.posterior(func(name string) signal { return p.signal(name, l.HalfLifeDays) })
	if len(inputs) > 0 {
		p.settle(&in, 100*phi(mean), l.confidence(variance), mean, variance, newest)
	}
	return in
}
