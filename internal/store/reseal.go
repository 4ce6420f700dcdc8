package store

import (
	"context"
	"database/sql"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// How much is sealed again in one transaction, which others wait for on SQLite.
const resealRows, resealParts = 500, 10

// Reseal seals with the newest key of its customer some of what an older key
// sealed, or what no key sealed yet, and returns how many rows that were; 0 when
// all is done. Every row stays readable meanwhile, and a process that is killed
// loses nothing: whoever calls it next goes on. Several may at once.
func (s *Store) Reseal(ctx context.Context) (int, error) {
	rows, err := s.q().AllCustomerKeys(ctx)
	if err != nil {
		return 0, err
	}
	old := []int64{0} // no key: what is not sealed yet
	for i, r := range rows {
		if i > 0 && rows[i-1].CustomerID == r.CustomerID {
			old = append(old, r.ID)
			s.learnKeys(r.CustomerID, rows[i-1].ID)
		}
	}
	for _, key := range old {
		for _, step := range []func(context.Context, int64) (int, error){s.resealUsers, s.resealAnswers, s.resealData} {
			if n, err := step(ctx, key); n > 0 || err != nil {
				return n, err
			}
		}
	}
	s.forget(ctx)
	return 0, nil
}

func (s *Store) resealUsers(ctx context.Context, old int64) (n int, err error) {
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		rows, err := q.UsersToSeal(ctx, query.UsersToSealParams{OldKey: &old, Most: resealRows})
		if err != nil {
			return err
		}
		for _, r := range rows {
			u, err := s.user(ctx, q, r, "")
			if err != nil {
				return err
			}
			k, err := s.newestKey(ctx, q, r.CustomerID)
			if err != nil {
				return err
			}
			if err := updateUser(ctx, q, k, u); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

func (s *Store) resealAnswers(ctx context.Context, old int64) (n int, err error) {
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		rows, err := q.AnswersToSeal(ctx, query.AnswersToSealParams{OldKey: &old, Most: resealRows})
		if err != nil {
			return err
		}
		for _, r := range rows {
			an, err := s.answer(ctx, q, r.Answer)
			if err != nil {
				return err
			}
			k, err := s.newestKey(ctx, q, r.CustomerID)
			if err != nil {
				return err
			}
			if err := q.SealAnswer(ctx, query.SealAnswerParams{KeyID: &k.id, SealedValue: k.value(an), ID: an.ID, OldKey: &old}); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

func (s *Store) resealData(ctx context.Context, old int64) (n int, err error) {
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		rows, err := q.ScanDataToSeal(ctx, query.ScanDataToSealParams{OldKey: &old, Most: resealParts})
		if err != nil {
			return err
		}
		for _, r := range rows {
			part, kind := r.ScanDatum, Data(r.ScanDatum.Kind)
			clear, err := s.openData(ctx, q, part.KeyID, part.Data, part.ScanID, kind)
			if err != nil {
				return err
			}
			k, err := s.newestKey(ctx, q, r.CustomerID)
			if err != nil {
				return err
			}
			if err := q.SealScanData(ctx, query.SealScanDataParams{
				KeyID: &k.id, Data: k.Seal(clear, dataPlace(part.ScanID, kind)), ScanID: part.ScanID, Kind: part.Kind, OldKey: &old,
			}); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

// DropReplacedKeys deletes the keys that were replaced [KeyOverlap] ago and seal
// nothing any more, and returns how many replaced keys are left.
func (s *Store) DropReplacedKeys(ctx context.Context, now time.Time) (left int, err error) {
	rows, err := s.q().AllCustomerKeys(ctx)
	if err != nil {
		return 0, err
	}
	for i, r := range rows {
		if i == 0 || rows[i-1].CustomerID != r.CustomerID {
			continue
		}
		newer := fromMillis(rows[i-1].CreatedAt)
		if now.Before(newer.Add(KeyOverlap)) {
			left++
			continue
		}
		err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
			_, err := q.DeleteCustomerKey(ctx, r.ID)
			return err
		})
		switch {
		case isForeignKey(err): // it sealed something meanwhile
			left++
		case err != nil:
			return left, err
		default:
			s.forget(ctx)
		}
	}
	return left, nil
}

// ToSeal counts the rows of before there were keys that are not sealed yet.
func (s *Store) ToSeal(ctx context.Context) (int64, error) {
	n, err := s.q().CountToSeal(ctx)
	return int64(n), err
}

// updateUser writes all that may change of a user.
func updateUser(ctx context.Context, q *query.Queries, k customerKey, u blush.User) error {
	sealed := k.user(u)
	return q.UpdateUser(ctx, query.UpdateUserParams{
		ID: u.ID, KeyID: sealed.keyID, SealedExternalID: sealed.externalID, ExternalHash: sealed.hash, SealedBirthDate: sealed.birthDate,
		Sex: u.Sex, Language: u.Language,
	})
}
