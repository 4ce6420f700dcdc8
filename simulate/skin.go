package simulate

// Tones are the skin tones by Fitzpatrick type, lightest first.
var Tones = []string{"I-II", "III-IV", "V", "VI"}

// skin is the mean colour on the 0..255 scale, the peak-to-peak strength of the
// pulse in green relative to that, and the strength in R, G, B relative to each other.
type skin struct {
	colour   [3]float64
	strength float64
	pulse    [3]float64
}

// skins by tone. The strengths and colours are the simulator's own assumptions, in the
// range that camera studies report; the empty tone is a grey wall.
var skins = map[string]skin{
	"I-II":   {[3]float64{214, 165, 145}, 0.0075, [3]float64{0.33, 0.77, 0.53}},
	"III-IV": {[3]float64{178, 128, 104}, 0.0055, [3]float64{0.34, 0.77, 0.50}},
	"V":      {[3]float64{122, 82, 64}, 0.0032, [3]float64{0.36, 0.76, 0.46}},
	"VI":     {[3]float64{78, 52, 43}, 0.0020, [3]float64{0.38, 0.75, 0.42}},
	"":       {[3]float64{150, 148, 142}, 0, [3]float64{1, 1, 1}},
}

// fingertip is skin pressed on the lens with the lamp on: red light through tissue.
var fingertip = skin{[3]float64{215, 32, 12}, 0.025, [3]float64{0.35, 1, 0.8}}

// patch is one region of the face: its place (x to the right, y down, -1..1) and
// its perfusion relative to the forehead.
type patch struct {
	name string
	x, y float64
	gain float64
}

// gainSpread is the log-SD of the perfusion of a patch between people.
const gainSpread = 0.25

var patches = []patch{
	{"forehead_1", -0.35, -0.65, 1}, {"forehead_2", 0, -0.7, 1.05}, {"forehead_3", 0.35, -0.65, 1},
	{"forehead_4", -0.35, -0.45, 0.95}, {"forehead_5", 0, -0.45, 1}, {"forehead_6", 0.35, -0.45, 0.95},
	{"cheek_left_1", -0.55, 0.05, 1.1}, {"cheek_left_2", -0.35, 0.1, 1.1},
	{"cheek_right_1", 0.35, 0.1, 1.1}, {"cheek_right_2", 0.55, 0.05, 1.1},
	{"cheek_left_3", -0.5, 0.3, 1}, {"cheek_left_4", -0.3, 0.35, 0.9},
	{"cheek_right_3", 0.3, 0.35, 0.9}, {"cheek_right_4", 0.5, 0.3, 1},
	{"nose", 0, 0, 0.7}, {"chin", 0, 0.75, 0.6},
}
