package httpapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"blush.example/blush/internal/catalogue"
)

// For each field, the document lists the allowed names as in the catalogue.
func TestDocumentTakesItsSetsFromTheCatalogue(t *testing.T) {
	rec := httptest.NewRecorder()
	mounted(t).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
	type schema struct {
		Enum  []any
		Items struct{ Enum []any }
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name   string
				Schema schema
			}
		}
		Components struct {
			Schemas map[string]struct{ Properties map[string]schema }
		}
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	same := func(where string, got []any, set string) {
		t.Helper()
		var want []any
		for _, name := range catalogue.Set(set) {
			want = append(want, name)
		}
		if n := len(got); n > 0 && got[n-1] == nil {
			got = got[:n-1] // where it may be null
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", where, got, want)
		}
	}
	of := func(name, field string) schema { return doc.Components.Schemas[name].Properties[field] }
	same("Estimate.biomarker", of("Estimate", "biomarker").Enum, "biomarkers")
	same("Estimate.reason", of("Estimate", "reason").Enum, "reasons")
	same("FaceScan.quality_flags", of("FaceScan", "quality_flags").Items.Enum, "reasons")
	same("FaceScan.status", of("FaceScan", "status").Enum, "scan_statuses")
	same("Insight.zone", of("Insight", "zone").Enum, "zones")
	same("Insight.status", of("Insight", "status").Enum, "statuses")
	same("PageSettings.biomarkers", of("PageSettings", "biomarkers").Items.Enum, "scan_biomarkers")
	same("Metric.state", of("Metric", "state").Enum, "insight_states")
	same("Recommendations.state", of("Recommendations", "state").Enum, "advice_states")
	same("Range.zone", of("Range", "zone").Enum, "range_zones")
	same("NewWebhookBody.events", of("NewWebhookBody", "events").Items.Enum, "event_types")
	same("WebhookChangeBody.events", of("WebhookChangeBody", "events").Items.Enum, "event_types")
	same("WebhookEvent.type", of("WebhookEvent", "type").Enum, "sent_event_types")
	same("Webhook.disabled_reason", of("Webhook", "disabled_reason").Enum, "disabled_reasons")
	same("Delivery.status", of("Delivery", "status").Enum, "delivery_statuses")
	same("Delivery.fault", of("Delivery", "fault").Enum, "delivery_faults")
	for _, p := range doc.Paths["/v2/webhooks/{webhook_id}/deliveries"]["get"].Parameters {
		if p.Name == "status" {
			same("the status that deliveries are listed by", p.Schema.Enum, "delivery_statuses")
		}
	}
	for _, p := range doc.Paths["/v2/widgets/biomarker"]["get"].Parameters {
		if p.Name == "parameter" {
			same("the parameter of a tile", p.Schema.Enum, "widget_biomarkers")
		}
	}
	if left := placeholder.FindString(strings.Join(descriptions(t, rec.Body.Bytes()), " ")); left != "" {
		t.Errorf("%s is not written out", left)
	}
}

// descriptions lists every description of fields in a JSON document.
func descriptions(t *testing.T, doc []byte) []string {
	t.Helper()
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if s, ok := v["description"].(string); ok && v["type"] != nil {
				out = append(out, s)
			}
			for _, each := range v {
				walk(each)
			}
		case []any:
			for _, each := range v {
				walk(each)
			}
		}
	}
	var all any
	if err := json.Unmarshal(doc, &all); err != nil {
		t.Fatal(err)
	}
	walk(all)
	if len(out) == 0 {
		t.Fatal("no descriptions")
	}
	return out
}
