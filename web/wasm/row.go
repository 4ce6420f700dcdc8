package main

import (
	"math"

	"blush.example/blush/rppg"
)

// A row is one frame's sample as numbers: the time in ms; six of each region
// and of the background (r, g, b, n_px, n_clipped, n_skin); the shift of the
// shoulders; four of the face box; ten of the landmarks.
const perColour = 6

func rowSize(regions int) int { return 1 + perColour*(regions+1) + 1 + 4 + 10 }

// Steps that numbers are rounded to, so that a trace stays small. A patch of
// some hundred pixels is certain to some hundredths of a level, a pulse is a
// tenth and more.
const (
	stepTime   = 1e-3 // ms
	stepColour = 1e-4 // levels of 0..255
	stepCount  = 1    // pixels
	stepPlace  = 1e-2 // pixels
	stepShift  = 1e-4 // pixels
)

func round(v, step float64) float64 {
	if v == 0 {
		return 0 // no negative zero
	}
	return math.Round(v/step) / math.Round(1/step)
}

// write puts a sample into a row.
func write(row []float64, s rppg.Sample) {
	row[0] = round(s.TimeMS, stepTime)
	at := 1
	colour := func(c rppg.Colour) {
		for _, v := range [3]float64{c.R, c.G, c.B} {
			row[at] = round(v, stepColour)
			at++
		}
		pixels := round(c.Pixels, stepCount)
		row[at], row[at+1], row[at+2] = pixels, min(pixels, round(c.Clipped, stepCount)), min(pixels, round(c.Skin, stepCount))
		at += 3
	}
	for _, c := range s.Regions {
		colour(c)
	}
	colour(s.Background)
	row[at] = round(s.ShoulderDY, stepShift)
	at++
	for _, v := range s.FaceBox {
		row[at] = round(v, stepPlace)
		at++
	}
	for _, v := range s.Landmarks {
		row[at] = round(v, stepPlace)
		at++
	}
}

// read is the reverse of write; the sample has memory of its own.
func read(row []float64) rppg.Sample {
	regions := (len(row)-16)/perColour - 1
	s := rppg.Sample{TimeMS: row[0], Regions: make([]rppg.Colour, regions)}
	at := 1
	colour := func() rppg.Colour {
		v := row[at : at+perColour]
		at += perColour
		return rppg.Colour{R: v[0], G: v[1], B: v[2], Pixels: v[3], Clipped: v[4], Skin: v[5]}
	}
	for i := range s.Regions {
		s.Regions[i] = colour()
	}
	s.Background = colour()
	s.ShoulderDY = row[at]
	copy(s.FaceBox[:], row[at+1:])
	copy(s.Landmarks[:], row[at+5:])
	return s
}
