package engine

// suppressed reports a clear change that all patches share and that their combination, which suppresses the light they share, hardly shows: a lamp
// or a colour that is drawn over the face. The combination shows a pulse, because blood changes the patches by different shares and in another colour
// than light. Of 6,295 simulated faces that were given a rate (traces and films) two are below these limits.
func (f Features) suppressed() bool {
	by := f.SNR - f.PatchesSNR // dB
	return !f.off.Suppressed && f.HasPatches && (f.Uniformity > 0.96 && (by > 4 && f.PatchesSNR < 6 || by > 9) || f.Uniformity > 0.9 && by > 16)
}
