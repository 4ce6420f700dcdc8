package simulate

import "blush.example/blush/rppg"

// JoinRegions returns a trace whose one region is the mean of those of tr, weighted by their pixels. tr is not changed; nil stays nil.
// Each region must count its pixels, as those of [Scene.Trace] do.
func JoinRegions(tr *rppg.Trace) *rppg.Trace {
	if tr == nil || len(tr.Regions) == 0 {
		return tr
	}
	out := *tr
	one := rppg.Region{Name: "face"}
	n := len(tr.TimeMS)
	one.R, one.G, one.B = make([]float64, n), make([]float64, n), make([]float64, n)
	one.Pixels, one.Clipped, one.Skin = make([]float64, n), make([]float64, n), make([]float64, n)
	for _, r := range tr.Regions {
		for i := range n {
			px := r.Pixels[i]
			one.R[i] += px * r.R[i]
			one.G[i] += px * r.G[i]
			one.B[i] += px * r.B[i]
			one.Pixels[i] += px
			one.Clipped[i] += r.Clipped[i]
			one.Skin[i] += r.Skin[i]
		}
	}
	for i, px := range one.Pixels {
		if px > 0 {
			one.R[i] /= px
			one.G[i] /= px
			one.B[i] /= px
		}
	}
	out.Regions = []rppg.Region{one}
	return &out
}
