package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/seal"
	"blush.example/blush/internal/store/query"
)

// The rows and the large parts that one transaction seals again. On SQLite others wait for it.
const resealRows, resealParts = 500, 10

// Reseal takes some rows that an older key sealed, or that are not sealed yet, and seals
// them with the newest key of their customer. It returns how many rows it took; 0 when
// all are done. All rows stay readable meanwhile, and nothing is lost if the process is
// killed: the next call continues. Several processes may call it at the same time. A row
// that cannot be opened with its key is marked ([Store.Damaged]), counted and left
// unchanged. Customers whose keys cannot be opened are reported when all others are done.
func (s *Store) Reseal(ctx context.Context) (int, error) {
	rows, err := s.q().AllCustomerKeys(ctx)
	if err != nil {
		return 0, err
	}
	var unopened []error
	for len(rows) > 0 {
		newest, old := rows[0], int64(0) // 0 is no key: only rows that are not sealed yet
		if rows = rows[1:]; len(rows) > 0 && rows[0].CustomerID == newest.CustomerID {
			old, rows = rows[0].ID, rows[1:]
			s.learnKeys(newest.CustomerID, newest.ID)
		}
		for _, step := range []func(*resealing) error{s.resealUsers, s.resealAnswers, s.resealData} {
			r := resealing{ctx: ctx, customerID: newest.CustomerID, old: old}
			err := s.resealPart(&r, step)
			if errors.As(err, new(*keyError)) {
				unopened = append(unopened, err)
				break
			}
			if err != nil || r.rows > 0 {
				return r.rows, err
			}
		}
		if n, err := s.resealObjects(ctx, newest.CustomerID, old); n > 0 || err != nil {
			return n, err
		}
	}
	s.forget(ctx)
	return 0, errors.Join(unopened...)
}

// resealing is the state while a part of one customer's rows in one table is sealed again.
type resealing struct {
	ctx        context.Context
	customerID string
	old        int64
	now        *int64

	q    *query.Queries
	k    customerKey // the newest
	rows int
}

func (s *Store) resealPart(r *resealing, step func(*resealing) error) error {
	now := millis(time.Now())
	r.now = &now
	err := s.tx(r.ctx, func(q *query.Queries, _ *sql.Tx) (err error) {
		r.q = q
		if r.k, err = s.newestKey(r.ctx, q, r.customerID); err != nil {
			return err
		}
		return step(r)
	})
	if blush.KindOf(err) == blush.NotFound { // the customer is gone
		return nil
	}
	return err
}

// Damaged says whether an error means that only this one row, or its object in the bucket, cannot be read.
func Damaged(err error) bool {
	return errors.Is(err, errDamaged) || errors.Is(err, seal.ErrSealed) && !errors.As(err, new(*keyError))
}

