package main

import "blush.example/blush/internal/apitypes"

// clientTypes are the files of the Go client that are made from the OpenAPI document. The types that hold those of the engine, and
// those that requests are made of, are written by hand; the stories of package clients send and read them.
var clientTypes = map[string]apitypes.Names{
	"client/types.go": {
		Roots: []string{"Consent", "Reading", "StoredAnswer", "QuestionList", "UserMetrics", "Insight", "UserProfile", "UserJourney", "Metrics", "BloodPressure", "PageSettings"},
		Renamed: map[string]string{
			"Insight": "Metric", "Metrics": "ScanMetrics", "Previous": "PreviousScore", "Look": "BrandLook",
		},
		// By their names, so that a program can go through all of them.
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
