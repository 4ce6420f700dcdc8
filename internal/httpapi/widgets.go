package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/widget"
	"blush.example/blush/internal/words"

	"github.com/danielgtaylor/huma/v2"
)

const widgetsPath = "/v2/widgets/"

// defaultGraphDays is the number of days of a graph without a start.
const defaultGraphDays = 30

// appearance says how a widget looks. All of its parts are optional.
type appearance struct {
	_         struct{}       `additionalProperties:"true"`
	Theme     themeOverrides `json:"theme,omitempty"`
	Language  *string        `json:"language,omitempty" nullable:"true" doc:"{languages}, also with a region (fr-BE); null or an unsupported language means the user's own."`
	Variation *string        `json:"variation,omitempty" nullable:"true" doc:"biomarker: {variations}; the others: default."`
	ID        *string        `json:"id,omitempty" nullable:"true" doc:"The id of the widget's element, for a page with several widgets: letters, digits, - and _, a letter first."`
	Styles    *bool          `json:"styles,omitempty" nullable:"true" doc:"false leaves out the style element, which is the same for every widget, for a page that already has it."`
}

// themeOverrides is read by the widgets' own parser, whose error names the wrong colour.
type themeOverrides json.RawMessage

func (t *themeOverrides) UnmarshalJSON(b []byte) error {
	*t = append((*t)[:0], b...)
	return nil
}

// Schema describes the overrides: an object of colours.
func (themeOverrides) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "Colours in place of ours: functional-primary-500 (bad), functional-secondary-500 (neutral), functional-tertiary-500 (good), " +
			"support-300, support-500, brand-secondary; snake, kebab and camel case. What is not a colour is refused.",
	}
}

// orNull is an object that may be null. huma supports null only for plain values.
type orNull[T any] struct{ value *T }

func (o *orNull[T]) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &o.value) }

// Schema is that of the object, with null.
func (orNull[T]) Schema(r huma.Registry) *huma.Schema {
	s := huma.SchemaFromType(r, typeOf[T]())
	s.Nullable = true
	return s
}

// widgetBody asks for a widget's HTML.
type widgetBody[D any] struct {
	_          struct{}           `additionalProperties:"true"`
	Appearance orNull[appearance] `json:"appearance,omitzero"`
	Data       orNull[D]          `json:"data,omitzero"`
}

// widgetRequest asks for a widget's HTML for one user.
type widgetRequest[D any] struct {
	UserName
	Version int `query:"version" minimum:"0" doc:"Version of the widget; there is one."`
	Body    *widgetBody[D]
}

// htmlResponse is a piece of HTML.
type htmlResponse struct {
	ContentType string `header:"Content-Type"`
	Length      int    `header:"Content-Length" hidden:"true"`
	Body        []byte
}

type biomarkerData struct {
	_          struct{} `additionalProperties:"true"`
	Parameter  string   `json:"parameter,omitempty" doc:"One of {widget_biomarkers}."`
	FaceScanID *string  `json:"face_scan_id,omitempty" nullable:"true" doc:"A UUID, with or without dashes, or the word latest; null: a placeholder."`
}

type metricData struct {
	_         struct{} `additionalProperties:"true"`
	Parameter string   `json:"parameter,omitempty" doc:"One of {metrics}, or an alias."`
}

type graphData struct {
	_         struct{} `additionalProperties:"true"`
	Parameter string   `json:"parameter,omitempty" doc:"One of {parameters}."`
	Title     *string  `json:"title,omitempty" nullable:"true" maxLength:"120"`
	Start     *string  `json:"start,omitempty" nullable:"true" doc:"First day, yyyy-MM-dd; 30 days before stop if left out."`
	Stop      *string  `json:"stop,omitempty" nullable:"true" doc:"Last day, yyyy-MM-dd; if left out, today in the time zone of the newest scan, reading or answer."`
}

type noData struct {
	_ struct{} `additionalProperties:"true"`
}

type biomarkerQuery struct {
	UserName
	InLanguage
	Parameter  string `query:"parameter" required:"true" set:"widget_biomarkers"`
	FaceScanID string `query:"face_scan_id" doc:"A UUID, with or without dashes; the newest scan if left out."`
}

type metricQuery struct {
	UserName
	InLanguage
	Parameter string `query:"parameter" required:"true" doc:"One of {metrics}, or an alias."`
}

type graphQuery struct {
	UserName
	InLanguage
	Parameter string `query:"parameter" required:"true" doc:"One of {parameters}."`
	Title     string `query:"title" maxLength:"120"`
	Start     string `query:"start" doc:"First day, yyyy-MM-dd; 30 days before stop if left out."`
	Stop      string `query:"stop" doc:"Last day, yyyy-MM-dd; if left out, today in the time zone of the newest scan, reading or answer."`
}

