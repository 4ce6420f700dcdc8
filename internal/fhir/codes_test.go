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

// Every biomarker with a code in LOINC also has LOINC's name of it.
func TestCodesHaveLOINCsNames(t *testing.T) {
	named := map[string]string{}
	for _, o := range append(fhir.ScanKinds(), fhir.ReadingKinds()...) {
		codes := o.Code.Coding
		for _, part := range o.Component {
			codes = append(codes, part.Code.Coding...)
		}
		for _, c := range codes {
			if c.System == "http://loinc.org" {
				named[c.Code] = c.Display
			}
		}
	}
	for _, k := range biomarker.Catalogue {
		if k.LOINC != "" && named[k.LOINC] == "" {
			t.Errorf("displays in internal/fhir/codes.go has no %s", k.Name)
		}
	}
}
