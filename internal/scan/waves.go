package scan

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/edf"
)

// Waves are the waves behind a scan's result, for programs that read signals.
type Waves struct {
	scan blush.Scan
	view View
	wave Waveform
}

// Waves returns the waves behind a scan's result. The error is NotFound while there is no result.
func (s *Service) Waves(ctx context.Context, c blush.Caller, id string) (*Waves, error) {
	w, err := s.Waveform(ctx, c, id)
	if err != nil {
		return nil, err
	}
	sc, err := s.visible(ctx, c, w.FaceScanID)
	if err != nil {
		return nil, err
	}
	v, err := NewView(sc)
	return &Waves{sc, v, w}, err
}

// WriteCSV writes the waves and beats by time. Each row has the values at its time: the pulse wave, the breathing
// wave, and for a beat 1, or 2 if its interval was corrected. The last row's record is "end", and its time is the number of rows before it.
func (w *Waves) WriteCSV(to io.Writer) error {
	buffered := bufio.NewWriter(to)
	out := csv.NewWriter(buffered)
	rows := 0
	write := func(record string, cells ...string) error { return out.Write(append([]string{record}, cells...)) }
	if err := write("record", "time_s", "pulse", "respiration", "beat"); err != nil {
		return err
	}
	pulse, breath, beats := 0, 0, 0
	for {
		t := math.Inf(1)
		if pulse < len(w.wave.Pulse.Samples) {
			t = min(t, at(w.wave.Pulse, pulse))
		}
		if breath < len(w.wave.Respiration.Samples) {
			t = min(t, at(w.wave.Respiration, breath))
		}
		if beats < len(w.wave.Beats) {
			t = min(t, w.wave.Beats[beats].Time)
		}
		if math.IsInf(t, 1) {
			break
		}
		cells := []string{strconv.FormatFloat(t, 'f', 4, 64), "", "", ""}
		if pulse < len(w.wave.Pulse.Samples) && at(w.wave.Pulse, pulse) == t {
			cells[1] = decimal(w.wave.Pulse.Samples[pulse])
			pulse++
		}
		if breath < len(w.wave.Respiration.Samples) && at(w.wave.Respiration, breath) == t {
			cells[2] = decimal(w.wave.Respiration.Samples[breath])
			breath++
		}
		if beats < len(w.wave.Beats) && w.wave.Beats[beats].Time == t {
			cells[3] = "1"
			if w.wave.Beats[beats].Corrected {
				cells[3] = "2"
			}
			beats++
		}
		if err := write("sample", cells...); err != nil {
			return err
		}
		rows++
	}
	if err := write("end", strconv.Itoa(rows), "", "", ""); err != nil {
		return err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}

func at(w Wave, i int) float64 { return w.Start + float64(i)/w.Rate }

// WriteEDF writes the waves as EDF+, with the beats as annotations. It identifies the person only by the user's id.
func (w *Waves) WriteEDF(to io.Writer) error {
	r := edf.Recording{
		Start: inZone(w.scan.CreatedAt, w.scan.Timezone), PatientCode: w.scan.UserID, RecordingCode: w.scan.ID, Equipment: "Blush",
	}
	if w.view.Engine != nil {
		r.Equipment += "_" + w.view.Engine.Version
	}
	for _, s := range []struct {
		label string
		wave  Wave
	}{{"Pulse", w.wave.Pulse}, {"Resp", w.wave.Respiration}} {
		if len(s.wave.Samples) == 0 {
			continue // e.g. a breathing wave of a scan that is too short for one
		}
		signal := edf.Signal{Label: s.label, Rate: s.wave.Rate, Start: s.wave.Start, Samples: s.wave.Samples}
		if cut := int(math.Ceil(-s.wave.Start * s.wave.Rate)); cut > 0 { // a wave may begin a little before the first frame
			cut = min(cut, len(s.wave.Samples))
			signal.Samples, signal.Start = s.wave.Samples[cut:], max(0, at(s.wave, cut))
		}
		r.Signals = append(r.Signals, signal)
	}
	for _, b := range w.wave.Beats {
		text := "Beat"
		if b.Corrected {
			text = "Beat, interval corrected"
		}
		r.Annotations = append(r.Annotations, edf.Annotation{Onset: max(0, b.Time), Text: text})
	}
	if err := edf.Write(to, r); err != nil {
		return fmt.Errorf("waves of scan %s: %w", w.scan.ID, err)
	}
	return nil
}
