package main

import "blush.example/blush/internal/apitypes"

// clientTypes are the files of the Go client that are generated from the OpenAPI document. Types that contain the engine's types, and
// the types of requests, are written by hand. The stories of package clients test those.
var clientTypes = map[string]apitypes.Names{
	"client/types.go": {
		Roots: []string{"Consent", "Reading", "StoredAnswer", "QuestionList", "UserMetrics", "Insight", "UserProfile", "UserJourney", "Metrics", "BloodPressure", "PageSettings", "AuditEntry"},
		Renamed: map[string]string{
			"Insight": "Metric", "Metrics": "ScanMetrics", "Previous": "PreviousScore", "Look": "BrandLook",
		},
		// A map by name, so that a program can range over all metrics.
		Elsewhere: map[string]string{"InsightSet": "map[string]Metric"},
	},
	"client/widgettypes.go": {
		Roots: []string{"BiomarkerWidget", "MetricWidget", "GraphWidget", "MainWidget", "RecommendationsWidget", "TodosWidget"},
		Renamed: map[string]string{
			"Biomarker": "BiomarkerData", "Metric": "MetricData", "Graph": "GraphData", "Main": "MainData", "Recommendations": "RecommendationsData",
			"Todos": "TodosData", "Profile": "ProfileData", "Notice": "WidgetNotice", "Input": "MetricInput", "Missing": "MissingInput",
			"Point": "GraphPoint", "Newest": "GraphNewest", "Member": "ProfileMember", "Range": "ScaleRange", "Part": "ArcPart", "Spot": "ArcSpot", "Mark": "ArcMark",
		},
	},
}
