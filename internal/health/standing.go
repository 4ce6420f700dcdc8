package health

import "slices"

// Standing holds, of answers that are added in order of time, those that still
// count: the newest to each question, and those to the questionnaire from the
// newest complete one on. Compute says the same from these as from all of them. The zero value is empty.
type Standing struct {
	newest map[string]Answer
	screen []Answer
}

// Add takes the next answer, not older than those before it.
func (s *Standing) Add(a Answer) {
	if CheckAnswer(a.Key, a.Value) != nil {
		return
	}
	if s.newest == nil {
		s.newest = map[string]Answer{}
	}
	if last, ok := s.newest[a.Key]; ok && last.At.Equal(a.At) && last.Value > a.Value {
		return // of several at one instant the higher value counts, as in Compute
	}
	s.newest[a.Key] = a
	if !slices.Contains(phq4Items, a.Key) {
		return
	}
	p := person{answers: s.newest}
	if _, complete := p.newestScreen(); !complete {
		s.screen = append(s.screen, a)
		return
	}
	s.screen = s.screen[:0]
	for _, k := range phq4Items {
		s.screen = append(s.screen, s.newest[k])
	}
}

// Answers returns those that still count, in no order.
func (s *Standing) Answers() []Answer {
	out := slices.Clone(s.screen)
	for _, a := range s.newest {
		if !slices.Contains(s.screen, a) {
			out = append(out, a)
		}
	}
	return out
}
