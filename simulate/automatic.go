package simulate

import "math"

// luma is the weight of R, G, B in a camera's exposure metering (ITU-R BT.601).
var luma = [3]float64{0.299, 0.587, 0.114}

// gains are the factors that automatic exposure and white balance put on R, G, B at each grid point: control loops
// that measure the face and the wall fifteen times a second and correct a part of the deviation. They are nil
// without automatic control.
func (w *world) gains() (g [3][]float64) {
	a := w.Camera.Auto
	if a.Exposure <= 0 && a.Balance <= 0 {
		return g
	}
	for c := range g {
		g[c] = make([]float64, w.n)
	}
	const look = int(grid / 15)
	seen := w.metered()
	var exposure, wanted float64  // log
	var balance, first [3]float64 // log
	for i := range w.n {
		if i%look == 0 {
			var level, was float64
			for c := range luma {
				level += luma[c] * seen[c][i] * w.skin.colour[c]
				was += luma[c] * w.skin.colour[c]
			}
			wanted -= a.Exposure / 15 * (math.Log(level/was) + wanted)
			if math.Abs(wanted-exposure) >= a.Step {
				exposure = wanted
			}
			for c := range balance {
				off := math.Log(seen[c][i] / seen[1][i])
				if i == 0 {
					first[c] = off
				}
				balance[c] -= a.Balance / 15 * (off - first[c] + balance[c])
			}
		}
		for c := range g {
			g[c][i] = math.Exp(exposure + balance[c])
		}
	}
	return g
}

// metered returns what the loops measure in each channel, relative to its ordinary level: the face with its pulse
// and motion, and the wall.
func (w *world) metered() (seen [3][]float64) {
	for c := range seen {
		seen[c] = make([]float64, w.n)
		depth := w.skin.strength * w.skin.pulse[c]
		for i := range seen[c] {
			face := w.light.at(c, i) * (1 - depth*w.pulse[i]) * (1 + 0.3*(w.head[0][i]+w.head[1][i]))
			if w.pressure[c] != nil {
				face *= 1 + w.pressure[c][i]
			}
			wall := w.light.wall(c, i, 0.4)
			seen[c][i] = w.Camera.Auto.Share*face + (1-w.Camera.Auto.Share)*wall
		}
	}
	return seen
}

// develop applies the camera's tone curve and its clipping of highlights to the levels y, whose ordinary value is
// base.
func (cam Camera) develop(y []float64, base float64) {
	if cam.Curve > 0 {
		base = min(base, 250)
		slope, bend := cam.slope(base), cam.Curve*0.5
		for i, v := range y {
			x := math.Log(v / base)
			y[i] = base * math.Exp(slope*x-bend*x*x)
		}
	}
	if cam.Highlights {
		for i, v := range y {
			z := (255 - v) / texture
			y[i] = v - texture*(math.Exp(-0.5*z*z)/math.Sqrt(2*math.Pi)-z*tail(z))
		}
	}
}

// slope returns the relative change of the output per relative change of light at a level: that of the curve s =
// x²(3-2x), which is 6(1-x)/(3-2x), mixed with a straight line.
func (cam Camera) slope(level float64) float64 {
	x := min(0.98, level/255)
	return 1 + cam.Curve*(6*(1-x)/(3-2*x)-1)
}
