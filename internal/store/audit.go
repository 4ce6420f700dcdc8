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

// The audit trail is a hash chain. Each entry has a place, counted from 1, and a hash
// that covers its content and the hash of the entry before: [chainHash]. The places are
// assigned in the transaction that commits the entries, under the lock of the row
// audit_head. So the order of places is the order of commits, even if several servers
// write. There are three ways to add entries: [Store.Audit], for accesses that change
// nothing, commits those of many requests together; [audit] is for methods that
// write; and the commit of a [Transaction] takes the lock as its last step.

// longestField is the largest number of bytes stored of an entry's field. Ids are shorter.
const longestField = 200

// Audit records accesses that changed nothing. It returns when they are durable,
// or, inside a [Transaction], leaves them for its commit. A frozen database records nothing: its people are made up.
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
		blush.NoteEntry(ctx, a)
	}
	return nil
}

// Refused records a refused access. It rolls back the transaction of ctx, if there
// is one: this entry is all that is stored of a refused request.
func (s *Store) Refused(ctx context.Context, a blush.AuditEntry) error {
	if t := open(ctx); t != nil {
		t.Rollback()
	}
	if s.frozen {
		return nil
	}
	return s.group.write(ctx, []blush.AuditEntry{plainEntry(a)})
}

// audit adds an entry in the transaction of a method that writes.
func audit(ctx context.Context, q *query.Queries, a blush.AuditEntry) error {
	a = plainEntry(a)
	if t := open(ctx); t != nil {
		t.entries = append(t.entries, a)
	} else if err := chain(ctx, q, []blush.AuditEntry{a}); err != nil {
		return err
	}
	blush.NoteEntry(ctx, a)
	return nil
}

// chain adds entries to the end of the chain, and locks that until the transaction of q ends.
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

// noHash is used as the hash before the first entry.
var noHash = make([]byte, AuditHashBytes)

// chained makes the rows of entries. place is that of the first, and before is the hash of the entry before it.
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
// request, network, outcome. No field contains a line break.
func chainHash(before []byte, place int64, id string, a blush.AuditEntry) []byte {
	text := strings.Join([]string{
		strconv.FormatInt(place, 10), id, strconv.FormatInt(millis(a.At), 10), a.CustomerID, string(a.Environment), string(a.Kind), a.CredentialID,
		string(a.Action), a.UserID, a.ObjectID, a.RequestID, a.Network, string(a.Outcome), "",
	}, "\n")
	sum := sha256.Sum256(append(slices.Clone(before), text...))
	return sum[:]
}

// plainEntry removes from an entry what its hash or the database cannot represent:
// control characters, bytes that are not UTF-8, and text longer than any id.
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

// AuditRow is an entry with its place in the chain.
type AuditRow struct {
	blush.AuditEntry
	ID string
	// Place counts from 1. It is 0 for an entry that is not in the chain, because a server of an older version wrote it.
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

// AuditAfter lists the entries of the chain after a place, the oldest first.
func (s *Store) AuditAfter(ctx context.Context, place int64) iter.Seq2[AuditRow, error] {
	return pages(func() ([]query.Audit, error) {
		return s.q().ListAuditChain(ctx, query.ListAuditChainParams{AfterSeq: &place, PageLimit: pageRows})
	}, func(r query.Audit) AuditRow {
		place = *r.Seq
		return auditRow(r)
	})
}

// AuditFilter selects entries of a customer.
type AuditFilter struct {
	UserID string       // empty: entries about any user or none
	Action blush.Action // empty: all
	From   time.Time    // the first time; zero: from the beginning
	To     time.Time    // before this time; zero: up to now
}

// AuditPage lists a customer's entries in one environment, the newest first.
func (s *Store) AuditPage(ctx context.Context, customerID string, env blush.Environment, f AuditFilter, after Cursor, limit int) (blush.List[AuditRow], error) {
	if !f.To.IsZero() && f.To.Before(after.At) {
		after = Cursor{At: f.To} // no id comes before the empty one
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
			CustomerID: customerID, Environment: string(env), Since: since, BeforeAt: millis(after.At), BeforeID: after.ID, PageLimit: int32(limit + 1),
		})
	case f.UserID == "":
		rows, err = s.q().ListAuditOfAction(ctx, query.ListAuditOfActionParams{
			CustomerID: customerID, Environment: string(env), Action: string(f.Action), Since: since, BeforeAt: millis(after.At), BeforeID: after.ID,
			PageLimit: int32(limit + 1),
		})
	default:
		rows, err = s.q().ListAuditOfCustomerUser(ctx, query.ListAuditOfCustomerUserParams{
			UserID: f.UserID, CustomerID: customerID, Environment: string(env), Since: since, BeforeAt: millis(after.At), BeforeID: after.ID,
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

// chainedAtOnce is how many entries of an older version one transaction adds to the chain. Each transaction sorts all that are left.
const chainedAtOnce = 20_000

// chainOutside adds the entries to the chain that are not in it: those of an older version.
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