type userQuery struct {
	UserName
	InLanguage
}

type jsonResponse[T any] struct{ Body T }

// The JSON of the widgets.
type (
	BiomarkerWidget struct {
		widget.Envelope[widget.Biomarker]
	}
	MetricWidget          struct{ widget.Envelope[widget.Metric] }
	GraphWidget           struct{ widget.Envelope[widget.Graph] }
	MainWidget            struct{ widget.Envelope[widget.Main] }
	RecommendationsWidget struct {
		widget.Envelope[widget.Recommendations]
	}
	TodosWidget struct{ widget.Envelope[widget.Todos] }
)

func (a *API) widgets() {
	widgetHTML(a, widget.NameBiomarker, orDashboardOrResults, blush.ScanReadLatest, "The value of one scan.", a.biomarkerWidget)
	widgetHTML(a, widget.NameMetric, orDashboard, blush.InsightRead, "One of the six metrics.", a.metricWidget)
	widgetHTML(a, widget.NameGraph, orDashboard, blush.HistoryRead, "A biomarker or a metric over time.", a.graphWidget)
	widgetHTML(a, widget.NameMain, orDashboard, blush.InsightRead, "The three profiles as one figure.", a.mainWidget)
	widgetHTML(a, widget.NameRecommendations, orDashboard, blush.InsightRead, "The recommendations from the insights.", a.recommendationsWidget)
	widgetHTML(a, widget.NameTodos, orDashboard, blush.InsightRead, "What to do next in the journey.", a.todosWidget)

	route(a, widgetJSON(widget.NameBiomarker, orAnyPage, blush.ScanReadLatest), func(ctx context.Context, c blush.Caller, in *biomarkerQuery) (*jsonResponse[BiomarkerWidget], error) {
		id := "latest"
		if in.FaceScanID != "" {
			id = in.FaceScanID
		}
		w, err := a.biomarkerWidget(ctx, c, in.ref(), in.Language, &biomarkerData{Parameter: in.Parameter, FaceScanID: &id})
		return &jsonResponse[BiomarkerWidget]{BiomarkerWidget{w}}, err
	})
	route(a, widgetJSON(widget.NameMetric, orDashboard, blush.InsightRead), func(ctx context.Context, c blush.Caller, in *metricQuery) (*jsonResponse[MetricWidget], error) {
		w, err := a.metricWidget(ctx, c, in.ref(), in.Language, &metricData{Parameter: in.Parameter})
		return &jsonResponse[MetricWidget]{MetricWidget{w}}, err
	})
	route(a, widgetJSON(widget.NameGraph, orDashboard, blush.HistoryRead), func(ctx context.Context, c blush.Caller, in *graphQuery) (*jsonResponse[GraphWidget], error) {
		w, err := a.graphWidget(ctx, c, in.ref(), in.Language, &graphData{Parameter: in.Parameter, Title: &in.Title, Start: &in.Start, Stop: &in.Stop})
		return &jsonResponse[GraphWidget]{GraphWidget{w}}, err
	})
	route(a, widgetJSON(widget.NameMain, orDashboard, blush.InsightRead), func(ctx context.Context, c blush.Caller, in *userQuery) (*jsonResponse[MainWidget], error) {
		w, err := a.mainWidget(ctx, c, in.ref(), in.Language, nil)
		return &jsonResponse[MainWidget]{MainWidget{w}}, err
	})
	route(a, widgetJSON(widget.NameRecommendations, orDashboard, blush.InsightRead), func(ctx context.Context, c blush.Caller, in *userQuery) (*jsonResponse[RecommendationsWidget], error) {
		w, err := a.recommendationsWidget(ctx, c, in.ref(), in.Language, nil)
		return &jsonResponse[RecommendationsWidget]{RecommendationsWidget{w}}, err
	})
	route(a, widgetJSON(widget.NameTodos, orDashboard, blush.InsightRead), func(ctx context.Context, c blush.Caller, in *userQuery) (*jsonResponse[TodosWidget], error) {
		w, err := a.todosWidget(ctx, c, in.ref(), in.Language, nil)
		return &jsonResponse[TodosWidget]{TodosWidget{w}}, err
	})
}

func widgetJSON(name string, who access, does blush.Action) operation {
	return operation{method: http.MethodGet, path: widgetsPath + name, id: "get-" + name + "-widget-data", tag: "Widgets", summary: "Get the data of the " + name + " widget",
		doc: "The numbers behind the widget and their words, to draw it yourself. Confidence is 0 to 100 in every widget. " +
			"locked: the journey has not unlocked it yet, or the sandbox locks it, and every value that may be null is null.",
		tolerant: true, access: who, needs: blush.KeyRead, audit: actions(does),
		errors: []int{404}}
}

