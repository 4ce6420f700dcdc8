package dsp

import "testing"

// As the comments say of lengths, memory that is too short panics before anything is written.
func TestShortSlicesPanic(t *testing.T) {
	x := []float64{1, 2, 3}
	for name, f := range map[string]func(){
		"Dot":      func() { Dot(x, x[:2:2]) },
		"Dot4":     func() { Dot4(x, x, x, x, x[:2:2]) },
		"PowersAt": func() { PowersAt(make([]float64, 2), x, x) },
		"Power":    func() { NewSpectrum(8).Power(make([]float64, 4), nil, x, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s does not panic", name)
				}
			}()
			f()
		}()
	}
}
