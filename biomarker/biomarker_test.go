package biomarker_test

import (
	"testing"

	"blush.example/blush/biomarker"
)

func TestCatalogueIsSound(t *testing.T) {
	seen := map[biomarker.Name]bool{}
	for _, k := range biomarker.Catalogue {
		if seen[k.Name] || k.Title == "" || k.Unit == "" || !(k.Min < k.Max) || k.LeastDuration > k.WantedDuration || k.Decimals < 0 {
			t.Errorf("%+v", k)
		}
		seen[k.Name] = true
		if k.LOINC != "" && !luhn(k.LOINC) {
			t.Errorf("%s: %s has another check digit", k.Name, k.LOINC)
		}
		if e := biomarker.Refuse(k.Name, biomarker.TooShort, 0, ""); e.LOINC != k.LOINC || e.Unit != k.Unit {
			t.Errorf("%s: %+v", k.Name, e)
		}
	}
	for name, code := range map[biomarker.Name]string{"heart_rate": "8867-4", "respiratory_rate": "9279-1", "heart_rate_variability": "80404-7", "rmssd": ""} {
		if e := biomarker.Accept(name, 50, 40, 60, 0.9, ""); e.LOINC != code {
			t.Errorf("%s has the code %q, want %q", name, e.LOINC, code)
		}
	}
}

// luhn checks the last digit of a LOINC code, which is that of Luhn's mod 10 (LOINC Users' Guide, appendix C).
func luhn(code string) bool {
	sum, double := 0, false
	for i := len(code) - 1; i >= 0; i-- {
		if code[i] == '-' {
			continue
		}
		d := int(code[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double = sum+d, !double
	}
	return sum%10 == 0
}
