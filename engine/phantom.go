package engine

import "slices"

// phantom counts the ways in which a recording of the given length in s plainly shows no pulse.
func (f Features) phantom(seconds float64) int {
	n := 0
	for _, shown := range append(f.lights(), f.unrelated(), f.moved(), f.sliding(), f.notInPatches(), f.lifeless(seconds), f.motionless()) {
		if shown {
			n++
		}
	}
	return n
}

// The least change of the background that shows a lamp: as a share of the face's change, and in standard
// deviations of the background's noise in a window, on its own and with other evidence.
const lampShown, lampClear, lampLikely = 0.03, 3.5, 1.5

// lampAlike is the least share of the background's change that keeps step with the face's where one lamp lights both.
const lampAlike = 0.8

// lit reports that the changes come from light, not from blood.
func (f Features) lit() bool { return slices.Contains(f.lights(), true) }

// lights says of each way in which light shows itself whether it does.
func (f Features) lights() []bool {
	return []bool{f.lamp(), f.otherColour(), f.whiteLight(), f.whiteWave(), f.mechanical(), f.suppressed()}
}

// mechanical reports a lamp that a wall hardly shows, or not at all because the camera overexposes it: all patches
// change as one, and at one rate throughout. Blood doesn't reach all of a face alike, and a heart doesn't keep time
// like a machine. The more the patches agree, the less steady the rate must be. Where the patches surely differ by hardly anything,
// less is enough, unless the recording is too short to tell. Where the wall changes by a third as much as the face, and
// probably not by chance, it is enough that neither the patches nor the rhythm show a heart.
func (f Features) mechanical() bool {
	if f.off.Mechanical || !(f.Uniformity > 0) {
		return false
	}
	hidden, shown := f.BackgroundLight > overexposed, f.Behind > lampShown
	alike := f.Discord == 0 && f.DiscordAtMost < leastApart && f.Steadiness > 0
	limit := 0.0
	switch {
	case hidden && alike:
		limit = hiddenMechanical
	case shown && alike:
		limit = shownMechanical
	case hidden || shown && f.BehindClear > lampLikely:
		limit = mostMechanical
	}
	return (1-f.Uniformity)*(1-f.Steadiness) < limit ||
		f.Behind > 0.3 && f.BehindClear > 2 && f.Steadiness > 0.85 && f.DiscordAtMost > 0 && f.Discord < 0.02
}

// overexposed is the luma of a wall, 0..255, above which it shows no lamp, and mostMechanical the product of what
// patches lack to perfect agreement and their rate to perfect steadiness, below which a heart is hardly ever the cause. Of 1,135
// simulated traces none has less than 0.0015; of 37 films of ordinary faces, whose patches pulse more alike, one has, and four have less than 0.003.
// leastApart is a difference between patches, in the units of [Features.DiscordAtMost], and the two others are the limits of the product where the patches surely
// differ by less, before a wall that is overexposed and one that changes with the face, if only by chance. Of 122 and 1,774 simulated faces that were given a
// rate before such walls none is below, nor is one of 96 hearts with an SDNN of 12 ms before an overexposed wall (seeds 400 to 415).
const overexposed, leastApart, mostMechanical, hiddenMechanical, shownMechanical = 250, 0.07, 0.0015, 0.012, 0.003

// lamp reports changing light: the background shows the face's changes, in the same colour, beyond its own noise,
// and in step throughout. Light that changes for another reason, by chance at the rate found, doesn't stay in
// step. A pulse isn't on the wall; a camera's automatic exposure shows it there inverted. Where all patches of the
// face change alike, which blood doesn't cause, less change of the wall is enough.
func (f Features) lamp() bool {
	return f.Behind > lampShown && (f.BehindClear > lampClear && (f.off.Alike || f.BehindAlike > lampAlike) || f.BehindClear > lampLikely && f.even())
}

// even reports patches that change by the same share, to within a seventh. Of 170 simulated faces two did, both
// lit by a lamp that was stronger than their pulse, and the vessels of living faces differ more than simulated
// ones.
func (f Features) even() bool { return !f.off.Even && f.DiscordAtMost > 0 && f.DiscordAtMost < 0.02 }

// otherColour reports a clear wave in a colour that no pulse of a face has through any camera: the clearer the wave, the
// better its colour is known. Light through a finger may have any colour. The colours of a turning face show movement as
// well: where the combination of all patches, which suppresses movement and light, shows the rate clearly, it isn't that of a lamp.
func (f Features) otherColour() bool {
	odd := f.Likeness < 0.3 && f.SNR > 1.5 || f.Likeness < 0.95 && f.SNR > 8
	return !f.off.OtherColour && f.Colours == 0 && odd && !(f.HasPatches && f.PatchesSNR > 2)
}

// whiteLight reports white light that changes on all of the face, whether or not there is a wall to show it. Blood
// isn't white, and movement shades each patch differently.
func (f Features) whiteLight() bool {
	return !f.off.WhiteLight && f.White > 0.985 && f.Uniformity > 0.85
}

