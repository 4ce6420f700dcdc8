package sandbox

// Persona is a made-up person, for scans and for days of history.
type Persona struct {
	Name      string
	About     string  // one line for readers of the API
	Sex       string  // at birth, M or F
	Age       int     // years
	HeartRate float64 // bpm at rest
	Breaths   float64 // a minute
	RSA       float64 // s, how much the intervals between beats vary with the breath
	RMSSD     float64 // ms
	// Answers are the weekly answers, each 1 to 5, to the questions of [Weekly]; nil: the persona answers nothing.
	Answers []float64
	// Mood is the answer to each question of the well-being check, 0 to 3.
	Mood float64
	// Systolic and Diastolic are the readings of a cuff in mmHg; 0: no cuff.
	Systolic, Diastolic float64
}

// Weekly are the questions that [Persona.Answers] answers: hours of sleep, waking up, stress, energy, sport.
var Weekly = []string{"average_sleep_hours", "nightly_wake_ups", "feeling_stressed_last_month", "daily_activities", "hours_sport_week"}

// Personas lists the personas.
var Personas = []Persona{
	{"steady", "an adult in good shape: values in the usual range", "F", 41, 62, 14, 0.045, 42, []float64{4, 2, 2, 4, 4}, 0, 118, 76},
	{"athlete", "trains much: a slow heart with much variability", "M", 29, 49, 12, 0.09, 78, []float64{5, 1, 1, 5, 5}, 0, 112, 70},
	{"strained", "sleeps little under stress: a fast heart with little variability", "M", 47, 92, 18, 0.012, 11, []float64{1, 5, 5, 1, 1}, 2, 136, 86},
	{"resonant", "breathes slowly and evenly, about six times a minute", "F", 35, 64, 6, 0.08, 60, []float64{4, 1, 1, 4, 3}, 0, 116, 74},
	{"worried", "answers and cuff readings with which notices must be shown", "F", 52, 78, 16, 0.03, 24, []float64{2, 4, 5, 2, 2}, 3, 184, 112},
	{"newcomer", "nothing but scans: what needs answers stays locked", "F", 33, 68, 15, 0.04, 36, nil, 0, 0, 0},
}

// FindPersona finds a persona by its name.
func FindPersona(name string) (Persona, bool) {
	for _, p := range Personas {
		if p.Name == name {
			return p, true
		}
	}
	return Persona{}, false
}

// PersonaNames lists their names.
func PersonaNames() []string {
	out := make([]string, len(Personas))
	for i, p := range Personas {
		out[i] = p.Name
	}
	return out
}