// filler makes a widget's data for a user. The fields in its errors are those of a POST's body.
type filler[D any, T drawer] func(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string, d *D) (widget.Envelope[T], error)

type drawer interface {
	HTML(lang string, l widget.Look) ([]byte, error)
}

// widgetHTML registers the route of one widget's HTML.
func widgetHTML[D any, T drawer](a *API, name string, who access, does blush.Action, what string, fill filler[D, T]) {
	op := operation{method: http.MethodPost, path: widgetsPath + name, id: "render-" + name + "-widget", tag: "Widgets", summary: "Render the " + name + " widget",
		doc: what + " HTML with its styles, to insert into a page. It needs no script. The only errors of this route are 401, 404, 422 and 500: " +
			"a token that may not do this gets a 401; too many requests and a busy server give a 500 with Retry-After.",
		tolerant: true, access: who, needs: blush.KeyRead, audit: actions(does),
		widget: true, under: "data", errors: []int{404}}
	route(a, op, func(ctx context.Context, c blush.Caller, in *widgetRequest[D]) (*htmlResponse, error) {
		var body widgetBody[D]
		if in.Body != nil {
			body = *in.Body
		}
		lang, look, err := body.Appearance.value.look(name)
		if err != nil {
			return nil, within(err, "body", "appearance")
		}
		w, err := fill(ctx, c, in.ref(), lang, body.Data.value)
		if err != nil {
			return nil, err
		}
		html, err := w.Data.HTML(w.Language, look)
		return &htmlResponse{"text/html; charset=utf-8", len(html), html}, err
	})
	ok := a.huma.OpenAPI().Paths[op.path].Post.Responses["200"]
	ok.Content = map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}}
	delete(ok.Headers, "Content-Type")
}

// look reads an appearance for a widget.
func (ap *appearance) look(name string) (lang string, l widget.Look, err error) {
	l.Variation = widget.Default
	if ap == nil {
		return "", l, nil
	}
	if ap.Language != nil && *ap.Language != "" {
		if lang = *ap.Language; !words.IsLocale(lang) {
			return "", l, blush.Field(notALocale, "value_error", "language")
		}
	}
	if ap.Variation != nil && *ap.Variation != "" {
		l.Variation = *ap.Variation
	}
	if known := widget.Variations(name); !slices.Contains(known, l.Variation) {
		return "", l, blush.Field("variation must be one of "+strings.Join(known, ", ")+".", "enum", "variation")
	}
	if ap.ID != nil && *ap.ID != "" {
		if l.ID = *ap.ID; !widget.IsID(l.ID) {
			return "", l, blush.Field("id must be at most 64 letters, digits, - and _, a letter first.", "string_pattern_mismatch", "id")
		}
	}
	l.NoStyles = ap.Styles != nil && !*ap.Styles
	l.Theme, err = widget.UnmarshalTheme(json.RawMessage(ap.Theme))
	return lang, l, err
}

func needed(field string) error {
	return blush.Field(field+" is required.", "missing", field)
}

func (a *API) biomarkerWidget(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string, d *biomarkerData) (w widget.Envelope[widget.Biomarker], err error) {
	if d == nil || d.Parameter == "" {
		return w, needed("parameter")
	}
	if !slices.Contains(widget.Biomarkers(), d.Parameter) {
		return w, blush.Field("parameter must be one of "+strings.Join(widget.Biomarkers(), ", ")+".", "enum", "parameter")
	}
	id := ""
	placeholder := d.FaceScanID == nil || *d.FaceScanID == ""
	if !placeholder && *d.FaceScanID != "latest" && d.Parameter != blush.BloodPressure {
		if id, err = blush.CheckID(*d.FaceScanID, "face_scan_id"); err != nil {
			return w, err
		}
	}
	l, err := a.insights.Latest(ctx, c, ref, id, lang)
	if err != nil {
		return w, err
	}
	return widget.FromLatest(l, d.Parameter, placeholder), nil
}

func (a *API) metricWidget(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string, d *metricData) (w widget.Envelope[widget.Metric], err error) {
	if d == nil || d.Parameter == "" {
		return w, needed("parameter")
	}
	m, ok := health.ParseMetric(d.Parameter)
	if !ok {
		return w, blush.Field("parameter must be a metric.", "enum", "parameter")
	}
	r, err := a.insights.Insights(ctx, c, ref, lang)
	if err != nil {
		return w, err
	}
	return widget.MetricOf(r, m), nil
}

