//go:build !race

package blushtest

import (
	"fmt"
	"net/http"

	"github.com/pb33f/libopenapi"
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
