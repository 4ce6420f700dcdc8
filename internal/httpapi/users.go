package httpapi

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"

	"github.com/danielgtaylor/huma/v2"
)

// User is one end user of a customer.
type User struct {
	UserID         string  `json:"user_id" format:"uuid" readOnly:"true"`
	ExternalUserID *string `json:"external_user_id" doc:"Your own unique reference to the user."`
	Customer       string  `json:"customer" readOnly:"true" doc:"Name of the company to which the user belongs."`
	BirthDate      *string `json:"birth_date" format:"date"`
	Sex            *string `json:"sex" set:"sexes" doc:"Sex at birth."`
	Language       *string `json:"language" set:"languages"`
	Adult          *bool   `json:"adult,omitempty" readOnly:"true" doc:"Only for a token of the scan page, instead of the birth date: whether the user is 18 or older. Left out if that is not known."`
}

func userFrom(u blush.User) User {
	return User{UserID: u.ID, ExternalUserID: u.ExternalID, Customer: u.Customer, BirthDate: u.BirthDate, Sex: u.Sex, Language: u.Language, Adult: u.Adult}
}

// UserName names the user a request is about.
type UserName struct {
	UserID         string `query:"user_id" doc:"A UUID, with or without dashes. With an API key exactly one of user_id and external_user_id is required; an action token already identifies its user."`
	ExternalUserID string `query:"external_user_id" doc:"Your own reference to the user."`
}

func (n UserName) ref() blush.UserRef {
	return blush.UserRef{ID: n.UserID, ExternalID: n.ExternalUserID}
}

// Resolve refuses an empty name, which would count as no name at all.
func (n *UserName) Resolve(hc huma.Context) []error {
	return refuseEmpty(hc, "user_id", "external_user_id")
}

func refuseEmpty(hc huma.Context, names ...string) []error {
	u := hc.URL()
	query := u.Query()
	var errs []error
	for _, name := range names {
		if query.Has(name) && query.Get(name) == "" {
			errs = append(errs, &huma.ErrorDetail{Location: "query." + name, Message: name + " must not be empty."})
		}
	}
	return errs
}

