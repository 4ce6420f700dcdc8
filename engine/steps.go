package engine

import (
	"math"
	"slices"
)

// steps keeps what the result needs from every step: its time, each candidate's own peaks and the fused spectrum,
// of which long recordings keep only some rows.
type steps struct {
	time   []float64  // s, middle of the step
	short  [][]uint16 // own peaks in the 6 s window
	long   [][]uint16 // own peaks in the 12 s window
	stride int        // a row of the spectrum is kept every stride steps
	rows   [][]float32
}

// mostRows bounds the spectrum kept: at this many rows every second row is dropped.
const mostRows = 2048

func (s *steps) add(t float64, short, long ballot) {
	s.time = append(s.time, t)
	s.short = append(s.short, short.peaks)
	s.long = append(s.long, long.peaks)
	s.stride = max(s.stride, 1)
	if (len(s.time)-1)%s.stride != 0 {
		return
	}
	row := make([]float32, gridSize)
	for i := range row {
		row[i] = float32(short.power[i]+long.power[i]) / 2
	}
	s.rows = append(s.rows, row)
	if len(s.rows) == mostRows {
		for i := range mostRows / 2 {
			s.rows[i] = s.rows[2*i]
		}
		clear(s.rows[mostRows/2:])
		s.rows = s.rows[:mostRows/2]
		s.stride *= 2
	}
}

// fork shares the rows and the peaks of each step, which don't change.
func (s steps) fork() steps {
	s.time, s.short, s.long, s.rows = slices.Clone(s.time), slices.Clone(s.short), slices.Clone(s.long), slices.Clone(s.rows)
	return s
}

// votes returns a copy without the rows of power that may be added to without changing s.
func (s *steps) votes() steps {
	n := len(s.time)
	return steps{time: s.time[:n:n], short: s.short[:n:n], long: s.long[:n:n], stride: math.MaxInt}
}

// spectrogram returns the rows of power kept.
func (s *steps) spectrogram() Spectrogram {
	var out Spectrogram
	for i, row := range s.rows {
		out.TimeS = append(out.TimeS, s.time[i*s.stride])
		power := make([]float64, len(row))
		for g, v := range row {
			power[g] = float64(v)
		}
		out.Power = append(out.Power, power)
	}
	for g := range gridSize {
		out.BPM = append(out.BPM, gridBPM(g))
	}
	return out
}

// agreementBPM is the largest distance of a candidate's own peak from the track at which it agrees.
const agreementBPM = 4

// agreement returns, for each step, the share of the candidates' own peaks within 4 bpm of the track; -1 where no
// candidate voted.
func (s *steps) agreement(path []int) []float64 {
	out := make([]float64, len(s.time))
	for i := range out {
		agree, voters := 0.0, 0.0
		for _, p := range s.short[i] {
			if p == noPeak {
				continue
			}
			voters++
			if math.Abs(gridBPM(int(p))-gridBPM(path[i])) <= agreementBPM {
				agree++
			}
		}
		out[i] = -1
		if voters > 0 {
			out[i] = agree / voters
		}
	}
	return out
}

// own returns the share of windows of both lengths in which one candidate's own
// peak lies within 4 bpm of the track; 0 where it never voted.
func (s *steps) own(path []int, candidate int) float64 {
	agree, n := 0.0, 0.0
	for i := range s.time {
		for _, p := range [2]uint16{s.short[i][candidate], s.long[i][candidate]} {
			if p == noPeak {
				continue
			}
			n++
			if math.Abs(gridBPM(int(p))-gridBPM(path[i])) <= agreementBPM {
				agree++
			}
		}
	}
	return agree / max(1, n)
}