// whiteWave reports shading or gloss, though the patches change differently: the change is white, or nearly white in a
// wave clear enough to tell its colour. Blood absorbs more green than red, whatever the camera. A codec keeps less of colour than of light, so in a lossy recording
// less white is enough where the face changes by four times as much as the wave that all patches have in common. Of 2,200
// simulated scans of faces four with a right rate are refused by it (seed 10300), and the whitest of eight public clips of faces has 0.96.
func (f Features) whiteWave() bool {
	return !f.off.WhiteWave && (f.White > 0.995 || f.White > 0.99 && f.SNR > clearWave || f.Lossy && f.White > 0.975 && f.Excess > 4)
}

// sliding reports regions that slide over a picture, such as those of a face detector that jump a little at each
// detection, or a picture that rocks. Its change follows the regions. A rate at which detectors run also needs patches
// that change alike. In a recording too short to tell what the change follows, patches that change in white, but
// differently, are taken for sliding regions.
func (f Features) sliding() bool {
	switch {
	case f.off.Sliding:
		return false
	case f.HasPatches && f.OfDetector && f.Uniformity < 0.5:
		return true
	case f.Pushed == 0:
		return f.HasPatches && f.White > 0.985 && f.Uniformity < 0.3
	}
	return f.follows()
}

// follows reports a change that keeps step with the movement of the regions. A pulse does so in some windows, not in all,
// unless the heart's recoil moves the regions: then the change is less white, and alike in all patches. The less the
// colour and the patches are those of a pulse, the fewer windows need to be in step. A codec may give the change
// any colour, so the two last conditions don't ask for white. The last one refuses none of 2,422 simulated living faces, as traces and as films.
func (f Features) follows() bool {
	inStep := f.Pushed + f.PushedWave // 0..2
	return f.White > 0.985 && f.Pushed > 0.9 && f.Sway < 0.004 ||
		f.White > 0.98 && f.Uniformity < 0.6 && inStep > 1.55 ||
		f.Uniformity < 0.4 && inStep > 1.82 ||
		f.Likeness < 0.6 && inStep > 1.55 ||
		f.Likeness < 0.9 && inStep > 1.75
}

// detectorBPM is the rate of face detectors that run twice a second.
const detectorBPM = 120.0

// notInPatches reports a rate that the combination of all patches, which suppresses movement and light, doesn't show,
// although single patches do. Where the face moves widely and its change follows, less is enough.
func (f Features) notInPatches() bool {
	hidden := f.PatchesSNR < -8 || f.PatchesSNR < -4 && f.Sway > widely && f.Pushed > 0.9
	return !f.off.NotInPatches && f.HasPatches && hidden && f.Uniformity < 0.5
}

// lifeless reports a picture in a recording of the given length in s. A living face breathes and moves, and its light changes, so its colour
// also changes slowly. That of a picture does not, and its noise adds little at faster rates. A detector that shifts its regions at
// the rate found adds more: then a face must change slowly by four times as much, as 99 of 100 simulated ones do, or by twice as much at the rates of a pulse.
func (f Features) lifeless(seconds float64) bool {
	slow, fast := leastSlowChange(seconds), leastFastChange
	if f.OfDetector {
		slow, fast = 4*slow, 2*fast
	}
	return !f.off.SlowChange && f.SlowChange > 0 && f.SlowChange < slow && f.FastChange < fast
}

// mostStill is the share of half seconds without a movement from which a head is that of a picture.
const mostStill = 0.5

// motionless reports a picture that is compressed or has the noise of a sensor: no living head keeps its place so, by its breath and its heart alone.
// A clear wave is believed all the same.
func (f Features) motionless() bool {
	return !f.off.Motionless && f.StillShare > mostStill && f.SNR < clearWave
}

// moved reports a face that moves at the rate found, by more than the heart's recoil moves it (a thousandth of its
// width), and whose change, or change and wave, follow that movement throughout: the change is then that of
// texture and shading. A pulse doesn't keep step with a movement at nearly its rate. The further the face moves, the
// less closely its change needs to follow. In a recording too short to tell, movement that changes the face in white
// is taken for the cause.
func (f Features) moved() bool {
	inStep := f.Pushed + f.PushedWave // 0..2
	switch {
	case f.off.Moved:
		return false
	case f.Pushed == 0:
		return f.Sway > widely && f.White > 0.97
	}
	return f.Sway > slightly && inStep > 1.93 ||
		f.Sway > plainly && (f.Pushed > 0.95 || inStep > 1.65) ||
		f.Sway > widely && f.Pushed > 0.92 && f.PushedWave > 0.4
}

// Amplitudes of a face's movement in widths of the face: about twice that of the heart's recoil, three times, and six times.
const slightly, plainly, widely = 0.0018, 0.003, 0.006

// unrelated reports patches that change independently at the rate found, or several of which have their own rates,
// or two halves of the face that change against each other in a clear wave: one heart drives all of a face. Of 3,741
// simulated faces with a discord of at most 1.4 that were given a rate, six have more than 1.1, none of the darkest skin; of 2,302, two have several own rates and
// patches that hardly change as one; of 1,826, none has such halves.
func (f Features) unrelated() bool {
	opposed := f.HasHalves && f.HalfCorrelation < -0.3 && f.SNR > 0
	return !f.off.Unrelated && (f.Discord > mostDiscord || opposed || f.OwnRates > mostOwnRates && f.Uniformity < 0.36)
}

// The most that patches of one face differ at the rate found, and the largest share of them with a rate of their own.
const mostDiscord, mostOwnRates = 1.1, 0.15
