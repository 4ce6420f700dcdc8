package health

import (
	"slices"
	"strings"
)

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

// The profiles.
const (
	Physical    = "physical"
	Mental      = "mental"
	EnergySleep = "energy-sleep"
)

// restingHeartRate is the third member of the physical profile, in addition to two metrics.
const restingHeartRate = "resting_heart_rate"

// profiles has each profile with its members, in order.
var profiles = []struct {
	name    string
	members []string
}{
	{Physical, []string{string(GeneralFitness), string(Hypertension), restingHeartRate}},
	{Mental, []string{string(MentalStress), string(MentalHealthRisk)}},
	{EnergySleep, []string{string(EnergyBalance), string(SleepQuality)}},
}

// ProfileNames lists them in order.
var ProfileNames = func() (out []string) {
	for _, p := range profiles {
		out = append(out, p.name)
	}
	return out
}()

// profileAliases are other names that integrators use.
var profileAliases = map[string]string{"sleep-energy": EnergySleep}

// ParseProfile reads a profile's name or alias.
func ParseProfile(s string) (string, bool) {
	s = strings.ReplaceAll(strings.ToLower(s), "_", "-")
	if slices.Contains(ProfileNames, s) {
		return s, true
	}
	name, ok := profileAliases[s]
	return name, ok
}

// profiles combines the latent scores of the members by their precision:
// z = Σ(mean/v)/Σ(1/v), score = Φ(z). Members without a score are left out.
func (p *person) profiles(metrics []Insight) []Profile {
	byName := map[string]Insight{restingHeartRate: p.restingHeartRateMember()}
	for _, m := range metrics {
		byName[string(m.Metric)] = m
	}
	var out []Profile
	for _, of := range profiles {
		pr := Profile{Name: of.name, Members: of.members}
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
