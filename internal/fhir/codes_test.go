package fhir_test

import (
	"strings"
	"testing"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/fhir"
)

// Every unit has its code in UCUM, and every reason its words.
func TestUnitsAndReasons(t *testing.T) {
	found := 0
	for _, s := range fhir.CodeSystems() {
		for _, c := range s.Concept {
			switch s.ID {
			case "biomarkers":
				if strings.Contains(c.Definition, "UCUM )") || !strings.Contains(c.Definition, "UCUM ") && c.Code != "blood_pressure" {
					t.Errorf("units in internal/fhir/codes.go lacks the unit of %s: %s", c.Code, c.Definition)
				}
				found++
			case "reasons":
				if c.Display == "" {
					t.Errorf("reasons in internal/fhir/codes.go has no %s", c.Code)
				}
				found++
			}
		}
	}
	if want := len(biomarker.Catalogue) + len(biomarker.Reasons); found < want {
		t.Errorf("%d units and reasons, want at least %d", found, want)
	}
}
