package rppg

import "slices"

// Colour is one region in one frame: see [Region] for the meaning of the fields.
type Colour struct {
	R, G, B               float64
	Pixels, Clipped, Skin float64
}

// Sample is one frame of a [Trace].
type Sample struct {
	TimeMS     float64
	Regions    []Colour // in the order of the trace's regions
	Background Colour
	ShoulderDY float64 // pixels since the frame before
	FaceBox    Box
	Landmarks  [10]float64
}

// SkinCounted reports whether the sample says which of its pixels are skin. When no region has skin pixels, they
// were not counted, or there are none.
func (s Sample) SkinCounted() bool {
	for _, r := range s.Regions {
		if r.Skin > 0 {
			return true
		}
	}
	return false
}

// Sample returns frame i of a trace; columns that the trace lacks are zero.
func (t *Trace) Sample(i int) Sample { return t.SampleIn(i, nil) }

// SampleIn is [Trace.Sample], but reuses the memory of regions if that is large enough.
func (t *Trace) SampleIn(i int, regions []Colour) Sample {
	regions = slices.Grow(regions[:0], len(t.Regions))[:len(t.Regions)]
	s := Sample{TimeMS: at(t.TimeMS, i), ShoulderDY: at(t.ShoulderDY, i), Regions: regions}
	for k := range t.Regions {
		s.Regions[k] = t.Regions[k].at(i)
	}
	if t.Background != nil {
		s.Background = t.Background.at(i)
	}
	if i < len(t.FaceBox) {
		s.FaceBox = t.FaceBox[i]
	}
	if i < len(t.Landmarks) {
		s.Landmarks = t.Landmarks[i]
	}
	return s
}

func (r *Region) at(i int) Colour {
	return Colour{R: at(r.R, i), G: at(r.G, i), B: at(r.B, i), Pixels: at(r.Pixels, i), Clipped: at(r.Clipped, i), Skin: at(r.Skin, i)}
}

func at(x []float64, i int) float64 {
	if i < 0 || i >= len(x) {
		return 0
	}
	return x[i]
}

// Append adds a frame at the end of a trace whose regions are in the order of s.
func (t *Trace) Append(s Sample) {
	t.TimeMS = append(t.TimeMS, s.TimeMS)
	for k, c := range s.Regions {
		t.Regions[k].append(c)
	}
	if t.Background != nil {
		t.Background.append(s.Background)
	}
	t.ShoulderDY = append(t.ShoulderDY, s.ShoulderDY)
	t.FaceBox = append(t.FaceBox, s.FaceBox)
	t.Landmarks = append(t.Landmarks, s.Landmarks)
}

func (r *Region) append(c Colour) {
	r.R, r.G, r.B = append(r.R, c.R), append(r.G, c.G), append(r.B, c.B)
	r.Pixels, r.Clipped, r.Skin = append(r.Pixels, c.Pixels), append(r.Clipped, c.Clipped), append(r.Skin, c.Skin)
}

// ClearGreen reports whether a mean of green, 0..255, is far from both limits of the sensor. Clipped pixels are
// then clipped in red or blue: skin in warm light is often at the upper limit in red alone, and green has most of
// the pulse.
func ClearGreen(mean float64) bool { return mean >= 30 && mean <= 215 }
