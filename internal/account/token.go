package account

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// The lifetimes of action tokens.
const (
	DefaultTokenLife = 6 * time.Hour
	MaxTokenLife     = 12 * time.Hour
)

const (
	tokenIssuer   = "blush"
	tokenAudience = "blush-api"
	maxTokenBytes = 16 << 10
	maxMetaBytes  = 4 << 10
	// retiredKeyLife is how long a retired signing key is stored: until long after its
	// last token has expired, so that a clock that is ahead for a while ends no token.
	retiredKeyLife = MaxTokenLife + 30*24*time.Hour
)

// Credentials are the credentials of a request, and details for the audit trail.
type Credentials struct {
	APIKey        string // the x-api-key header
	Authorization string // the authorization header: "Token JWT" or "Bearer JWT"
	RequestID     string
	Network       string // where the request came from
}

// TokenRequest asks for an action token.
type TokenRequest struct {
	User blush.UserRef
	// ExpiresIn is the token's lifetime: at most MaxTokenLife; 0 means DefaultTokenLife.
	ExpiresIn time.Duration
	// Meta is copied into the token: a JSON object, at most 4 KiB, or nil.
	Meta json.RawMessage
	// Scope limits the token to a page; empty means ScopeAPI.
	Scope blush.Scope
	// ScanID is the one scan that a ScopeResults token may read.
	ScanID string
}

// Token is an action token, with its user and its expiry.
type Token struct {
	Token     string    `json:"token"`
	UserID    string    `json:"user_id"`
	ExpiresAt time.Time `json:"expires_at"`
}

// claims are the contents of an action token. Clients of the API read the field user;
// the other fields are for the server.
type claims struct {
	User       tokenUser         `json:"user"`
	Meta       json.RawMessage   `json:"meta"`
	KeyID      string            `json:"kid"`
	APIKeyID   string            `json:"api_key_id"` // the key that made the token
	CustomerID string            `json:"customer_id"`
	Env        blush.Environment `json:"env"`
	Scope      blush.Scope       `json:"scope"`
	ScanID     string            `json:"face_scan_id,omitempty"`
	Epoch      int64             `json:"epoch"`
	KeyScopes  []blush.KeyScope  `json:"key_scopes,omitempty"` // of that key, in a token for the API or a dashboard
	jwt.RegisteredClaims
}

type tokenUser struct {
	UserID              string  `json:"user_id"`
	Customer            string  `json:"customer"`
	Group               *string `json:"group"`
	MaxMeasurementCount *int    `json:"max_measurement_count"`
	Email               string  `json:"email"`
	Auth0UserID         *string `json:"auth0_user_id"`
}

// Authenticate turns the credentials of a request into its Caller. If they are not valid,
// the error is Unauthorized. The Caller then says, for the audit trail, whose credential it
// was, if it was valid once. If there are both a key and a token, the token counts, because it may do less.
// The error is Unavailable if another process has retired this one's master secret.
func (s *Service) Authenticate(ctx context.Context, cr Credentials) (blush.Caller, error) {
	if err := s.secrets.stillValid(ctx, s.store); err != nil {
		return blush.Caller{}, err
	}
	c, err := s.callerOf(ctx, cr)
	c.RequestID, c.Network = cr.RequestID, cr.Network
	return c, err
}

func (s *Service) callerOf(ctx context.Context, cr Credentials) (blush.Caller, error) {
	switch {
	case cr.Authorization != "":
		scheme, text, _ := strings.Cut(cr.Authorization, " ")
		if !strings.EqualFold(scheme, "Token") && !strings.EqualFold(scheme, "Bearer") {
			return blush.Caller{}, blush.E(blush.Unauthorized, "The authorization header must be the word Token, a space and an action token.")
		}
		return s.callerOfToken(ctx, strings.TrimSpace(text))
	case cr.APIKey != "":
		return s.callerOfKey(ctx, cr.APIKey)
	}
	return blush.Caller{}, blush.E(blush.Unauthorized, "Authentication credentials were not provided.")
}

