package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"blush.example/blush/internal/apitypes"
)

// routes writes the table of the routes: who may use each, and which entries it writes to the audit trail.
func routes() (string, error) {
	document, err := apitypes.Document(context.Background())
	if err != nil {
		return "", err
	}
	type operation struct {
		method, path string
		Security     []map[string][]string
		Audit        []string `json:"x-audit-actions"`
	}
	var doc struct {
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		return "", err
	}
	var all []operation
	for path, methods := range doc.Paths {
		for method, o := range methods {
			o.method, o.path = strings.ToUpper(method), path
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b operation) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.method, b.method))
	})
	out := "| route | scope of the key | action tokens that may use it | in the audit log |\n|---|---|---|---|\n"
	for _, o := range all {
		var scopes, key []string
		for _, alternative := range o.Security {
			scopes = append(scopes, alternative["actionToken"]...)
			key = append(key, alternative["apiKey"]...)
		}
		who := strings.Join(scopes, ", ")
		if who == "" {
			who = "none"
		}
		out += fmt.Sprintf("| `%s %s` | %s | %s | %s |\n", o.method, o.path, strings.Join(key, ", "), who, strings.Join(o.Audit, ", "))
	}
	return out, nil
}
