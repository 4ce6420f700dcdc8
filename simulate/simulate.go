// Package simulate makes recordings with known truth: hearts, pulse waves, skin, light, motion and cameras, and
// every disturbance is a parameter. A [Scene] becomes a trace, as a camera would have made it, or a film.
// [Scenario], [Real], [NoPulseScene], [RealFinger] and [Suite] draw the scenes for which accuracy is stated. A seed
// gives the same draws on every machine.
//
// The suites easy, hard, refuse, hrv, resp, tone and rates came first and never change: each later disturbance
// uses a separate random stream. They have nearly one colour of the pulse, and light that mixes linearly. The
// suites real, dead, fingers and rhythms draw properties that were found in recordings of real cameras, fingers
// and hearts.
//
// The simulator still shares assumptions with the methods it tests, so its figures serve to compare versions of
// the engine. They are not a claim about people.
package simulate

import "blush.example/blush/rppg"

// Truth has the true values of a made recording.
type Truth struct {
	// Beats are the arrival times of the pulses at the skin in s from the start; none without a pulse.
	Beats []float64
	// HeartRate in bpm: 60 times the number of intervals between the first and the last beat over the time between them, pauses included.
	HeartRate float64
	// RespiratoryRate in breaths/min, mean of the recording.
	RespiratoryRate float64
	// SDNN and RMSSD of the inter-beat intervals in ms, including those with a pause or a dropped beat, without
	// those next to an ectopic one; 0 when none remains.
	SDNN, RMSSD float64
	// Ectopic counts the early beats.
	Ectopic int
	// Tone is the skin tone, one of [Tones]; empty for other surfaces.
	Tone string
	// HasPulse is false for photographs, walls and other things that must be refused.
	HasPulse bool
}

// Scene is one recording to be made. [NewScene] sets every field to its ordinary value; a disturbance of 0 is
// absent.
type Scene struct {
	Seed uint64
	// Duration in s.
	Duration float64
	Site     rppg.Site
	Rhythm   Rhythm
	// Tone is one of [Tones], or empty for a grey surface.
	Tone string
	// Pulse is false for a thing without blood.
	Pulse bool
	// PulseGain multiplies the strength of the pulse.
	PulseGain float64
	// Exposure multiplies every colour; 1 exposes the skin properly.
	Exposure float64
	// Wall is the brightness of the wall relative to an ordinary one, which is at about half of the camera's
	// range; 0 draws it.
	Wall float64
	// Face is false where no face is found: only the background is seen.
	Face bool
	// Shoulders is set when the upper chest is in the picture.
	Shoulders bool

	Blood    Blood
	Contact  Contact
	Motion   Motion
	Light    Light
	Camera   Camera
	Detector Detector
	Replay   Replay
	Clock    Clock
}

// Blood describes the appearance of the pulse, and its differences between patches.
type Blood struct {
	// Colour is the strength of the pulse in R, G, B relative to each other, as the camera records it below its
	// highlights; zero means the skin tone's own.
	Colour [3]float64
	// Apart is the log-SD of a patch's strength in each channel relative to the face's.
	Apart float64
	// Delay is the SD in s of the time at which the pulse reaches a patch.
	Delay float64
	// Covered is the share of patches that hair, glasses or a beard hide, each over a drawn 0.3 to 1 of its area.
	// What hides them moves independently, with the relative amplitude Rustle.
	Covered, Rustle float64
	// Lifeless is set for a thing without blood: its colour does not change with breathing either, and what beats in it is no heart.
	Lifeless bool
	// Hearts, when above 1, gives the patches the pulses of that many unrelated hearts.
	Hearts int
}

// Motion of the head. Amplitudes are relative changes of the light that a patch
// at the edge of the face returns.
type Motion struct {
	// Sway is the SD of slow movement and of noise from 0.1 to 2.5 Hz.
	Sway float64
	// Burst is the amplitude of talking: 0.3 to 4.5 Hz for 1 to 4 s, about every 7 s.
	Burst float64
	// Rate in Hz and Amplitude of periodic movement.
	Rate, Amplitude float64
	// Recoil is the movement with each beat (ballistocardiogram).
	Recoil float64
	// Gloss is the share of light mirrored by the surface, which has no pulse.
	Gloss float64
	// Hand is the SD of the sway of a hand that holds the phone, Tremor the amplitude of its
	// trembling at TremorRate in Hz: both move face and background alike.
	Hand, Tremor, TremorRate float64
	// Rock is the amplitude of a strictly periodic rotation back and forth at RockRate in Hz.
	Rock, RockRate float64
	// Tint is the degree to which the light changed by motion and by the detector's jumps has the colour of shaded
	// skin: 0 is white, 1 is fully coloured.
	Tint float64
}

