package httpapi

import (
	"context"
	"net/http"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/scan"
)

// ReadingBody is a reading of a cuff.
type ReadingBody struct {
	Kind       string     `json:"kind" enum:"blood_pressure"`
	Systolic   float64    `json:"systolic" doc:"mmHg, 50 to 280."`
	Diastolic  float64    `json:"diastolic" doc:"mmHg, 30 to 180."`
	Pulse      *float64   `json:"pulse,omitempty" nullable:"true" doc:"bpm."`
	MeasuredAt *time.Time `json:"measured_at,omitempty" nullable:"true" doc:"With an offset; now if left out."`
	Timezone   string     `json:"timezone,omitempty" maxLength:"64" doc:"IANA name; UTC if left out."`
	Source     string     `json:"source,omitempty" enum:"cuff" doc:"The only supported source."`
}

// Reading is a stored cuff reading.
type Reading struct {
	ReadingID  string   `json:"reading_id" format:"uuid"`
	UserID     string   `json:"user_id" format:"uuid"`
	Kind       string   `json:"kind" enum:"blood_pressure"`
	Systolic   float64  `json:"systolic"`
	Diastolic  float64  `json:"diastolic"`
	Pulse      *float64 `json:"pulse"`
	Unit       string   `json:"unit" enum:"mmHg"`
	MeasuredAt string   `json:"measured_at" format:"date-time" doc:"With the offset of its time zone."`
	Timezone   string   `json:"timezone"`
	// TimezoneUnknown is set where the device could not name its zone: Timezone is UTC instead.
	TimezoneUnknown bool          `json:"timezone_unknown,omitempty"`
	Source          string        `json:"source" enum:"cuff"`
	CreatedAt       string        `json:"created_at" format:"date-time"`
	AgeDays         int           `json:"age_days" doc:"Whole days since it was taken."`
	Notice          *HealthNotice `json:"notice" doc:"The notice that must be shown for a reading in a dangerous range."`
}

// ReadingList is one page of readings.
type ReadingList struct {
	Data    []Reading `json:"data" nullable:"false"`
	HasMore bool      `json:"has_more"`
}

type addReadingRequest struct {
	InsightQuery
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255"`
	Body           ReadingBody
}

type readingResponse struct {
	Status int
	Body   Reading
}

type listReadingsRequest struct {
	InsightQuery
	Paging
}

type readingListResponse struct{ Body orFHIR[ReadingList] }

type deleteReadingRequest struct {
	UserName
	ReadingID string `query:"reading_id" required:"true" doc:"A UUID, with or without dashes."`
}

type readingName struct {
	UserName
	ReadingID string `path:"reading_id" doc:"A UUID, with or without dashes."`
}

func (a *API) readings() {
	route(a, operation{method: http.MethodPost, path: "/v2/readings", id: "add-reading", tag: healthTag, summary: "Add a cuff reading",
		access: orDashboard, needs: blush.KeyWrite, audit: actions(blush.ReadingCreate),
		doc: "Stores a blood pressure that the user measured with a cuff. The newest one of the last 90 days is shown with the biomarkers, marked as a cuff reading. " +
			"The same values at the same time are the same reading (200). A reading in a dangerous range comes with a notice that must be shown.",
		creates: true, status: http.StatusCreated, more: []int{http.StatusOK}, errors: []int{404, 413}}, a.addReading)
	route(a, operation{method: http.MethodGet, path: "/v2/readings", id: "list-readings", tag: healthTag, summary: "List a user's cuff readings",
		access: orDashboard, needs: blush.KeyRead, audit: actions(blush.ReadingList),
		fhir: alsoFHIR, doc: "Newest first.", errors: []int{404}}, a.listReadings)
	route(a, operation{method: http.MethodDelete, path: "/v2/readings", id: "delete-reading", tag: healthTag, summary: "Erase a cuff reading",
		access: orAPIToken, needs: blush.KeyErase, audit: actions(blush.ReadingDelete),
		doc: "Erases the reading named by reading_id.", status: http.StatusNoContent, errors: []int{404}},
		func(ctx context.Context, c blush.Caller, in *deleteReadingRequest) (*struct{}, error) {
			return nil, a.insights.DeleteReading(ctx, c, in.ref(), in.ReadingID)
		})
	route(a, operation{method: http.MethodDelete, path: "/v2/readings/{reading_id}", id: "delete-reading-by-path", tag: healthTag, summary: "Erase a cuff reading, by path",
		access: orAPIToken, needs: blush.KeyErase, audit: actions(blush.ReadingDelete),
		doc: "The same as with reading_id in the query.", status: http.StatusNoContent, errors: []int{404}},
		func(ctx context.Context, c blush.Caller, in *readingName) (*struct{}, error) {
			return nil, a.insights.DeleteReading(ctx, c, in.ref(), in.ReadingID)
		})
}

func (a *API) addReading(ctx context.Context, c blush.Caller, in *addReadingRequest) (*readingResponse, error) {
	n := insight.NewReading{Systolic: in.Body.Systolic, Diastolic: in.Body.Diastolic, Pulse: in.Body.Pulse, MeasuredAt: in.Body.MeasuredAt, Timezone: in.Body.Timezone}
	r, created, err := a.insights.AddReading(ctx, c, in.ref(), n, in.Language)
	if err != nil {
		return nil, err
	}
	out := &readingResponse{Status: http.StatusCreated, Body: readingFrom(r)}
	if !created {
		out.Status = http.StatusOK
	}
	return out, nil
}

func (a *API) listReadings(ctx context.Context, c blush.Caller, in *listReadingsRequest) (*readingListResponse, error) {
	l, err := a.insights.Readings(ctx, c, in.ref(), in.page(), in.Language)
	if err != nil {
		return nil, err
	}
	if recordOf(ctx).fhir {
		b, err := a.readingsBundle(ctx, c, in.ref(), l)
		return &readingListResponse{orFHIR[ReadingList]{fhir: b}}, err
	}
	out := ReadingList{Data: make([]Reading, len(l.Data)), HasMore: l.HasMore}
	for i, r := range l.Data {
		out.Data[i] = readingFrom(r)
	}
	return &readingListResponse{orFHIR[ReadingList]{own: out}}, nil
}

func readingFrom(r insight.KeptReading) Reading {
	out := Reading{
		ReadingID: r.ID, UserID: r.UserID, Kind: blush.BloodPressure, Systolic: r.Systolic, Diastolic: r.Diastolic, Pulse: r.Pulse, Unit: "mmHg",
		MeasuredAt: scan.LocalTime(r.MeasuredAt, r.Timezone), Source: r.Source, CreatedAt: scan.LocalTime(r.CreatedAt, r.Timezone),
		AgeDays: int(r.Age / (24 * time.Hour)),
	}
	out.Timezone, out.TimezoneUnknown = blush.ShownZone(r.Timezone)
	if r.Notice != nil {
		out.Notice = &notices(r.Language, []health.Notice{*r.Notice})[0]
	}
	return out
}
