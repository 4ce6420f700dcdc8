package engine

import (
	"fmt"
	"slices"
	"strings"
)

// Ablation says which steps are left out, to measure what each is worth; [AblationSteps] lists them.
type Ablation struct {
	Methods [faceCandidates]bool // candidates that vote on a face, in the order of [Methods]

	Steps, Patches, Whiten, Count bool

	PulseColour, Gains                                                             bool
	Background, Even, Alike, WhiteLight, OtherColour                               bool
	Turning, Unrelated, Moved, Sliding, Unheard                                    bool
	Repeats, Replay, Trembling, Masked, RedAtLimit                                 bool
	OneByOne, Pauses, Disputed, OffGrid, Mixture, Slips, Clock, OneColour, Monitor bool
}

// AblationStep is a step that can be left out.
type AblationStep struct {
	Name string
	Does string // what the engine does by it
	flag func(*Ablation) *bool
}

// ablationSteps are all steps but the candidates.
var ablationSteps = []AblationStep{
	{"steps", "sudden changes of light are taken out of averaged colours", func(a *Ablation) *bool { return &a.Steps }},
	{"patches", "patches much noisier than the rest are left out", func(a *Ablation) *bool { return &a.Patches }},
	{"whiten", "the spectra of a single region are levelled", func(a *Ablation) *bool { return &a.Whiten }},
	{"count", "beats are counted; else the rate is the mean of its course", func(a *Ablation) *bool { return &a.Count }},

	{"colour", "the pulse's colour through this camera is read from the clearest windows; else it is the signature", func(a *Ablation) *bool { return &a.PulseColour }},
	{"gains", "the pulse is as strong in each patch as it was seen there; else equal in all", func(a *Ablation) *bool { return &a.Gains }},
	{"background", "the background is asked whether it changes with the face", func(a *Ablation) *bool { return &a.Background }},
	{"even", "where all patches change alike a fainter lamp on the background will do", func(a *Ablation) *bool { return &a.Even }},
	{"alike", "a lamp on the background keeps step with the face all along", func(a *Ablation) *bool { return &a.Alike }},
	{"white-light", "white light on all of the face needs no background to be told", func(a *Ablation) *bool { return &a.WhiteLight }},
	{"other-colour", "a clear wave in a colour that no pulse has is light", func(a *Ablation) *bool { return &a.OtherColour }},
	{"turning", "what patches change by as the face moves doesn't count against their belonging to one heart", func(a *Ablation) *bool { return &a.Turning }},
	{"unrelated", "patches that change each in its own way are refused", func(a *Ablation) *bool { return &a.Unrelated }},
	{"moved", "a face whose change follows its own movement is refused", func(a *Ablation) *bool { return &a.Moved }},
	{"sliding", "regions that slide over a picture are refused", func(a *Ablation) *bool { return &a.Sliding }},
	{"unheard", "a rate that all patches together don't hear is refused", func(a *Ablation) *bool { return &a.Unheard }},
	{"repeats", "frames that show the very frame before are no new ones", func(a *Ablation) *bool { return &a.Repeats }},
	{"replay", "frames that come again in order are a clip played again", func(a *Ablation) *bool { return &a.Replay }},
	{"trembling", "pixels that don't tremble are no camera's", func(a *Ablation) *bool { return &a.Trembling }},
	{"mask", "cheeks of another material than the forehead are a mask", func(a *Ablation) *bool { return &a.Masked }},
	{"red-limit", "skin at the limit in red alone is read where green is clear of it", func(a *Ablation) *bool { return &a.RedAtLimit }},
	{"one-by-one", "beats of a clear wave are found one by one; else along the course of the rate", func(a *Ablation) *bool { return &a.OneByOne }},
	{"pauses", "missing beats are told from all of the wave at once", func(a *Ablation) *bool { return &a.Pauses }},
	{"disputed", "a plain pulse whose single beats are others than its course has is refused", func(a *Ablation) *bool { return &a.Disputed }},
	{"off-grid", "a rate beyond the grid, or half of one on it, is refused", func(a *Ablation) *bool { return &a.OffGrid }},
	{"mixture", "interval and confidence are read from one mixture; else the one is the error of the count, the other the probability of the course", func(a *Ablation) *bool { return &a.Mixture }},
	{"slips", "the mixture knows that a count may be a beat off", func(a *Ablation) *bool { return &a.Slips }},
	{"clock", "clocks that jump or are only declared widen the interval", func(a *Ablation) *bool { return &a.Clock }},
	{"one-colour", "a finger with one live colour has a model of its own", func(a *Ablation) *bool { return &a.OneColour }},
	{"monitor", "a finger's interval allows for what a monitor differs by", func(a *Ablation) *bool { return &a.Monitor }},
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
			return a, fmt.Errorf("no step is called %q; there are %s", n, strings.Join(known, ", "))
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
