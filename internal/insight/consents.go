package insight

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/words"
)

// NewConsent says that a user agrees to a text, or withdraws the consent.
type NewConsent struct {
	Version  string // of the text, at most 64 characters
	TextHash string // hexadecimal SHA-256 of the text that was shown; not needed to withdraw
	Language string // a language tag, of which the region is not stored
	// Withdrawn withdraws every consent to Version.
	Withdrawn bool
}

// maxConsents is the largest number of consents of one user, because each call returns all of them.
const maxConsents = 200

var (
	plainVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)
	sha256Hex    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Consent stores a consent or its withdrawal, and returns all consents of the user.
func (s *Service) Consent(ctx context.Context, c blush.Caller, ref blush.UserRef, n NewConsent) ([]blush.Consent, error) {
	u, err := s.accounts.Resolve(ctx, c, ref)
	if err != nil {
		return nil, err
	}
	var faults []blush.FieldError
	fault := func(ok bool, field, msg string) {
		if !ok {
			faults = append(faults, blush.FieldError{Path: []any{field}, Msg: msg, Type: "value_error"})
		}
	}
	fault(plainVersion.MatchString(n.Version), "version", "version must be 1 to 64 letters, digits and . _ : -")
	if !n.Withdrawn {
		fault(sha256Hex.MatchString(n.TextHash), "text_hash", "text_hash must be the SHA-256 of the text, 64 digits 0-9 a-f.")
		fault(words.IsLocale(n.Language), "language", "language must be a language tag, e.g. en, nl-BE.")
	}
	if len(faults) > 0 {
		return nil, &blush.Error{Kind: blush.Unprocessed, Message: faults[0].Msg, Fields: faults}
	}
	held, err := s.store.Consents(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	if !n.Withdrawn && len(held) >= maxConsents {
		return nil, blush.Field(fmt.Sprintf("A user has at most %d consents.", maxConsents), "too_long")
	}
	now := s.now()
	if n.Withdrawn {
		err = s.withdraw(ctx, c, u, n.Version)
	} else {
		err = s.store.GiveConsent(ctx, blush.Consent{
			ID: blush.NewID(), UserID: u.ID, Version: n.Version, TextHash: n.TextHash, Language: words.Base(n.Language), GivenAt: now,
		}, s.accounts.Audit(c, blush.ConsentGive, u.ID, ""))
	}
	if err != nil {
		return nil, err
	}
	only := ""
	if c.OneScanOnly() {
		only = n.Version
	}
	return s.consents(ctx, u.ID, only)
}

// withdraw withdraws every consent to a version, and raises the event.
func (s *Service) withdraw(ctx context.Context, c blush.Caller, u blush.User, version string) error {
	e, err := s.accounts.Event(blush.ConsentWithdrawn, u.ID, "", map[string]string{"user_id": u.ID, "version": version}, nil)
	if err != nil {
		return err
	}
	return s.store.Together(ctx, func(ctx context.Context) error {
		if err := s.store.WithdrawConsent(ctx, u.ID, version, e.At, s.accounts.Audit(c, blush.ConsentWithdraw, u.ID, "")); err != nil {
			return err
		}
		return s.store.Raise(ctx, u.CustomerID, u.Environment, e)
	})
}

// Consents lists what a user agreed to, the newest first: all of it, or one
// version. A token of the scan page must name the version.
func (s *Service) Consents(ctx context.Context, c blush.Caller, ref blush.UserRef, version string) ([]blush.Consent, error) {
	if c.OneScanOnly() && version == "" {
		return nil, blush.Field("A token of the scan page must name the version of the text that the page shows.", "missing", "version")
	}
	u, err := s.reach(ctx, c, ref, blush.ConsentList)
	if err != nil {
		return nil, err
	}
	return s.consents(ctx, u.ID, version)
}

// consents lists a user's consents. If version is not empty, it lists only those to that version.
func (s *Service) consents(ctx context.Context, userID, version string) ([]blush.Consent, error) {
	all, err := s.store.Consents(ctx, userID)
	return slices.DeleteFunc(all, func(c blush.Consent) bool { return version != "" && c.Version != version }), err
}