// Paging asks for one page of a list.
type Paging struct {
	Limit         int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"The largest number of items."`
	StartingAfter string `query:"starting_after" doc:"The id of the last item of the page before."`
}

func (p Paging) page() blush.Page {
	return blush.Page{Limit: p.Limit, StartingAfter: p.StartingAfter}
}

// NewUserBody registers a user.
type NewUserBody struct {
	_              struct{} `additionalProperties:"true"` // ignored, like the read-only fields of a User
	ExternalUserID *string  `json:"external_user_id,omitempty" nullable:"true" doc:"Your own unique reference to the user."`
	BirthDate      *string  `json:"birth_date,omitempty" nullable:"true" format:"date"`
	Sex            *string  `json:"sex,omitempty" nullable:"true" set:"sexes"`
	Language       *string  `json:"language,omitempty" nullable:"true" doc:"A supported language, also with a region (fr-BE); others are ignored."`
}

// UserChangeBody changes the fields that are present; null clears a field.
type UserChangeBody struct {
	ExternalUserID account.Change `json:"external_user_id,omitzero"`
	BirthDate      account.Change `json:"birth_date,omitzero"`
	Sex            account.Change `json:"sex,omitzero"`
	Language       account.Change `json:"language,omitzero"`
}

// Schema is that of a new user, because the fields are the same.
func (UserChangeBody) Schema(r huma.Registry) *huma.Schema {
	s := huma.SchemaFromType(r, typeOf[NewUserBody]())
	fields(typeOf[NewUserBody](), "json", func(f reflect.StructField, key string) { fillSet(s.Properties[key], f.Tag.Get("set")) })
	return s
}

type createUserRequest struct {
	ExternalUserID string       `query:"external_user_id" doc:"Like the field in the body, which takes precedence."`
	IdempotencyKey string       `header:"Idempotency-Key" maxLength:"255"`
	Body           *NewUserBody `doc:"May be left out."`
}

// Resolve refuses an empty external_user_id.
func (*createUserRequest) Resolve(hc huma.Context) []error {
	return refuseEmpty(hc, "external_user_id")
}

type userResponse struct {
	Status int
	Body   User
}

type userListRequest struct {
	UserName
	Paging
}

type userOrListResponse struct{ Body userOrList }

// userOrList is one user if the request names one, otherwise a page of users.
type userOrList struct{ one any }

func (u userOrList) MarshalJSON() ([]byte, error) { return json.Marshal(u.one) }

// Schema says which of the two it may be.
func (userOrList) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{r.Schema(typeOf[User](), true, ""), r.Schema(typeOf[UserList](), true, "")}}
}

type updateUserRequest struct {
	UserName
	Body UserChangeBody
}

type namedUser struct{ UserName }

func (a *API) users() {
	route(a, operation{method: http.MethodPost, path: "/v2/users", id: "create-user", tag: "Users", summary: "Register a user",
		tolerant: true, access: keyOnly, needs: blush.KeyWrite, audit: actions(blush.UserCreate),
		doc:     "Registers a user once. If a user with this external_user_id exists, the response is that user, unchanged, with 200.",
		creates: true, status: http.StatusCreated, more: []int{http.StatusOK}, errors: []int{409, 413}}, a.createUser)
	route(a, operation{method: http.MethodGet, path: "/v2/users", id: "get-user", tag: "Users", summary: "Get a user, or list them",
		tolerant: true, access: orScanOrDashboard, needs: blush.KeyRead, audit: anyOf(blush.UserRead, blush.UserList),
		doc:    "With user_id or external_user_id: that user. With neither: an API key lists the customer's users, newest first; an action token gets its own user. The token of a page gets only the fields that its page needs.",
		errors: []int{404}}, a.getUser)
	route(a, operation{method: http.MethodPatch, path: "/v2/users", id: "update-user", tag: "Users", summary: "Change a user",
		access: orScanPage, needs: blush.KeyWrite, audit: actions(blush.UserUpdate),
		doc:    "Changes the fields in the body; null clears a field.",
		errors: []int{404, 409, 413}}, a.updateUser)
	route(a, operation{method: http.MethodDelete, path: "/v2/users", id: "delete-user", tag: "Users", summary: "Erase a user",
		access: keyOnly, needs: blush.KeyErase, audit: actions(blush.UserDelete),
		doc:    "Erases the user with all data and tokens. It cannot be undone.",
		status: http.StatusNoContent, errors: []int{404}}, a.deleteUser)
	route(a, operation{method: http.MethodGet, path: "/v2/users/export", id: "export-user", tag: "Users", summary: "Export a user",
		access: orAPIToken, needs: blush.KeyExport, audit: actions(blush.UserExport),
		doc: "Everything that is stored about the user, as one JSON document, which is streamed. If the connection breaks, it is not valid JSON. " +
			"Only one export of a user runs at a time.",
		errors: []int{404}}, a.exportUser)
	a.streams("/v2/users/export", "application/json")
}

func (a *API) createUser(ctx context.Context, c blush.Caller, in *createUserRequest) (*userResponse, error) {
	n := account.NewUser{}
	if b := in.Body; b != nil {
		lang, err := supportedLanguage(b.Language)
		if err != nil {
			return nil, err
		}
		n = account.NewUser{ExternalID: b.ExternalUserID, BirthDate: b.BirthDate, Sex: b.Sex, Language: lang}
	}
	if n.ExternalID == nil && in.ExternalUserID != "" {
		n.ExternalID = &in.ExternalUserID
	}
	if n.ExternalID == nil {
		if err := onlyKnownQuery(ctx); err != nil {
			return nil, err
		}
	}
	u, created, err := a.accounts.CreateUser(ctx, c, n)
	if err != nil {
		return nil, err
	}
	out := &userResponse{Status: http.StatusCreated, Body: userFrom(u)}
	if !created {
		out.Status = http.StatusOK
	}
	return out, nil
}

func (a *API) getUser(ctx context.Context, c blush.Caller, in *userListRequest) (*userOrListResponse, error) {
	if c.Kind == blush.ByAPIKey && in.ref() == (blush.UserRef{}) {
		if err := onlyKnownQuery(ctx); err != nil {
			return nil, err
		}
		list, err := a.accounts.Users(ctx, c, in.page())
		if err != nil {
			return nil, err
		}
		page := UserList{Data: make([]User, len(list.Data)), HasMore: list.HasMore}
		for i, u := range list.Data {
			page.Data[i] = userFrom(u)
		}
		return &userOrListResponse{userOrList{page}}, nil
	}
	u, err := a.accounts.User(ctx, c, in.ref())
	if err != nil {
		return nil, err
	}
	return &userOrListResponse{userOrList{userFrom(u)}}, nil
}

// UserList is one page of users.
type UserList struct {
	Data    []User `json:"data" nullable:"false"`
	HasMore bool   `json:"has_more"`
}

func (a *API) updateUser(ctx context.Context, c blush.Caller, in *updateUserRequest) (*userResponse, error) {
	b := in.Body
	lang, err := supportedLanguage(b.Language.Value)
	if err != nil {
		return nil, err
	}
	if b.Language.Value != nil { // an unsupported language changes nothing
		b.Language = account.Change{Set: lang != nil, Value: lang}
	}
	u, err := a.accounts.UpdateUser(ctx, c, in.ref(), account.UserChange{ExternalID: b.ExternalUserID, BirthDate: b.BirthDate, Sex: b.Sex, Language: b.Language})
	if err == nil {
		err = a.insights.Refresh(ctx, u.ID) // another age or sex changes the norms, and so every day
	}
	if err != nil {
		return nil, err
	}
	return &userResponse{Status: http.StatusOK, Body: userFrom(u)}, nil
}

func (a *API) deleteUser(ctx context.Context, c blush.Caller, in *namedUser) (*struct{}, error) {
	return nil, a.accounts.DeleteUser(ctx, c, in.ref())
}

func (a *API) exportUser(ctx context.Context, c blush.Caller, in *namedUser) (*exportResponse, error) {
	doc, err := a.accounts.ExportUser(ctx, c, in.ref())
	if err != nil {
		return nil, err
	}
	return stream(ctx, "application/json", "export.json", func(to io.Writer) error {
		defer doc.Close()
		return doc.Write(ctx, to)
	}), nil
}
