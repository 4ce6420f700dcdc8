//go:build !race

package blushtest

import (
	"fmt"
	"net/http"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// faultsFinder returns a function that says in what a response differs from an OpenAPI document.
func faultsFinder(document []byte) (func(r *http.Request, resp *http.Response) []string, error) {
	doc, err := libopenapi.NewDocument(document)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return func(r *http.Request, resp *http.Response) (faults []string) {
		_, problems := v.ValidateHttpResponse(r, resp)
		for _, p := range problems {
			why := p.Message + ": " + p.Reason
			for _, s := range p.SchemaValidationErrors {
				why += fmt.Sprintf("; %s at %s", s.Reason, s.FieldPath)
			}
			faults = append(faults, why)
		}
		return faults
	}, nil
}
