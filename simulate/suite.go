package simulate

import (
	"fmt"
	"slices"
)

// Case is one row of a suite: scenes of one kind, one for each seed.
type Case struct {
	Name  string
	Scene func(seed uint64, duration float64) Scene
}

// Suites are the names of the suites.
var Suites = []string{"easy", "hard", "refuse", "hrv", "resp", "tone", "rates", "real", "dead", "fingers", "rhythms", "colours"}

// Suite returns the cases of a suite, nil for an unknown name:
//   - easy, hard: [Scenarios]
//   - refuse: [Phantoms]
//   - hrv: pulses of all strengths at rest, ectopic beats (5 %), missed pulses (5 %), fibrillation
//   - resp: breathing at 6 to 25 /min, with and without shoulders in the picture
//   - tone: each tone through the same mix of hard scenarios
//   - real: [Reals]
//   - dead: [Dead]
//   - fingers: [Fingers] and [DeadFingers]
//   - rhythms: pauses, dropped beats, blocks, ectopic beats (2 to 15 %), fibrillation, large and skewed swings with the breath, 26 to 245 bpm
//   - colours: the scenario typical, easy and hard, with the pulse in each of five colours that cameras were found to give
//   - rates: 40 to 190 bpm in bands, drifts of 20 bpm inside the scan
func Suite(name string) []Case {
	switch name {
	case "easy", "hard":
		return scenarios(Scenarios, name == "hard")
	case "refuse":
		return scenarios(Phantoms, false)
	case "hrv":
		return rhythms()
	case "resp":
		return breathing()
	case "tone":
		return tones()
	case "rates":
		return rates()
	case "real":
		return named(Reals, Real)
	case "dead":
		return named(Dead, NoPulseScene)
	case "fingers":
		return named(slices.Concat(Fingers, DeadFingers), RealFinger)
	case "rhythms":
		return beats()
	case "colours":
		return colours()
	}
	return nil
}

func scenarios(names []string, hard bool) []Case {
	var cases []Case
	for _, n := range names {
		cases = append(cases, Case{n, func(seed uint64, duration float64) Scene { return Scenario(n, hard, seed, duration) }})
	}
	return cases
}

// named makes a case for each of the names, drawn by draw.
func named(names []string, draw func(name string, seed uint64, duration float64) Scene) []Case {
	var cases []Case
	for _, n := range names {
		cases = append(cases, Case{n, func(seed uint64, duration float64) Scene { return draw(n, seed, duration) }})
	}
	return cases
}

// change makes a case of an easy scenario with something changed.
func change(name, scenario string, f func(s *Scene, r random)) Case {
	return Case{name, func(seed uint64, duration float64) Scene {
		s := Scenario(scenario, false, seed, duration)
		f(&s, newRandom(seed, name))
		return s
	}}
}

func rhythms() []Case {
	atRest := func(s *Scene, r random) {
		s.Rhythm.HeartRate = r.uniform(50, 85)
		s.Camera.Codec = 0
		s.PulseGain = r.uniform(0.3, 1.2)
	}
	with := func(f func(o *Rhythm)) func(*Scene, random) {
		return func(s *Scene, r random) {
			atRest(s, r)
			f(&s.Rhythm)
		}
	}
	return []Case{
		change("clean", "ideal", atRest),
		change("rest", "typical", atRest),
		change("ectopic", "typical", with(func(o *Rhythm) { o.Ectopic = 0.05 })),
		change("missed", "typical", with(func(o *Rhythm) { o.Missed = 0.05 })),
		change("fibrillation", "typical", with(func(o *Rhythm) { o.Fibrillation = true })),
	}
}

func breathing() []Case {
	var cases []Case
	for _, shoulders := range []bool{false, true} {
		for _, rate := range []float64{6, 8, 12, 16, 20, 25} {
			name := fmt.Sprintf("%g", rate)
			if shoulders {
				name += "+shoulders"
			}
			cases = append(cases, change(name, "typical", func(s *Scene, _ random) {
				s.Rhythm.RespiratoryRate, s.Shoulders = rate, shoulders
			}))
		}
	}
	return cases
}

func tones() []Case {
	mix := []string{"typical", "lowlight", "talk", "rotate", "screen", "codec", "exercise", "vfr"}
	var cases []Case
	for _, tone := range Tones {
		cases = append(cases, Case{tone, func(seed uint64, duration float64) Scene {
			s := Scenario(mix[seed%uint64(len(mix))], true, seed, duration)
			s.Tone = tone
			return s
		}})
	}
	return cases
}

// seenColours are the unit colours, R, G, B, of the pulses of people through five cameras.
var seenColours = [5][3]float64{{0.21, 0.94, 0.27}, {0.11, 0.68, 0.72}, {0.07, 0.94, 0.34}, {0.17, 0.86, 0.49}, {0.38, 0.78, 0.50}}

func colours() []Case {
	var cases []Case
	for _, hard := range []bool{false, true} {
		for _, c := range seenColours {
			name := fmt.Sprintf("%.2f %.2f %.2f", c[0], c[1], c[2])
			if hard {
				name += " hard"
			}
			cases = append(cases, Case{name, func(seed uint64, duration float64) Scene {
				s := Scenario("typical", hard, seed, duration)
				s.Blood.Colour = c
				return s
			}})
		}
	}
	return cases
}

func rates() []Case {
	var cases []Case
	for _, b := range [][2]float64{{40, 55}, {55, 100}, {100, 130}, {130, 160}, {160, 190}} {
		cases = append(cases, change(fmt.Sprintf("%g-%g", b[0], b[1]), "typical", func(s *Scene, r random) {
			s.Rhythm.HeartRate = r.uniform(b[0], b[1])
		}))
	}
	for _, sign := range []float64{1, -1} {
		name := map[float64]string{1: "rising 20", -1: "falling 20"}[sign]
		cases = append(cases, change(name, "typical", func(s *Scene, r random) {
			s.Rhythm.HeartRate, s.Rhythm.Slope = r.uniform(75, 130)-10*sign, sign*20/s.Duration
		}))
	}
	return cases
}
