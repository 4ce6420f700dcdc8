package blush

import "math"

// Percent is a probability of 0..100 as people see it: a whole number that
// is never rounded up, and never 100, because nothing is certain.
func Percent(confidence float64) int {
	return int(min(math.Floor(confidence+1e-9), 99)) // 1e-9 because 100 × 0.29 is a little less than 29
}
