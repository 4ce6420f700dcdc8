package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/scan"
)

// Question is one question of the catalogue with the user's last answer.
type Question struct {
	LookupKey string `json:"lookup_key"`
	Text      string `json:"text"`
	Stem      string `json:"stem,omitempty" doc:"The sentence that introduces the items of a questionnaire."`
	// Options are the answers to choose from; empty for a number.
	Options    []QuestionOption `json:"options" nullable:"false" doc:"Empty for a number between minimum and maximum."`
	Minimum    *float64         `json:"minimum"`
	Maximum    *float64         `json:"maximum"`
	Unit       *string          `json:"unit"`
	Instrument *string          `json:"instrument" doc:"The validated questionnaire that it belongs to: its wording is verbatim, and it is asked only in languages with a published translation."`
	Source     *string          `json:"source" doc:"Where that wording was published."`
	Answer     *LastAnswer      `json:"answer"`
	Stale      bool             `json:"stale" doc:"The answer is old: time to ask again."`
}

// QuestionOption is one answer to choose from.
type QuestionOption struct {
	Value int    `json:"value"`
	Text  string `json:"text"`
}

// LastAnswer is what the user answered last.
type LastAnswer struct {
	Value      float64 `json:"value"`
	AnsweredAt string  `json:"answered_at" format:"date-time"`
}

// QuestionList is the catalogue.
type QuestionList struct {
	Language string     `json:"language"`
	Data     []Question `json:"data" nullable:"false"`
}

// AnswerBody answers one question.
type AnswerBody struct {
	_         struct{} `additionalProperties:"true"` // ignored
	LookupKey string   `json:"lookup_key" maxLength:"64"`
	Value     float64  `json:"value" doc:"One of the question's options, or a number in its unit."`
	Timezone  string   `json:"timezone,omitempty" maxLength:"64" doc:"IANA name; UTC if left out."`
}

// StoredAnswer is an answer that was stored.
type StoredAnswer struct {
	LookupKey string        `json:"lookup_key"`
	Value     float64       `json:"value"`
	UserID    string        `json:"user_id" format:"uuid"`
	Notice    *HealthNotice `json:"notice,omitempty" doc:"With an item of the screening questionnaire: the notice that must be shown while the screen is positive, even before all of its items are answered."`
}

type questionsResponse struct{ Body QuestionList }

type answerRequest struct {
	InsightQuery
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255"`
	Body           AnswerBody
}

type answersRequest struct {
	InsightQuery
	IdempotencyKey string       `header:"Idempotency-Key" maxLength:"255"`
	Body           []AnswerBody `nullable:"false" minItems:"1" maxItems:"100"`
}

type answersResponse struct {
	Body []StoredAnswer `nullable:"false"`
}

func (a *API) questions() {
	route(a, operation{method: http.MethodGet, path: "/v2/questions", id: "list-questions", tag: healthTag, summary: "List the questions",
		access: orScanOrDashboard, needs: blush.KeyRead, audit: actions(blush.QuestionList),
		doc: "What the user can be asked, in one language, with the last answers. For a token of the scan page: the questions that the page asks now, " +
			"without answers; the token may answer no others.",
		errors: []int{404}}, a.listQuestions)
	route(a, operation{method: http.MethodPost, path: "/v2/questions/answer", id: "answer-question", tag: healthTag, summary: "Answer a question",
		tolerant: true, access: orScanOrDashboard, needs: blush.KeyWrite, audit: actions(blush.QuestionAnswer),
		doc:     "Stores one answer. The metrics are computed at once. A positive screening comes with a notice that must be shown.",
		creates: true, status: http.StatusCreated, errors: []int{404, 413}}, a.answer)
	route(a, operation{method: http.MethodPost, path: "/v2/questions/answer/many", id: "answer-questions", tag: healthTag, summary: "Answer questions",
		tolerant: true, access: orScanOrDashboard, needs: blush.KeyWrite, audit: actions(blush.QuestionAnswer),
		doc:     "Stores answers, all or none. The metrics are computed at once. A positive screening comes with a notice that must be shown.",
		creates: true, status: http.StatusCreated, errors: []int{404, 413}}, a.answerMany)
}

func (a *API) listQuestions(ctx context.Context, c blush.Caller, in *InsightQuery) (*questionsResponse, error) {
	lang, list, err := a.insights.Questions(ctx, c, in.ref(), in.Language)
	if err != nil {
		return nil, err
	}
	out := QuestionList{Language: lang, Data: make([]Question, len(list))}
	filled := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	for i, q := range list {
		view := Question{LookupKey: q.Key, Text: q.Text, Stem: q.Stem, Options: []QuestionOption{}, Unit: filled(q.Unit), Instrument: filled(q.Instrument),
			Source: filled(q.Source), Stale: q.Stale}
		for _, o := range q.Options {
			view.Options = append(view.Options, QuestionOption(o))
		}
		if len(q.Options) == 0 {
			view.Minimum, view.Maximum = ptr(q.Min), ptr(q.Max)
		}
		if q.Answer != nil {
			view.Answer = &LastAnswer{Value: q.Answer.Value, AnsweredAt: scan.LocalTime(q.Answer.At, q.Answer.Timezone)}
		}
		out.Data[i] = view
	}
	return &questionsResponse{out}, nil
}

func (a *API) answer(ctx context.Context, c blush.Caller, in *answerRequest) (*answersResponse, error) {
	out, err := a.keep(ctx, c, in.ref(), []AnswerBody{in.Body}, in.Language)
	return out, ofOne(err)
}

// ofOne drops the index of the answer from an error about the only one.
func ofOne(err error) error {
	var e *blush.Error
	if !errors.As(err, &e) {
		return err
	}
	one := *e
	one.Fields = slices.Clone(e.Fields)
	for i, f := range one.Fields {
		if _, index := first(f.Path).(int); index {
			one.Fields[i].Path = f.Path[1:]
		}
	}
	return &one
}

func (a *API) answerMany(ctx context.Context, c blush.Caller, in *answersRequest) (*answersResponse, error) {
	return a.keep(ctx, c, in.ref(), in.Body, in.Language)
}

func (a *API) keep(ctx context.Context, c blush.Caller, ref blush.UserRef, bodies []AnswerBody, lang string) (*answersResponse, error) {
	given := make([]insight.NewAnswer, len(bodies))
	for i, b := range bodies {
		given[i] = insight.NewAnswer{Key: b.LookupKey, Value: b.Value, Timezone: b.Timezone}
	}
	kept, err := a.insights.Answer(ctx, c, ref, given, lang)
	if err != nil {
		return nil, err
	}
	out := &answersResponse{Body: make([]StoredAnswer, len(kept.Answers))}
	for i, k := range kept.Answers {
		out.Body[i] = StoredAnswer{LookupKey: k.Key, Value: k.Value, UserID: k.UserID}
		if kept.Notice != nil && k.Instrument != "" {
			out.Body[i].Notice = &notices(kept.Language, []health.Notice{*kept.Notice})[0]
		}
	}
	return out, nil
}
