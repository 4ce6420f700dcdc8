package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// The audit trail is a chain. Each entry has a place, counted from 1, and a hash
// that covers its content and the hash of the entry before: [chainHash]. Places are
// given in the transaction that commits the entries, under the lock of the row
// audit_head, so that the order of places is the order of commits, whatever number
// of servers write. Three ways lead in: [Store.Audit] for accesses that changed
// nothing, which commits those of many requests together; [audit] for a method that
// writes; and the commit of a [Transaction], which takes the lock last of all.

// longestField is the most bytes of an entry's field that are kept. Ids are shorter.
const longestField = 200

// Audit records accesses that changed nothing. It returns when they are durable,
// or, inside of a [Transaction], leaves them for its commit. A frozen database keeps no record: nobody in it is real.
func (s *Store) Audit(ctx context.Context, entries ...blush.AuditEntry) error {
	plain := make([]blush.AuditEntry, len(entries))
	for i, a := range entries {
		plain[i] = plainEntry(a)
	}
	switch t := open(ctx); {
	case s.frozen:
	case t != nil:
		t.entries = append(t.entries, plain...)
	default:
		if err := s.group.write(ctx, plain); err != nil {
			return err
		}
	}
	for _, a := range plain {
		blush.Written(ctx, a)
	}
	return nil
}

// Refused records an access that was refused. It undoes the transaction of ctx, if
// there is one: nothing of a refused request is kept but this entry.
func (s *Store) Refused(ctx context.Context, a blush.AuditEntry) error {
	if t := open(ctx); t != nil {
		t.Rollback()
	}
	if s.frozen {
		return nil
	}
	return s.group.write(ctx, []blush.AuditEntry{plainEntry(a)})
}

// audit adds an entry to what a method writes.
func audit(ctx context.Context, q *query.Queries, a blush.AuditEntry) error {
	a = plainEntry(a)
	if t := open(ctx); t != nil {
		t.entries = append(t.entries, a)
	} else if err := chain(ctx, q, []blush.AuditEntry{a}); err != nil {
		return err
	}
	blush.Written(ctx, a)
	return nil
}

// chain adds entries to the end of the chain, and holds it until the transaction of q ends.
func chain(ctx context.Context, q *query.Queries, entries []blush.AuditEntry) error {
	head, err := q.AdvanceAuditHead(ctx, query.AdvanceAuditHeadParams{Places: int64(len(entries)), FirstHash: noHash})
	if err != nil {
		return err
	}
	rows, hash := chained(head.Seq-int64(len(entries))+1, head.Hash, entries)
	for _, r := range rows {
		if err := q.InsertAudit(ctx, r); err != nil {
			return err
		}
	}
	return q.SetAuditHash(ctx, hash)
}

// AuditHashBytes is the length of an entry's hash.
const AuditHashBytes = sha256.Size

// noHash stands before the first entry.
var noHash = make([]byte, AuditHashBytes)

// chained makes the rows of entries that follow an entry with a hash, the first of them at a place.
func chained(place int64, before []byte, entries []blush.AuditEntry) (rows []query.InsertAuditParams, last []byte) {
	rows = make([]query.InsertAuditParams, len(entries))
	for i, a := range entries {
		id, at := blush.NewID(), place+int64(i)
		before = chainHash(before, at, id, a)
		rows[i] = query.InsertAuditParams{
			ID: id, At: millis(a.At), CustomerID: a.CustomerID, Kind: string(a.Kind), CredentialID: a.CredentialID, Action: string(a.Action),
			UserID: a.UserID, ObjectID: a.ObjectID, RequestID: a.RequestID, Environment: string(a.Environment), Network: a.Network,
			Outcome: string(a.Outcome), Seq: &at, Hash: before,
		}
	}
	return rows, before
}

// chainHash is the hash of an entry: SHA-256 of the hash of the entry before (32
// bytes, zeros before the first) and these fields, a line each: place, id, time in
// milliseconds, customer, environment, kind, credential, action, user, object,
// request, network, outcome. No field holds a line break.
func chainHash(before []byte, place int64, id string, a blush.AuditEntry) []byte {
	text := strings.Join([]string{
		strconv.FormatInt(place, 10), id, strconv.FormatInt(millis(a.At), 10), a.CustomerID, string(a.Environment), string(a.Kind), a.CredentialID,
		string(a.Action), a.UserID, a.ObjectID, a.RequestID, a.Network, string(a.Outcome), "",
	}, "\n")
	sum := sha256.Sum256(append(slices.Clone(before), text...))
	return sum[:]
}

// plainEntry leaves out of an entry what its hash and the database could not hold:
// control characters, bytes that are no UTF-8, and what is longer than any id.
func plainEntry(a blush.AuditEntry) blush.AuditEntry {
	plain := func(s string) string {
		if len(s) > longestField {
			s = s[:longestField]
		}
		return strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return -1
			}
			return r
		}, strings.ToValidUTF8(s, ""))
	}
	a.CustomerID, a.CredentialID, a.UserID, a.ObjectID, a.RequestID = plain(a.CustomerID), plain(a.CredentialID), plain(a.UserID), plain(a.ObjectID), plain(a.RequestID)
	a.Action, a.Network = blush.Action(plain(string(a.Action))), plain(a.Network)
	a.At = fromMillis(millis(a.At))
	return a
}