func (s *Store) resealUsers(r *resealing) error {
	rows, err := r.q.UsersToSeal(r.ctx, query.UsersToSealParams{OldKey: &r.old, CustomerID: r.customerID, Most: resealRows})
	if err != nil {
		return err
	}
	r.rows = len(rows)
	for _, row := range rows {
		u, err := s.user(r.ctx, r.q, row, "")
		switch {
		case Damaged(err):
			err = r.q.MarkUserDamaged(r.ctx, query.MarkUserDamagedParams{DamagedAt: r.now, ID: row.ID})
		case err == nil:
			err = updateUser(r.ctx, r.q, r.k, u)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) resealAnswers(r *resealing) error {
	rows, err := r.q.AnswersToSeal(r.ctx, query.AnswersToSealParams{OldKey: &r.old, CustomerID: r.customerID, Most: resealRows})
	if err != nil {
		return err
	}
	r.rows = len(rows)
	for _, row := range rows {
		an, err := s.answer(r.ctx, r.q, row.Answer)
		switch {
		case Damaged(err):
			err = r.q.MarkAnswerDamaged(r.ctx, query.MarkAnswerDamagedParams{DamagedAt: r.now, ID: row.Answer.ID})
		case err == nil:
			err = r.q.SealAnswer(r.ctx, query.SealAnswerParams{KeyID: &r.k.id, SealedValue: r.k.value(an), ID: an.ID, OldKey: &r.old})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) resealData(r *resealing) error {
	rows, err := r.q.ScanDataToSeal(r.ctx, query.ScanDataToSealParams{OldKey: &r.old, CustomerID: r.customerID, Most: resealParts})
	if err != nil {
		return err
	}
	r.rows = len(rows)
	for _, row := range rows {
		part, kind := row.ScanDatum, Data(row.ScanDatum.Kind)
		clear, err := s.openData(r.ctx, r.q, part.KeyID, part.Data, part.ScanID, kind)
		switch {
		case Damaged(err):
			err = r.q.MarkScanDataDamaged(r.ctx, query.MarkScanDataDamagedParams{DamagedAt: r.now, ScanID: part.ScanID, Kind: part.Kind})
		case err == nil:
			err = r.q.SealScanData(r.ctx, query.SealScanDataParams{
				KeyID: &r.k.id, Data: r.k.Seal(clear, dataPlace(part.ScanID, kind)), ScanID: part.ScanID, Kind: part.Kind, OldKey: &r.old,
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// resealObjects does the same in the bucket. It writes new objects, so that no object is ever half written. No transaction waits for the bucket.
func (s *Store) resealObjects(ctx context.Context, customerID string, old int64) (int, error) {
	rows, err := s.q().ObjectsToSeal(ctx, query.ObjectsToSealParams{OldKey: &old, CustomerID: customerID, Most: resealParts})
	if err != nil {
		return 0, err
	}
	now := millis(time.Now())
	for _, r := range rows {
		kind := Data(r.Kind)
		b, err := s.getObject(ctx, *r.Object)
		if err == nil {
			b, err = s.openData(ctx, s.q(), r.KeyID, b, r.ScanID, kind)
		}
		if Damaged(err) {
			err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
				return q.MarkScanDataDamaged(ctx, query.MarkScanDataDamagedParams{DamagedAt: &now, ScanID: r.ScanID, Kind: r.Kind})
			})
			if err == nil {
				continue
			}
		}
		if err != nil {
			return 0, err
		}
		k, err := s.newestKey(ctx, s.q(), customerID)
		if err != nil {
			return 0, err
		}
		name, err := s.putObject(ctx, k.Seal(b, dataPlace(r.ScanID, kind)))
		if err != nil {
			return 0, err
		}
		moved := int64(0)
		err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
			moved, err = q.SealObject(ctx, query.SealObjectParams{KeyID: &k.id, Object: &name, ScanID: r.ScanID, Kind: r.Kind, OldObject: r.Object})
			if err != nil || moved == 0 { // it was erased meanwhile, or another process was faster
				return err
			}
			return errors.Join(claimObject(ctx, q, name, r.ScanID), q.ReleaseObject(ctx, *r.Object))
		})
		if err != nil || moved == 0 {
			s.releaseObject(ctx, name)
		}
		if err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// Damaged lists the rows that [Store.Reseal] could not open with their key, by their kind and id.
func (s *Store) Damaged(ctx context.Context) ([]string, error) {
	q := s.q()
	users, err := q.DamagedUsers(ctx)
	if err != nil {
		return nil, err
	}
	answers, err := q.DamagedAnswers(ctx)
	if err != nil {
		return nil, err
	}
	data, err := q.DamagedScanData(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, id := range users {
		out = append(out, "user "+id)
	}
	for _, a := range answers {
		out = append(out, "answer of user "+a.UserID+" to "+a.LookupKey)
	}
	for _, d := range data {
		out = append(out, d.Kind+" of scan "+d.ScanID)
	}
	return out, nil
}

// RetryDamaged makes [Store.Reseal] try again the rows that it could not open.
func (s *Store) RetryDamaged(ctx context.Context) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		return errors.Join(q.RetryUsers(ctx), q.RetryAnswers(ctx), q.RetryScanData(ctx))
	})
}

// DropReplacedKeys deletes the keys that were replaced at least [KeyOverlap] ago and no longer
// seal anything, and returns how many replaced keys are left.
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

// ToSeal counts the rows of earlier versions that are not sealed yet.
func (s *Store) ToSeal(ctx context.Context) (int64, error) {
	n, err := s.q().CountToSeal(ctx)
	return int64(n), err
}

// updateUser writes everything about a user that may change.
func updateUser(ctx context.Context, q *query.Queries, k customerKey, u blush.User) error {
	sealed := k.user(u)
	var locked json.RawMessage
	if len(u.Locked) > 0 {
		var err error
		if locked, err = json.Marshal(u.Locked); err != nil {
			return err
		}
	}
	return q.UpdateUser(ctx, query.UpdateUserParams{
		ID: u.ID, KeyID: sealed.keyID, SealedExternalID: sealed.externalID, ExternalHash: sealed.hash, SealedBirthDate: sealed.birthDate,
		Sex: u.Sex, Language: u.Language, Locked: text(locked),
	})
}
