package account

import (
	"context"
	"encoding/json"
	"time"

	"blush/internal/blush"
)

// The life of action tokens.
const (
	DefaultTokenLife = 6 * time.Hour
	MaxTokenLife     = 12 * time.Hour
)

// Credentials are what a request carries.
type Credentials struct {
	APIKey        string // the x-api-key header
	Authorization string // the authorization header: "Token JWT" or "Bearer JWT"
	RequestID     string
}

// TokenRequest asks for an action token.
type TokenRequest struct {
	User blush.UserRef
	// ExpiresIn is the token's life: 0 for DefaultTokenLife, at most MaxTokenLife.
	ExpiresIn time.Duration
	// Meta is copied into the token: a JSON object, at most 4 KiB, or nil.
	Meta json.RawMessage
	// Scope bounds the token to a page; empty means ScopeAPI.
	Scope blush.Scope
	// ScanID is the one scan that a ScopeResults token may read.
	ScanID string
}

// Token is an action token with what its holder should know about it.
type Token struct {
	Token     string    `json:"token"`
	UserID    string    `json:"user_id"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Authenticate turns the credentials of a request into its Caller. Nothing
// valid, or both kinds at once: Unauthorized.
func (s *Service) Authenticate(ctx context.Context, cr Credentials) (blush.Caller, error) {
	return blush.Caller{}, todo
}

// IssueToken makes an action token for one user. It needs an API key.
func (s *Service) IssueToken(ctx context.Context, c blush.Caller, req TokenRequest) (Token, error) {
	return Token{}, todo
}

// RevokeToken ends a token of the caller's customer before its time.
func (s *Service) RevokeToken(ctx context.Context, c blush.Caller, token string) error {
	return todo
}
