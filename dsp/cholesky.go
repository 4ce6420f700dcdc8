package dsp

import "math"

// Cholesky factorises a symmetric positive definite matrix A of n rows, given row by row, as A = L L'. It
// overwrites the lower triangle of A with L. It returns false when A isn't positive definite. It panics when a has fewer than
// n*n values.
func Cholesky(a []float64, n int) bool {
	a = a[: n*n : len(a)]
	for j := range n {
		row := a[j*n : j*n+j]
		s := a[j*n+j] - Dot(row, row)
		if !(s > 0) || math.IsInf(s, 0) {
			return false
		}
		a[j*n+j] = math.Sqrt(s)
		scale := 1 / a[j*n+j]
		i := j + 1
		for ; i+4 <= n; i += 4 {
			r := a[i*n : (i+4)*n]
			p, q, u, v := Dot4(row, r, r[n:], r[2*n:], r[3*n:])
			r[j] = (r[j] - p) * scale
			r[n+j] = (r[n+j] - q) * scale
			r[2*n+j] = (r[2*n+j] - u) * scale
			r[3*n+j] = (r[3*n+j] - v) * scale
		}
		for ; i < n; i++ {
			a[i*n+j] = (a[i*n+j] - Dot(row, a[i*n:])) * scale
		}
	}
	return true
}

// SolveSPD solves A x = b for a symmetric positive definite A, given row by
// row with n = len(b) rows, by [Cholesky] factorisation; A is overwritten. It returns
// false, and no solution, when A isn't positive definite. It panics when a has fewer than n*n values.
func SolveSPD(a, b []float64) ([]float64, bool) {
	n := len(b)
	if !Cholesky(a, n) {
		return nil, false
	}
	x := make([]float64, n)
	for i := range n {
		x[i] = (b[i] - Dot(a[i*n:i*n+i], x[:i])) / a[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		x[i] /= a[i*n+i]
		v := x[i]
		for k, l := range a[i*n : i*n+i] {
			x[k] -= l * v
		}
	}
	return x, true
}