// IssueToken makes an action token for one user. A token for the scan page is
// refused to users known to be under age.
func (s *Service) IssueToken(ctx context.Context, c blush.Caller, req TokenRequest) (Token, error) {
	req, err := req.checked()
	if err != nil {
		return Token{}, err
	}
	ref, err := checkRef(req.User)
	if err != nil {
		return Token{}, err
	}
	found, err := s.store.User(ctx, c.CustomerID, c.Environment, ref)
	if err != nil {
		return Token{}, err
	}
	if req.Scope == blush.ScopeScan {
		if err := s.Eligible(found); err != nil {
			return Token{}, err
		}
	}
	id := blush.NewID()
	u, err := s.store.TokenUser(ctx, c.CustomerID, c.Environment, found.ID, id, c.CredentialID, s.now())
	if err != nil {
		return Token{}, err
	}
	now := s.now().Truncate(time.Second)
	expires := now.Add(req.ExpiresIn).Truncate(time.Second)
	var scopes []blush.KeyScope // a token for a scan or a result is already limited to that; the dashboard writes, too
	if req.Scope == blush.ScopeAPI || req.Scope == blush.ScopeDashboard {
		scopes = c.KeyScopes
	}
	text, err := s.sign(ctx, claims{
		KeyScopes: scopes,
		User:      tokenUser{UserID: u.ID, Customer: u.Customer}, Meta: req.Meta, APIKeyID: c.CredentialID, CustomerID: c.CustomerID,
		Env: c.Environment, Scope: req.Scope, ScanID: req.ScanID, Epoch: u.Epoch,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: tokenIssuer, Audience: jwt.ClaimStrings{tokenAudience}, Subject: u.ID, ID: id,
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
		},
	})
	if err != nil {
		return Token{}, err
	}
	if err := s.store.Audit(ctx, s.Audit(c, blush.TokenCreate, u.ID, id)); err != nil {
		return Token{}, err
	}
	return Token{Token: text, UserID: u.ID, ExpiresAt: expires.UTC()}, nil
}

// checked fills in the defaults and refuses invalid values.
func (req TokenRequest) checked() (TokenRequest, error) {
	if req.Scope == "" {
		req.Scope = blush.ScopeAPI
	}
	if !slices.Contains(blush.Scopes, req.Scope) {
		return req, fmt.Errorf("issue token: unknown scope %q", req.Scope)
	}
	if req.ExpiresIn == 0 {
		req.ExpiresIn = DefaultTokenLife
	}
	if req.ExpiresIn < time.Second || req.ExpiresIn > MaxTokenLife {
		return req, blush.Field("expires_in must be 1 to 43200 seconds.", "value_error", "expires_in")
	}
	if req.Meta == nil {
		req.Meta = json.RawMessage(`{}`)
	}
	var object map[string]json.RawMessage
	if len(req.Meta) > maxMetaBytes || json.Unmarshal(req.Meta, &object) != nil || object == nil {
		return req, blush.Field("meta must be a JSON object of at most 4 KiB.", "value_error", "meta")
	}
	return req, nil
}

// sign makes a token from its claims, signed with the current key.
func (s *Service) sign(ctx context.Context, cl claims) (string, error) {
	kid, key, err := s.signingKey(ctx)
	if err != nil {
		return "", err
	}
	cl.KeyID = kid
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, cl)
	t.Header["kid"] = kid
	text, err := t.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return text, nil
}

// RevokeToken ends a token of the caller's customer before it expires. It also stores the
// revocation of an expired token, because this server's clock may be ahead.
func (s *Service) RevokeToken(ctx context.Context, c blush.Caller, token string) error {
	cl, err := s.parseToken(ctx, token, time.Time{})
	if err != nil {
		return err
	}
	if cl.CustomerID != c.CustomerID || cl.Env != c.Environment {
		return blush.E(blush.NotFound, "Token not found.")
	}
	return s.store.RevokeToken(ctx, cl.ID, cl.ExpiresAt.Time, s.Audit(c, blush.TokenRevoke, cl.User.UserID, cl.ID))
}

// RevokeUserTokens ends every token of a user.
func (s *Service) RevokeUserTokens(ctx context.Context, c blush.Caller, ref blush.UserRef) error {
	u, err := s.Resolve(ctx, c, ref)
	if err != nil {
		return err
	}
	return s.store.RevokeUserTokens(ctx, u.ID, s.Audit(c, blush.TokenRevokeAll, u.ID, ""))
}