// Light that falls on the scene. Amplitudes are relative.
type Light struct {
	// Drift is the SD of slow changes of brightness, Tint of slow changes of colour.
	Drift, Tint float64
	// Balance is the SD of the camera's automatic white balance.
	Balance float64
	// Exposure is the size of the steps of the camera's automatic exposure.
	Exposure float64
	// Screen is the size of the changes of a tinted screen in front of the face.
	Screen float64
	// LineRate in Hz and Line, the amplitude of a periodic change of brightness.
	LineRate, Line float64
	// Lamp is a periodic light of any colour.
	Lamp Lamp
	// Pink is the SD of 1/f noise, 0.02 to 4 Hz, on everything, Own that of each region's independent noise.
	Pink, Own float64
}

// Lamp is a light whose strength changes strictly periodically.
type Lamp struct {
	// Rate in Hz and Size, the relative amplitude on the face in its strongest channel.
	Rate, Size float64
	// Colour is its strength in R, G, B relative to each other.
	Colour [3]float64
	// Behind is its amplitude on the background relative to that on the face.
	Behind float64
}

// Camera turns light into numbers.
type Camera struct {
	// FPS is the frame rate in Hz.
	FPS float64
	// VaryFPS, when its SD is above 0, makes the rate wander between Least and Most.
	VaryFPS struct{ SD, Least, Most float64 }
	// Pixels in each patch.
	Pixels float64
	// Noise is the SD of one green pixel at level 128, in grey levels; red and blue have 1.35 times as much.
	Noise float64
	// Codec is the SD of a video codec's error of a patch mean, in grey levels; above 0.15 blocks also lag behind.
	// KeyFrames is the distance between key frames in frames; 0 draws it.
	Codec     float64
	KeyFrames int
	// Whole rounds each mean to a whole grey level.
	Whole bool
	// Curve is the strength, 0..1, of an S-shaped tone curve: dark channels show changes of light more than bright ones.
	Curve float64
	// Highlights limits each pixel, not only the mean, at 255: a channel near the limit loses its changes.
	Highlights bool
	// Red multiplies the red channel; 0 leaves it.
	Red float64
	// Auto is the camera's automatic control.
	Auto Auto
}

// Auto is a camera's automatic exposure and white balance, which also follow changes of the face itself.
type Auto struct {
	// Exposure and Balance are the speeds in 1/s at which the two correct deviations; 0 is off.
	Exposure, Balance float64
	// Step is the relative size of the steps in which exposure is corrected.
	Step float64
	// Share is the part of the metered picture that the face covers, 0..1.
	Share float64
}

// Detector is the face detector. Between its detections the box is tracked.
type Detector struct {
	// Every is the time in s between detections.
	Every float64
	// Jump is the amplitude, relative, of the change in a patch's light at a detection, which is the same each
	// time and fades within 0.2 s. Wander is the SD of changes that remain.
	Jump, Wander float64
	// Approach is the SD of the box's initial error. Each detection corrects the same share of the remaining error
	// within 0.1 s, in a staircase.
	Approach float64
	// Exact is set where the tracker between findings makes no error, since the picture never changes.
	Exact bool
}

// Replay is a camera that doesn't show the scene live. Its truth says that there is no pulse to measure, whatever
// was recorded.
type Replay struct {
	// Freeze is the time in s from which the same frame is repeated; 0 means never. A time before the second frame
	// freezes everything.
	Freeze float64
	// Loop is the length in s of a clip that is repeated, Mirror of one played forward and backward.
	Loop, Mirror float64
	// Next is the scene that is shown from At, in s, on: a recording that is cut together from two. nil means none.
	Next *Scene
	At   float64
}

// Clock describes when frames are taken and which times they get.
type Clock struct {
	// Jitter is the SD of the time of exposure, Noise that of the stamped time, both in s.
	Jitter, Noise float64
	// Drop is the share of frames lost at random, Stalls the rate in Hz of holes of 0.15 to 0.5 s.
	Drop, Stalls float64
	// Unsorted and Doubled are the shares of frames that arrive out of order, or twice.
	Unsorted, Doubled float64
	// Back sets the clock back by this many seconds halfway through.
	Back float64
	// Timing is what the trace says about its times; empty means stamped by the camera.
	Timing rppg.Timing
}

// NewScene returns a person of tone III-IV at 70 bpm in front of an ordinary
// camera; seed decides every draw, duration is in s.
func NewScene(seed uint64, duration float64) Scene {
	return Scene{
		Seed: seed, Duration: duration, Site: rppg.Face, Rhythm: Rhythm{HeartRate: 70},
		Tone: "III-IV", Pulse: true, PulseGain: 1, Exposure: 1, Face: true, Shoulders: true,
		Motion: Motion{Sway: 0.002, Recoil: 0.0003, Gloss: 0.10},
		Light:  Light{Drift: 0.006, Tint: 0.002, Balance: 0.003},
		Camera: Camera{FPS: 30, Pixels: 900, Noise: 2.6},
		Clock:  Clock{Jitter: 0.004, Noise: 0.001, Drop: 0.01},
	}
}
