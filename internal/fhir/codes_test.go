package fhir

import (
	"testing"

	"blush.example/blush/biomarker"
)

// Every unit has its code in UCUM, and every reason its words.
func TestUnitsAndReasons(t *testing.T) {
	for _, k := range biomarker.Catalogue {
		if units[k.Unit].code == "" {
			t.Errorf("units in internal/fhir/codes.go has no %q, the unit of %s", k.Unit, k.Name)
		}
	}
	for _, r := range biomarker.Reasons {
		if reasons[string(r)] == "" {
			t.Errorf("reasons in internal/fhir/codes.go has no %s", r)
		}
	}
}
