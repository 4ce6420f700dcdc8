// Package rppg turns the colour of skin over time into a pulse wave: remote photoplethysmography. A [Trace] is a
// recording reduced to the mean colour of a few regions of skin in each frame; the methods, one a file with its
// paper above it, turn a trace into pulse waves.
package rppg

// Site says where the skin is that a trace was taken from.
type Site string

// The sites a trace may come from.
const (
	Face   Site = "face"
	Finger Site = "finger"
)

// Limits on the size of a trace.
const (
	MaxDecodedBytes = 16 << 20
	MaxDurationS    = 2 * 60 * 60
	MaxRegions      = 64
	MaxFrames       = MaxDurationS * 240
)

// Region is the mean colour of one patch of skin in each frame. R, G, B are
// float means on the 0..255 scale, one per frame. The optional counts are per
// frame too: Pixels averaged over, Pixels at or beyond the limits of the
// sensor (>= 250 or <= 5 in any channel), pixels that passed the skin mask.
type Region struct {
	Name    string    `json:"name"`
	R       []float64 `json:"r"`
	G       []float64 `json:"g"`
	B       []float64 `json:"b"`
	Pixels  []float64 `json:"n_px,omitempty"`
	Clipped []float64 `json:"n_clipped,omitempty"`
	Skin    []float64 `json:"n_skin,omitempty"`
}

// Box is a rectangle in pixels: left, top, width, height. All zero: no face in that frame.
type Box [4]float64

// Trace is one recording as colours over time: trace format version 1.
type Trace struct {
	Version int `json:"version"`
	// ScanID is chosen by the sender. A retry with the same ID is the same scan, however late it comes.
	ScanID   string `json:"face_scan_id,omitempty"`
	Site     Site   `json:"site"`
	Timezone string `json:"timezone,omitempty"`
	AtRest   *bool  `json:"at_rest,omitempty"`
	// TimeMS is each frame's own time in milliseconds, in any order.
	TimeMS     []float64 `json:"time_ms"`
	Regions    []Region  `json:"regions"`
	Background *Region   `json:"background,omitempty"`
	// ShoulderDY is the vertical shift of the upper chest in pixels since the frame before.
	ShoulderDY []float64 `json:"shoulder_dy,omitempty"`
	// FaceBox is the smoothed face box of each frame.
	FaceBox []Box `json:"face_box,omitempty"`
	// Landmarks has, per frame, x and y in pixels of the left pupil, the right pupil, the nose tip, the left and
	// the right corner of the mouth.
	Landmarks [][10]float64 `json:"landmarks,omitempty"`
	Device    Device        `json:"device,omitzero"`
}

// Device describes what made a trace. Every field may be empty.
type Device struct {
	// Source is "browser", "video", "file" or "synthetic".
	Source    string `json:"source,omitempty"`
	Camera    string `json:"camera,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	Width     int    `json:"width,omitempty"`
	Height    int    `json:"height,omitempty"`
	Codec     string `json:"codec,omitempty"`
	// Timing says how far the frame times can be trusted.
	Timing Timing `json:"timing,omitempty"`
}

// Timing says where a trace's frame times come from.
type Timing string

// What is known about frame times.
const (
	TimingCamera  Timing = "camera"  // each frame was stamped when it was taken
	TimingNominal Timing = "nominal" // a constant rate the file declares, plausible for its camera
	TimingUnknown Timing = "unknown" // the rate is invented: no rate in bpm may be read from it
)

// SetRate gives the frames times at a constant rate of fps frames a second, in place. They are nominal then.
func (t *Trace) SetRate(fps float64) {
	for i := range t.TimeMS {
		t.TimeMS[i] = float64(i) * 1000 / fps
	}
	t.Device.Timing = TimingNominal
}

// Duration returns the time between the first and the last frame in seconds, 0 for fewer than two.
func (t *Trace) Duration() float64 {
	if len(t.TimeMS) < 2 {
		return 0
	}
	lo, hi := t.TimeMS[0], t.TimeMS[0]
	for _, v := range t.TimeMS {
		lo, hi = min(lo, v), max(hi, v)
	}
	return (hi - lo) / 1000
}
