package main

import "blush.example/blush/rppg"

// A row is one frame's sample as numbers: the time in ms; six of each region
// and of the background (r, g, b, n_px, n_clipped, n_skin); the shift of the
// shoulders; four of the face box; ten of the landmarks.
const perColour = 6

func rowSize(regions int) int { return 1 + perColour*(regions+1) + 1 + 4 + 10 }

// write puts a sample into a row.
func write(row []float64, s rppg.Sample) {
	row[0] = s.TimeMS
	at := 1
	colour := func(c rppg.Colour) {
		at += copy(row[at:], []float64{c.R, c.G, c.B, c.Pixels, c.Clipped, c.Skin})
	}
	for _, c := range s.Regions {
		colour(c)
	}
	colour(s.Background)
	row[at] = s.ShoulderDY
	at++
	at += copy(row[at:], s.FaceBox[:])
	copy(row[at:], s.Landmarks[:])
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