// AuditRow is an entry as it stands in the chain.
type AuditRow struct {
	blush.AuditEntry
	ID string
	// Place counts from 1. It is 0 for an entry that is not in the chain, of a server of an older version.
	Place int64
	Hash  []byte
}

// AuditOf lists the accesses to a user's data, the oldest first, a page at a time.
func (s *Store) AuditOf(ctx context.Context, userID string) iter.Seq2[blush.AuditEntry, error] {
	after := query.ListAuditParams{UserID: userID, AfterAt: math.MinInt64, PageLimit: pageRows}
	return pages(func() ([]query.Audit, error) { return s.q().ListAudit(ctx, after) }, func(r query.Audit) blush.AuditEntry {
		after.AfterAt, after.AfterID = r.At, r.ID
		return auditRow(r).AuditEntry
	})
}

// AuditAfter lists the chain from the entry behind a place, the oldest first.
func (s *Store) AuditAfter(ctx context.Context, place int64) iter.Seq2[AuditRow, error] {
	return pages(func() ([]query.Audit, error) {
		return s.q().ListAuditChain(ctx, query.ListAuditChainParams{AfterSeq: &place, PageLimit: pageRows})
	}, func(r query.Audit) AuditRow {
		place = *r.Seq
		return auditRow(r)
	})
}

// AuditFilter says which entries of a customer are wanted.
type AuditFilter struct {
	UserID string       // empty: of all users, and of none
	Action blush.Action // empty: all
	From   time.Time    // the first time; zero: from the beginning
	To     time.Time    // before this time; zero: up to now
}

// AuditPage lists a customer's entries in one environment, the newest first.
func (s *Store) AuditPage(ctx context.Context, customerID string, env blush.Environment, f AuditFilter, after Cursor, limit int) (blush.List[AuditRow], error) {
	if !f.To.IsZero() && f.To.Before(after.Before) {
		after = Cursor{Before: f.To} // no id comes before the empty one
	}
	since := int64(math.MinInt64)
	if !f.From.IsZero() {
		since = millis(f.From)
	}
	var rows []query.Audit
	var err error
	switch {
	case f.UserID == "" && f.Action == "":
		rows, err = s.q().ListAuditOfCustomer(ctx, query.ListAuditOfCustomerParams{
			CustomerID: customerID, Environment: string(env), Since: since, BeforeAt: millis(after.Before), BeforeID: after.ID, PageLimit: int32(limit + 1),
		})
	case f.UserID == "":
		rows, err = s.q().ListAuditOfAction(ctx, query.ListAuditOfActionParams{
			CustomerID: customerID, Environment: string(env), Action: string(f.Action), Since: since, BeforeAt: millis(after.Before), BeforeID: after.ID,
			PageLimit: int32(limit + 1),
		})
	default:
		rows, err = s.q().ListAuditOfCustomerUser(ctx, query.ListAuditOfCustomerUserParams{
			UserID: f.UserID, CustomerID: customerID, Environment: string(env), Since: since, BeforeAt: millis(after.Before), BeforeID: after.ID,
			Action: string(f.Action), PageLimit: int32(limit + 1),
		})
	}
	out := make([]AuditRow, len(rows))
	for i, r := range rows {
		out[i] = auditRow(r)
	}
	return page(out, limit), err
}

// AuditEntry finds one entry of a customer in one environment.
func (s *Store) AuditEntry(ctx context.Context, customerID string, env blush.Environment, id string) (AuditRow, error) {
	r, err := s.q().GetAuditEntry(ctx, query.GetAuditEntryParams{ID: id, CustomerID: customerID, Environment: string(env)})
	return auditRow(r), found(err, "Entry")
}

func auditRow(r query.Audit) AuditRow {
	row := AuditRow{
		ID: r.ID, Hash: r.Hash,
		AuditEntry: blush.AuditEntry{
			At: fromMillis(r.At), CustomerID: r.CustomerID, Environment: blush.Environment(r.Environment), Kind: blush.CallerKind(r.Kind),
			CredentialID: r.CredentialID, Action: blush.Action(r.Action), UserID: r.UserID, ObjectID: r.ObjectID, RequestID: r.RequestID,
			Network: r.Network, Outcome: blush.Kind(r.Outcome),
		},
	}
	if r.Seq != nil {
		row.Place = *r.Seq
	}
	return row
}

// chainedAtOnce is how many entries of an older version one transaction takes into the chain: each sorts all that are left.
const chainedAtOnce = 20_000

// chainOutside takes entries into the chain that are not in it: those of an older version.
func (s *Store) chainOutside(ctx context.Context) error {
	for more := true; more; {
		err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
			rows, err := q.ListAuditOutOfChain(ctx, chainedAtOnce)
			if err != nil || len(rows) == 0 {
				more = false
				return err
			}
			head, err := q.AdvanceAuditHead(ctx, query.AdvanceAuditHeadParams{Places: int64(len(rows)), FirstHash: noHash})
			if err != nil {
				return err
			}
			place, hash := head.Seq-int64(len(rows)), head.Hash
			for _, r := range rows {
				place++
				hash = chainHash(hash, place, r.ID, auditRow(r).AuditEntry)
				if err := q.ChainAudit(ctx, query.ChainAuditParams{Seq: &place, Hash: hash, ID: r.ID}); err != nil {
					return err
				}
			}
			return q.SetAuditHash(ctx, hash)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
