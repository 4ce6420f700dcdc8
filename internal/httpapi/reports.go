package httpapi

import (
	"context"
	"net/http"

	"blush.example/blush/biomarker"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/report"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/widget"

	"github.com/danielgtaylor/huma/v2"
)

// defaultReportDays is how long the period of a report without a start is.
const defaultReportDays = 90

type scanReportRequest struct {
	InLanguage
	FaceScanID  string `path:"face_scan_id" doc:"A UUID, with or without dashes."`
	IfNoneMatch string `header:"If-None-Match"`
}

type periodReportRequest struct {
	UserName
	InLanguage
	Start       string `query:"start" doc:"First day, yyyy-MM-dd; 90 days before stop if left out."`
	Stop        string `query:"stop" doc:"Last day, yyyy-MM-dd; if left out, today in the time zone of the newest scan, reading or answer."`
	IfNoneMatch string `header:"If-None-Match"`
}

type pdfResponse struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Disposition string `header:"Content-Disposition"`
	Length      int    `header:"Content-Length" hidden:"true"`
	ETag        string `header:"ETag"`
	Body        []byte
}

func (a *API) reports() {
	const same = " The same data gives the same bytes. Where a value is missing, the report gives the reason."
	one := operation{method: http.MethodGet, path: "/v2/facescans/{face_scan_id}/report", id: "get-face-scan-report", tag: "Reports", summary: "Get a scan as a PDF",
		tolerant: true, access: orAnyPage, needs: blush.KeyRead, audit: actions(blush.ReportRead, blush.ScanReadLatest),
		doc: "For the person and for a clinician, with the customer's logo: values with intervals and reasons, the pulse wave with its beats, how it was measured, " +
			"what it is not, and when to ask a doctor. While a scan is being analysed, it has no report (404)." + same,
		more: []int{http.StatusNotModified}, errors: []int{404}}
	period := operation{method: http.MethodGet, path: "/v2/users/report", id: "get-user-report", tag: "Reports", summary: "Get a user's period as a PDF",
		access: orDashboard, needs: blush.KeyRead, audit: actions(blush.ReportRead),
		doc:  "The metrics and profiles at the end of a period, and each biomarker, metric and the blood pressure over it." + same,
		more: []int{http.StatusNotModified}, errors: []int{404}}
	route(a, one, a.scanReport)
	route(a, period, a.periodReport)
	for _, op := range []operation{one, period} {
		ok := a.huma.OpenAPI().Paths[op.path].Get.Responses["200"]
		ok.Content = map[string]*huma.MediaType{"application/pdf": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
		delete(ok.Headers, "Content-Type")
	}
}

// pdf returns a document, or "not modified" if the client has it already.
func pdf(name, held string, b []byte, err error) (*pdfResponse, error) {
	if err != nil {
		return nil, err
	}
	tag, _, err := etag(b, held)
	return &pdfResponse{"application/pdf", `inline; filename="` + name + `"`, len(b), tag, b}, err
}

// cover is what a customer's report starts with.
func (a *API) cover(ctx context.Context, c blush.Caller, u blush.User, lang string) (report.Cover, error) {
	p, err := a.accounts.Page(ctx, c)
	if err != nil {
		return report.Cover{}, err
	}
	out := report.Cover{Language: lang, Customer: p.Customer, Logo: p.Logo, Test: p.Test}
	if p.Light != nil {
		out.Accent = p.Light.Accent
	}
	u = a.accounts.Shown(c, u)
	person := report.Person{Reference: textOf(u.ExternalID), BirthDate: textOf(u.BirthDate), Sex: textOf(u.Sex)}
	if person != (report.Person{}) {
		out.Person = &person
	}
	return out, nil
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (a *API) scanReport(ctx context.Context, c blush.Caller, in *scanReportRequest) (*pdfResponse, error) {
	sc, waves, err := a.scans.Report(ctx, c, in.FaceScanID)
	if err != nil {
		return nil, err
	}
	l, err := a.insights.Latest(ctx, c, blush.UserRef{ID: sc.UserID}, sc.ID, in.Language)
	if err != nil {
		return nil, err
	}
	// The report must not change with time, so ages are those on the day of the scan or of the reading after it.
	l.Now = sc.CreatedAt
	if l.Cuff != nil && l.Cuff.MeasuredAt.After(l.Now) {
		l.Now = l.Cuff.MeasuredAt
	}
	out := report.Scan{Waves: waves}
	if out.View, err = scan.NewView(sc); err != nil {
		return nil, err
	}
	if out.Cover, err = a.cover(ctx, c, l.User, l.Language); err != nil {
		return nil, err
	}
	for _, name := range widget.Biomarkers() {
		if name == blush.BloodPressure && c.OneScanOnly() {
			continue // it does not belong to a scan
		}
		out.Values = append(out.Values, widget.FromLatest(l, name, false).Data)
	}
	b, err := out.PDF()
	return pdf("scan.pdf", in.IfNoneMatch, b, err)
}

func (a *API) periodReport(ctx context.Context, c blush.Caller, in *periodReportRequest) (*pdfResponse, error) {
	start, err := dayOf(&in.Start, "start")
	if err != nil {
		return nil, err
	}
	stop, err := dayOf(&in.Stop, "stop")
	if err != nil {
		return nil, err
	}
	p, err := a.insights.Period(ctx, c, in.ref(), insight.PeriodRequest{Parameters: widget.Parameters(), Start: start, Stop: stop, Days: defaultReportDays, Language: in.Language})
	if err != nil {
		return nil, err
	}
	out := report.Period{Start: p.Start, Stop: p.Stop, Profiles: widget.MainOf(p.Report).Data, Engine: p.Engine, Model: p.ModelVersion}
	if p.Known {
		out.At = p.At
	}
	if out.Cover, err = a.cover(ctx, c, p.User, p.Language); err != nil {
		return nil, err
	}
	for _, m := range health.Metrics {
		out.Metrics = append(out.Metrics, widget.MetricOf(p.Report, m).Data)
	}
	for _, h := range p.Histories {
		g, err := widget.FromHistory(h, "")
		if err != nil {
			return nil, err
		}
		out.Graphs = append(out.Graphs, g.Data)
		if h.Parameter == string(biomarker.HeartRate) {
			for _, point := range h.Points {
				out.Scans += point.Count + point.Refused
				out.Refused += point.Refused
			}
		}
	}
	b, err := out.PDF()
	return pdf("report.pdf", in.IfNoneMatch, b, err)
}