func (a *API) graphWidget(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string, d *graphData) (w widget.Envelope[widget.Graph], err error) {
	if d == nil || d.Parameter == "" {
		return w, needed("parameter")
	}
	if _, ok := health.ParseMetric(d.Parameter); !ok && !slices.Contains(widget.Biomarkers(), d.Parameter) {
		return w, blush.Field("parameter must be one of "+strings.Join(widget.Parameters(), ", ")+".", "enum", "parameter")
	}
	start, err := dayOf(d.Start, "start")
	if err != nil {
		return w, err
	}
	stop, err := dayOf(d.Stop, "stop")
	if err != nil {
		return w, err
	}
	backwards := blush.Field("start must not be after stop.", "value_error", "start")
	if stop != "" && start > stop {
		return w, backwards
	}
	h, err := a.insights.History(ctx, c, ref, insight.HistoryRequest{Parameter: d.Parameter, Start: start, Stop: stop, Days: defaultGraphDays, Language: lang})
	if err != nil {
		return w, err
	}
	if h.Start > h.Stop {
		return w, backwards
	}
	title := ""
	if d.Title != nil {
		title = *d.Title
	}
	return widget.FromHistory(h, title)
}

// dayOf reads a day, yyyy-MM-dd; "" if there is none.
func dayOf(s *string, field string) (string, error) {
	if s == nil || *s == "" {
		return "", nil
	}
	t, err := time.Parse(time.DateOnly, *s)
	if err != nil || t.Year() < 1900 || t.Year() > 2200 {
		return "", blush.Field(field+" must be a day, yyyy-MM-dd, from 1900 to 2200.", "date_parsing", field)
	}
	return *s, nil
}

func (a *API) mainWidget(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string, _ *noData) (w widget.Envelope[widget.Main], err error) {
	r, err := a.reportFor(ctx, c, ref, lang)
	if err != nil {
		return w, err
	}
	return widget.MainOf(r), nil
}

func (a *API) recommendationsWidget(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string, _ *noData) (w widget.Envelope[widget.Recommendations], err error) {
	r, err := a.reportFor(ctx, c, ref, lang)
	if err != nil {
		return w, err
	}
	return widget.RecommendationsOf(r), nil
}

func (a *API) todosWidget(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string, _ *noData) (w widget.Envelope[widget.Todos], err error) {
	r, err := a.reportFor(ctx, c, ref, lang)
	if err != nil {
		return w, err
	}
	return widget.TodosOf(r), nil
}

func (a *API) reportFor(ctx context.Context, c blush.Caller, ref blush.UserRef, lang string) (insight.Report, error) {
	return a.insights.Insights(ctx, c, ref, lang)
}

// widgetErrors limits the statuses of the widgets' HTML routes to those that the vendor's
// SDK understands. It would show the body of any other status as the widget.
func widgetErrors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, widgetsPath) {
			next.ServeHTTP(w, r)
			return
		}
		ww := &widgetWriter{ResponseWriter: w}
		next.ServeHTTP(ww, r)
		ww.finish()
	})
}

// widgetWriter holds an error back until it is complete, to write it in another form.
type widgetWriter struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (w *widgetWriter) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	if status < http.StatusBadRequest {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *widgetWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.status < http.StatusBadRequest {
		return w.ResponseWriter.Write(b)
	}
	return w.body.Write(b)
}

// Unwrap lets http.ResponseController reach the connection's deadlines.
func (w *widgetWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WidgetFault is the 422 of a widget's HTML: the usual list, and its first entry again
// where the vendor's SDK looks for it. The newest version reads msg, those before 1.4 also loc.
type WidgetFault struct {
	FieldList
	First FieldError `json:"0"`
}

// widgetStatus maps the statuses that these routes must not send.
func widgetStatus(status int) int {
	switch status {
	case http.StatusUnauthorized, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusInternalServerError:
		return status
	case http.StatusForbidden:
		return http.StatusUnauthorized
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusRequestTimeout:
		return http.StatusInternalServerError
	}
	if status < http.StatusInternalServerError {
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}

func (w *widgetWriter) finish() {
	if w.status < http.StatusBadRequest {
		return
	}
	status, body := widgetStatus(w.status), w.body.Bytes()
	if status == http.StatusUnprocessableEntity {
		var fault WidgetFault
		if w.status != status || json.Unmarshal(body, &fault.FieldList) != nil || len(fault.Detail) == 0 {
			var d Detail
			_ = json.Unmarshal(body, &d) // a body of ours; at worst the message is empty
			fault.Detail = []FieldError{{Loc: []any{"body"}, Msg: d.Detail, Type: "value_error"}}
		}
		fault.First = fault.Detail[0]
		if b, err := json.Marshal(fault); err == nil {
			body = b
		}
	}
	w.ResponseWriter.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(status)
	_, _ = w.ResponseWriter.Write(body)
}
