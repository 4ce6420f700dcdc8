package dsp

// Detrend removes the slow trend of x by smoothness priors (Tarvainen et al.
// 2002, eq. 9): y = (I - (I + lambda^2 D2'D2)^-1) x, a zero-phase high-pass
// whose cut-off lies near rate/(2 pi) * lambda^-0.5. The pentadiagonal system
// is solved by LDL', in time linear in len(x).
func Detrend(x []float64, lambda float64) []float64 {
	n := len(x)
	out := make([]float64, n)
	if n < 3 {
		return out
	}
	l2 := lambda * lambda
	d := make([]float64, n)
	e := make([]float64, n) // unit lower triangle, first band
	f := make([]float64, n) // second band
	z := make([]float64, n)
	for i := range n {
		a, b, c := detrendBands(i, n, l2)
		d[i] = a
		if i > 0 {
			d[i] -= d[i-1] * e[i-1] * e[i-1]
			b -= d[i-1] * e[i-1] * f[i-1]
		}
		if i > 1 {
			d[i] -= d[i-2] * f[i-2] * f[i-2]
		}
		e[i], f[i] = b/d[i], c/d[i]
		z[i] = x[i]
		if i > 0 {
			z[i] -= e[i-1] * z[i-1]
		}
		if i > 1 {
			z[i] -= f[i-2] * z[i-2]
		}
	}
	for i := n - 1; i >= 0; i-- {
		z[i] /= d[i]
		if i+1 < n {
			z[i] -= e[i] * z[i+1]
		}
		if i+2 < n {
			z[i] -= f[i] * z[i+2]
		}
		out[i] = x[i] - z[i]
	}
	return out
}

// detrendBands returns column i of the symmetric matrix I + l2 D2'D2 of n rows from its diagonal on: the main, the first and the second band.
func detrendBands(i, n int, l2 float64) (a, b, c float64) {
	w := [3]float64{1, -2, 1}
	for _, r := range [3]int{i - 2, i - 1, i} { // rows r of D2 that touch column i
		if r < 0 || r > n-3 {
			continue
		}
		k := i - r
		a += w[k] * w[k]
		if k < 2 {
			b += w[k] * w[k+1]
		}
		if k == 0 {
			c += w[0] * w[2]
		}
	}
	return 1 + l2*a, l2 * b, l2 * c
}