// callerOfToken finds the caller behind a token. Its user must still exist,
// and neither the token nor all of the user's tokens may have been revoked.
func (s *Service) callerOfToken(ctx context.Context, text string) (blush.Caller, error) {
	cl, err := s.parseToken(ctx, text, s.now())
	if err != nil && cl.ID == "" {
		return blush.Caller{}, err
	}
	c := blush.Caller{
		Kind: blush.ByToken, CustomerID: cl.CustomerID, Environment: cl.Env, CredentialID: cl.ID, UserID: cl.User.UserID,
		Scope: cl.Scope, ScanID: cl.ScanID, KeyScopes: cl.KeyScopes,
	}
	if err != nil {
		return c, err
	}
	u, err := s.store.TokenUser(ctx, cl.CustomerID, cl.Env, cl.User.UserID, cl.ID, cl.APIKeyID, s.now())
	if blush.KindOf(err) == blush.NotFound {
		return c, blush.E(blush.Unauthorized, "The action token's user no longer exists.")
	}
	if err != nil {
		return c, err
	}
	if u.Revoked || u.Epoch != cl.Epoch {
		return c, blush.E(blush.Unauthorized, "The action token was revoked.")
	}
	c.Customer, c.UserID, c.Since = u.Customer, u.ID, cl.IssuedAt.Time
	return c, nil
}

// parseToken checks a token's signature (HS256 with one of our keys), its issuer and its
// audience, and that it has not expired at a given time. For a token that has expired
// but is valid otherwise, it returns the claims together with the error.
func (s *Service) parseToken(ctx context.Context, text string, at time.Time) (claims, error) {
	denied := func(why string) (claims, error) { return claims{}, blush.E(blush.Unauthorized, "%s", why) }
	if len(text) > maxTokenBytes {
		return denied("The action token is not valid.")
	}
	var cl claims
	var broken error
	_, err := jwt.ParseWithClaims(text, &cl, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		key, err := s.verifyingKey(ctx, kid)
		if err != nil && blush.KindOf(err) == "" {
			broken = err
		}
		return key, err
	}, jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithIssuer(tokenIssuer),
		jwt.WithAudience(tokenAudience), jwt.WithTimeFunc(func() time.Time { return at }))
	switch {
	case broken != nil:
		return claims{}, broken
	case errors.Is(err, jwt.ErrTokenExpired):
		return cl, blush.E(blush.Unauthorized, "The action token has expired.")
	case err != nil:
		return denied("The action token is not valid.")
	case cl.ID == "" || cl.User.UserID == "" || cl.Scope == "" || cl.IssuedAt == nil:
		return denied("The action token is not valid.")
	}
	return cl, nil
}

// RotateSigningKey makes a new key for signing tokens. Earlier tokens stay valid until
// they expire, the last of them at lastEnds. With endAll all of them end now.
func (s *Service) RotateSigningKey(ctx context.Context, endAll bool) (lastEnds time.Time, err error) {
	now := s.now()
	lastEnds, drop := now.Add(MaxTokenLife), now.Add(-retiredKeyLife)
	if endAll {
		lastEnds, drop = now, store.Newest.At // all keys, even one that was retired while a clock was ahead
	}
	return lastEnds, s.operate(ctx, blush.SigningKeyRotate, "", "", "", func(ctx context.Context) error {
		_, _, err := s.newSigningKey(ctx, drop)
		return err
	})
}

func (s *Service) newSigningKey(ctx context.Context, dropBefore time.Time) (kid string, key []byte, err error) {
	key = make([]byte, 32)
	rand.Read(key)
	kid = blush.NewID()
	err = s.store.RotateSigningKey(ctx, store.SigningKey{ID: kid, Sealed: s.secrets.Seal(key, signingPurpose(kid)), CreatedAt: s.now()}, dropBefore)
	return kid, key, err
}

// signingPurpose is the purpose for which a signing key is sealed.
func signingPurpose(kid string) string { return "signing key " + kid }

// signingKey returns the key that signs, and makes one if there is none.
func (s *Service) signingKey(ctx context.Context) (kid string, key []byte, err error) {
	keys, err := s.store.SigningKeys(ctx)
	if err != nil {
		return "", nil, err
	}
	for _, k := range keys {
		if k.RetiredAt == nil {
			key, err = s.secrets.Open(k.Sealed, signingPurpose(k.ID))
			return k.ID, key, err
		}
	}
	return s.newSigningKey(ctx, s.now().Add(-retiredKeyLife))
}

// verifyingKey finds the key of a token. It reads the keys each time, so that every
// server stops accepting the tokens of a deleted key at once.
func (s *Service) verifyingKey(ctx context.Context, kid string) ([]byte, error) {
	keys, err := s.store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.ID == kid && (k.RetiredAt == nil || s.now().Sub(*k.RetiredAt) < MaxTokenLife) {
			return s.secrets.Open(k.Sealed, signingPurpose(k.ID))
		}
	}
	return nil, blush.E(blush.Unauthorized, "The action token is not valid.")
}
