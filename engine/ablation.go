package engine

import (
	"fmt"
	"slices"
	"strings"
)

// Ablation says which steps are left out, to measure what each contributes; [AblationSteps] lists them.
type Ablation struct {
	Methods [faceCandidates]bool // candidates that vote on a face, in the order of [Methods]

	Rounding, Steps, Copies, Patches, Whiten, Count bool

	PulseColour, Gains                                                                                       bool
	Background, Even, Alike, WhiteLight, WhiteWave, OtherColour, Mechanical, Suppressed                      bool
	Turning, Unrelated, Moved, Sliding, NotInPatches, SlowChange, Motionless                                 bool
	Repeats, Replay, Repetition, Changed, Trembling, Masked, RedAtLimit                                      bool
	OneByOne, Pauses, Fewer, Recount, SlowEnds, Disputed, OffGrid, Mixture, Slips, Clock, OneColour, Monitor bool
}

// AblationStep is a step that can be left out.
type AblationStep struct {
	Name string
	Does string // what the engine does in this step
	flag func(*Ablation) *bool
}

// ablationSteps are all steps but the candidates.
var ablationSteps = []AblationStep{
	{"rounding", "a trace is rounded to the precision of its compact form", func(a *Ablation) *bool { return &a.Rounding }},
	{"steps", "sudden changes of light are taken out of averaged colours", func(a *Ablation) *bool { return &a.Steps }},
	{"copies", "regions of exactly the same colour count as one", func(a *Ablation) *bool { return &a.Copies }},
	{"patches", "patches much noisier than the rest are left out", func(a *Ablation) *bool { return &a.Patches }},
	{"whiten", "the spectra of a single region are levelled", func(a *Ablation) *bool { return &a.Whiten }},
	{"count", "beats are counted; else the rate is the mean of the track", func(a *Ablation) *bool { return &a.Count }},

	{"colour", "the pulse's colour through this camera is measured in the clearest windows; else it is the signature", func(a *Ablation) *bool { return &a.PulseColour }},
	{"gains", "the pulse is as strong in each patch as measured there; else equally strong in all", func(a *Ablation) *bool { return &a.Gains }},
	{"background", "the background is checked for changes that follow the face", func(a *Ablation) *bool { return &a.Background }},
	{"even", "where all patches change alike, a fainter lamp on the background is enough", func(a *Ablation) *bool { return &a.Even }},
	{"alike", "a lamp on the background must keep step with the face throughout", func(a *Ablation) *bool { return &a.Alike }},
	{"white-light", "white light on the whole face is recognised without a background", func(a *Ablation) *bool { return &a.WhiteLight }},
	{"white-wave", "a white change is shading or gloss, though the patches change differently", func(a *Ablation) *bool { return &a.WhiteWave }},
	{"other-colour", "a clear wave in a colour that no pulse has is light", func(a *Ablation) *bool { return &a.OtherColour }},
	{"mechanical", "before a wall that hardly shows a lamp, patches that change as one at a machine's steady rate are lit by one", func(a *Ablation) *bool { return &a.Mechanical }},
	{"suppressed", "a clear change of all patches that their combination suppresses is light", func(a *Ablation) *bool { return &a.Suppressed }},
	{"turning", "changes of patches that follow the movement of the face don't count as those of different hearts", func(a *Ablation) *bool { return &a.Turning }},
	{"unrelated", "patches that change independently of each other are refused", func(a *Ablation) *bool { return &a.Unrelated }},
	{"moved", "a face whose change follows its own movement is refused", func(a *Ablation) *bool { return &a.Moved }},
	{"sliding", "regions that slide over a picture are refused", func(a *Ablation) *bool { return &a.Sliding }},
	{"not-in-patches", "a rate that the combination of all patches doesn't show is refused", func(a *Ablation) *bool { return &a.NotInPatches }},
	{"slow-change", "a face whose colour hardly changes between 0.2 and 0.5 Hz is a picture", func(a *Ablation) *bool { return &a.SlowChange }},
	{"motionless", "a head that keeps its place as no living one does, without a clear wave, is a picture", func(a *Ablation) *bool { return &a.Motionless }},
	{"repeats", "frames that repeat the frame before don't count as new", func(a *Ablation) *bool { return &a.Repeats }},
	{"replay", "frames that come again in order are a replayed clip", func(a *Ablation) *bool { return &a.Replay }},
	{"repetition", "a head that makes the same movements once more, or backwards, is a replayed clip", func(a *Ablation) *bool { return &a.Repetition }},
	{"changed", "a face that suddenly looks like another and has another rate is refused", func(a *Ablation) *bool { return &a.Changed }},
	{"trembling", "pixels without noise don't come from a camera", func(a *Ablation) *bool { return &a.Trembling }},
	{"mask", "cheeks of a different material than the forehead are a mask", func(a *Ablation) *bool { return &a.Masked }},
	{"red-limit", "skin at the sensor's limit in red alone is used where green is clear of the limit", func(a *Ablation) *bool { return &a.RedAtLimit }},
	{"one-by-one", "beats of a clear wave are found one by one; else along the track", func(a *Ablation) *bool { return &a.OneByOne }},
	{"pauses", "missing beats are found from the whole wave at once", func(a *Ablation) *bool { return &a.Pauses }},
	{"fewer", "where beats may be missing, the interval reaches down to the rate of the others", func(a *Ablation) *bool { return &a.Fewer }},
	{"recount", "where the beats that were found are not as many as the track says, the interval reaches to their count", func(a *Ablation) *bool { return &a.Recount }},
	{"slow-ends", "the times of the first and the last beat of a slow heart are less certain", func(a *Ablation) *bool { return &a.SlowEnds }},
	{"disputed", "a plain pulse whose single beats contradict the track is refused", func(a *Ablation) *bool { return &a.Disputed }},
	{"off-grid", "a rate beyond the grid, or half of one on it, is refused", func(a *Ablation) *bool { return &a.OffGrid }},
	{"mixture", "interval and confidence come from one mixture; else the interval is the error of the count, and the confidence the probability of the track", func(a *Ablation) *bool { return &a.Mixture }},
	{"slips", "the mixture allows for a count that is a beat off", func(a *Ablation) *bool { return &a.Slips }},
	{"clock", "clocks that jump or are only declared widen the interval", func(a *Ablation) *bool { return &a.Clock }},
	{"one-colour", "a finger with one usable colour has its own model", func(a *Ablation) *bool { return &a.OneColour }},
	{"monitor", "a finger's interval allows for the difference from a monitor", func(a *Ablation) *bool { return &a.Monitor }},
}

// AblationSteps lists the steps that can be left out: the candidates first.
func AblationSteps() []AblationStep {
	var out []AblationStep
	for k, m := range faceMethods {
		out = append(out, AblationStep{m.name, "votes on a face", func(a *Ablation) *bool { return &a.Methods[k] }})
	}
	return append(out, ablationSteps...)
}

// Without leaves out the steps of these names.
func Without(names ...string) (Ablation, error) {
	var a Ablation
	all := AblationSteps()
	for _, n := range names {
		i := slices.IndexFunc(all, func(s AblationStep) bool { return s.Name == n })
		if i < 0 {
			var known []string
			for _, s := range all {
				known = append(known, s.Name)
			}
			return a, fmt.Errorf("no step is called %q; the steps are %s", n, strings.Join(known, ", "))
		}
		*all[i].flag(&a) = true
	}
	return a, nil
}

// Names lists the steps that are left out.
func (a Ablation) Names() []string {
	var out []string
	for _, s := range AblationSteps() {
		if *s.flag(&a) {
			out = append(out, s.Name)
		}
	}
	return out
}
