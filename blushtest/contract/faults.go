//go:build !race

package contract

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/radix"
	"github.com/pb33f/libopenapi-validator/responses"
)

// faultsFinder returns a function that says in what a response differs from an OpenAPI document.
func faultsFinder(document []byte) (func(r *http.Request, resp *http.Response) []string, error) {
	doc, err := libopenapi.NewDocument(document)
	if err != nil {
		return nil, err
	}
	m, err := doc.BuildV3Model()
	if err != nil {
		return nil, err
	}
	// Not validator.NewValidator, which compiles the schemas of every route and of requests, used or not.
	v := responses.NewResponseBodyValidator(&m.Model, config.WithPathTree(radix.BuildPathTree(&m.Model)))
	return func(r *http.Request, resp *http.Response) (faults []string) {
		_, problems := v.ValidateResponseBody(r, resp)
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

// Invalid lists what in a document is not OpenAPI 3.1.
func Invalid(document []byte) (faults []string, err error) {
	doc, err := libopenapi.NewDocument(document)
	if err != nil {
		return nil, err
	}
	if version := doc.GetVersion(); version != "3.1.0" {
		faults = append(faults, "its version is "+version)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	_, problems := v.ValidateDocument()
	for _, p := range problems {
		faults = append(faults, p.Message+": "+p.Reason)
	}
	return faults, nil
}
