package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// Each value is sealed for its column and row, and opens only there.

func externalIDPlace(userID string) string { return "users.external_id " + userID }
func birthDatePlace(userID string) string  { return "users.birth_date " + userID }

func answerPlace(userID, id, key string) string {
	return "answer.value " + userID + " " + id + " " + key
}

func dataPlace(scanID string, kind Data) string {
	return "scan_data.data " + scanID + " " + string(kind)
}

// sealedUser has the sealed fields of a user.
type sealedUser struct {
	keyID                       *int64
	externalID, hash, birthDate []byte
}

func (k customerKey) user(u blush.User) sealedUser {
	out := sealedUser{keyID: &k.id}
	if u.ExternalID != nil {
		out.externalID, out.hash = k.Seal([]byte(*u.ExternalID), externalIDPlace(u.ID)), k.Hash(*u.ExternalID)
	}
	if u.BirthDate != nil {
		out.birthDate = k.Seal([]byte(*u.BirthDate), birthDatePlace(u.ID))
	}
	return out
}

// user opens the row of a user.
func (s *Store) user(ctx context.Context, q *query.Queries, r query.User, customer string) (blush.User, error) {
	u := blush.User{
		ID: r.ID, CustomerID: r.CustomerID, Customer: customer, Environment: blush.Environment(r.Environment),
		ExternalID: r.ClearExternalID, BirthDate: r.ClearBirthDate, Sex: r.Sex, Language: r.Language, CreatedAt: fromMillis(r.CreatedAt),
	}
	if r.Locked != nil {
		if err := json.Unmarshal([]byte(*r.Locked), &u.Locked); err != nil {
			return blush.User{}, err
		}
	}
	if r.KeyID == nil {
		return u, nil
	}
	k, err := s.keyByID(ctx, q, *r.KeyID)
	if err != nil {
		return blush.User{}, err
	}
	if u.ExternalID, err = k.text(r.SealedExternalID, externalIDPlace(r.ID)); err == nil {
		u.BirthDate, err = k.text(r.SealedBirthDate, birthDatePlace(r.ID))
	}
	if err != nil {
		return blush.User{}, err
	}
	return u, nil
}

// text opens a text; nil if there is none.
func (k customerKey) text(sealed []byte, place string) (*string, error) {
	if sealed == nil {
		return nil, nil
	}
	b, err := k.Open(sealed, place)
	if err != nil {
		return nil, err
	}
	text := string(b)
	return &text, nil
}

// value seals the value of an answer.
func (k customerKey) value(an blush.Answer) []byte {
	return k.Seal(binary.BigEndian.AppendUint64(nil, math.Float64bits(an.Value)), answerPlace(an.UserID, an.ID, an.Key))
}

// errDamaged means that a row differs from what was written.
var errDamaged = errors.New("the row is damaged")

// answer opens the row of an answer.
func (s *Store) answer(ctx context.Context, q *query.Queries, r query.Answer) (blush.Answer, error) {
	an := blush.Answer{ID: r.ID, UserID: r.UserID, Key: r.LookupKey, Instrument: r.Instrument, At: fromMillis(r.At), Timezone: r.Timezone}
	if r.KeyID == nil {
		if r.ClearValue == nil {
			return an, fmt.Errorf("answer %s has no value: %w", r.ID, errDamaged)
		}
		an.Value = *r.ClearValue
		return an, nil
	}
	k, err := s.keyByID(ctx, q, *r.KeyID)
	if err != nil {
		return an, err
	}
	b, err := k.Open(r.SealedValue, answerPlace(r.UserID, r.ID, r.LookupKey))
	if err == nil && len(b) != 8 {
		err = fmt.Errorf("answer %s has a value of %d bytes: %w", r.ID, len(b), errDamaged)
	}
	if err == nil {
		an.Value = math.Float64frombits(binary.BigEndian.Uint64(b))
	}
	return an, err
}

// sealedData has the large parts of a scan, compressed and sealed.
type sealedData struct {
	keyID  int64
	data   map[Data][]byte
	object string // the object of the trace, if it is in the bucket
}

func (k customerKey) data(scanID string, compressed map[Data][]byte) sealedData {
	out := sealedData{keyID: k.id, data: make(map[Data][]byte, len(compressed))}
	for kind, b := range compressed {
		out.data[kind] = k.Seal(b, dataPlace(scanID, kind))
	}
	return out
}

// openData opens one of the large parts. Without a key it is not sealed.
func (s *Store) openData(ctx context.Context, q *query.Queries, keyID *int64, b []byte, scanID string, kind Data) ([]byte, error) {
	if keyID == nil {
		return b, nil
	}
	k, err := s.keyByID(ctx, q, *keyID)
	if err != nil {
		return nil, err
	}
	return k.Open(b, dataPlace(scanID, kind))
}
