package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// AuditHead is the end of the chain, now or at an earlier time.
type AuditHead struct {
	Place int64
	Hash  []byte
}

// AuditReport says what [Store.VerifyAudit] found.
type AuditReport struct {
	Entries int64 // in the chain
	Pruned  int64 // removed by retention
	Outside int64 // not in the chain: written by servers of an older version; the next Migrate adds them
	Head    AuditHead
	// Gone are the places of known ends that retention removed, so that they cannot be checked.
	Gone []int64
	// Broken is the first place where the chain is broken, 0 if it is intact. Why says what is wrong there.
	Broken int64
	Why    string
}

// VerifyAudit checks the chain in one snapshot: that the hash of each entry matches its
// content and the entry before, that the only empty places are those that an entry
// [blush.AuditPrune] records, and that the last entry is the one stored as the end.
// known are earlier ends of the chain, which must still be in it.
func (s *Store) VerifyAudit(ctx context.Context, known ...AuditHead) (AuditReport, error) {
	snapshot := &sql.TxOptions{}
	if s.engine == enginePostgres {
		snapshot = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := s.read.BeginTx(ctx, snapshot)
	if err != nil {
		return AuditReport{}, err
	}
	defer tx.Rollback() // it only reads
	v := verifier{q: query.New(tx), before: noHash, known: known, prunes: map[int64]*pruned{}}
	if err := v.run(ctx); err != nil {
		return AuditReport{}, err
	}
	return v.AuditReport, nil
}

// verifier checks the chain entry by entry.
type verifier struct {
	AuditReport
	q      *query.Queries
	before []byte // the hash of the entry before
	known  []AuditHead
	gaps   []query.AuditGap
	seen   int64 // the first place of the last gap that was read
	prunes map[int64]*pruned
}

// pruned is the digest of the gaps that one entry must record.
type pruned struct {
	first  int64
	digest hash.Hash
}

func (v *verifier) run(ctx context.Context) error {
	end, err := v.q.GetAuditHead(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if v.Outside, err = v.q.CountAuditOutOfChain(ctx); err != nil {
		return err
	}
	for v.Broken == 0 {
		last := v.Head.Place
		rows, err := v.q.ListAuditChain(ctx, query.ListAuditChainParams{AfterSeq: &last, PageLimit: pageRows})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if err := v.next(ctx, auditRow(r)); err != nil || v.Broken != 0 {
				return err
			}
		}
		if len(rows) < pageRows {
			break
		}
	}
	switch {
	case v.Broken != 0:
	case v.Head.Place < end.Seq:
		v.broken(v.Head.Place+1, "it is missing: the chain ends at place %d", end.Seq)
	case v.Head.Place > end.Seq:
		v.broken(v.Head.Place, "the stored end of the chain was moved back to place %d, so that no entries can be added", end.Seq)
	case end.Seq > 0 && !bytes.Equal(end.Hash, v.Head.Hash):
		v.broken(v.Head.Place, "the stored end of the chain has another hash")
	}
	for by, p := range v.prunes {
		if v.Broken == 0 || p.first < v.Broken {
			v.broken(p.first, "it was removed, but the entry at place %d does not say so", by)
		}
	}
	for _, k := range v.known {
		if v.Broken == 0 && k.Place > v.Head.Place {
			v.broken(v.Head.Place+1, "it is missing: the chain was known to reach place %d", k.Place)
		}
	}
	return nil
}

func (v *verifier) broken(place int64, format string, args ...any) {
	v.Broken, v.Why = place, fmt.Sprintf(format, args...)
}

// next checks the next entry.
func (v *verifier) next(ctx context.Context, r AuditRow) error {
	for r.Place > v.Head.Place+1 {
		found, err := v.gap(ctx)
		if err != nil {
			return err
		}
		if !found {
			v.broken(v.Head.Place+1, "it is missing")
			return nil
		}
	}
	switch {
	case r.Place <= v.Head.Place:
		v.broken(r.Place, "it exists, although it was removed")
		return nil
	case !bytes.Equal(r.Hash, chainHash(v.before, r.Place, r.ID, r.AuditEntry)):
		v.broken(r.Place, "its hash does not match its content and the entry before: one of them was changed")
		return nil
	}
	if r.Action == blush.AuditPrune {
		if p := v.prunes[r.Place]; p != nil && hex.EncodeToString(p.digest.Sum(nil)) == r.ObjectID {
			delete(v.prunes, r.Place)
		}
	}
	v.Entries++
	v.reached(r.Place, r.Hash)
	return nil
}

// gap skips the entries that were removed at the next place, and is false if none were.
func (v *verifier) gap(ctx context.Context) (bool, error) {
	if len(v.gaps) == 0 {
		var err error
		if v.gaps, err = v.q.ListAuditGaps(ctx, query.ListAuditGapsParams{AfterSeq: v.seen, PageLimit: pageRows}); err != nil || len(v.gaps) == 0 {
			return false, err
		}
	}
	g := v.gaps[0]
	if g.FirstSeq != v.Head.Place+1 || g.LastSeq < g.FirstSeq || g.PrunedBy <= g.LastSeq {
		return false, nil
	}
	v.gaps, v.seen = v.gaps[1:], g.FirstSeq
	p := v.prunes[g.PrunedBy]
	if p == nil {
		p = &pruned{g.FirstSeq, sha256.New()}
		v.prunes[g.PrunedBy] = p
	}
	p.digest.Write(gapText(g.FirstSeq, g.LastSeq, g.Hash))
	v.Pruned += g.LastSeq - g.FirstSeq + 1
	for _, k := range v.known {
		if g.FirstSeq <= k.Place && k.Place < g.LastSeq { // the hash of the last one is stored, so that one can be checked
			v.Gone = append(v.Gone, k.Place)
		}
	}
	v.reached(g.LastSeq, g.Hash)
	return true, nil
}

// reached moves the verifier to a place.
func (v *verifier) reached(place int64, hash []byte) {
	v.Head, v.before = AuditHead{place, hash}, hash
	for _, k := range v.known {
		if k.Place == place && !bytes.Equal(k.Hash, hash) && v.Broken == 0 {
			v.broken(place, "its hash is not the one that was known")
		}
	}
}

// gapText is the text of a gap in the digest of the entry that records it.
func gapText(first, last int64, hash []byte) []byte {
	return fmt.Appendf(nil, "%d %d %x\n", first, last, hash)
}

// pruneBatch is how many entries one call of PruneAudit removes. Other writers wait during the call.
const pruneBatch = 2000

// PruneAudit removes a customer's entries before a time from the chain, a part of them
// in each call: call it until n is 0. An empty customerID means the entries about unknown
// credentials ([blush.ByUnknown]); those about operators' commands that are about no
// customer are never removed. The hashes that later entries depend on stay. So does an
// entry [blush.AuditPrune], made from a. Its object is the SHA-256 of the list of what was
// removed: a line "first last hash" for each run of places. Entries of that action are
// never removed.
func (s *Store) PruneAudit(ctx context.Context, customerID string, before time.Time, a blush.AuditEntry) (n int, err error) {
	err = s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		// The chain is locked from the start, so that no other process removes the same entries.
		head, err := q.AdvanceAuditHead(ctx, query.AdvanceAuditHeadParams{Places: 1, FirstHash: noHash})
		if err != nil {
			return err
		}
		old, err := toPrune(ctx, q, customerID, before)
		if err != nil {
			return err
		}
		if n = len(old); n == 0 {
			return errNothingToPrune
		}
		digest := sha256.New()
		for len(old) > 0 {
			first, run := *old[0].Seq, 1
			for run < len(old) && *old[run].Seq == first+int64(run) {
				run++
			}
			last := old[run-1]
			old = old[run:]
			if err := q.InsertAuditGap(ctx, query.InsertAuditGapParams{FirstSeq: first, LastSeq: *last.Seq, Hash: last.Hash, PrunedBy: head.Seq}); err != nil {
				return err
			}
			if err := q.DeleteAuditRun(ctx, query.DeleteAuditRunParams{FirstSeq: &first, LastSeq: last.Seq}); err != nil {
				return err
			}
			digest.Write(gapText(first, *last.Seq, last.Hash))
		}
		a.Action, a.ObjectID = blush.AuditPrune, hex.EncodeToString(digest.Sum(nil))
		a = plainEntry(a)
		rows, hash := chained(head.Seq, head.Hash, []blush.AuditEntry{a})
		if err := q.InsertAudit(ctx, rows[0]); err != nil {
			return err
		}
		return q.SetAuditHash(ctx, hash)
	})
	if errors.Is(err, errNothingToPrune) {
		return 0, nil
	}
	if err == nil {
		s.forget(ctx)
	}
	return n, err
}

// errNothingToPrune rolls back a transaction that has taken a place without need.
var errNothingToPrune = errors.New("nothing to prune")

// toPrune lists the entries before a time, in the order of the chain.
func toPrune(ctx context.Context, q *query.Queries, customerID string, before time.Time) ([]query.ListAuditToPruneRow, error) {
	var all []query.ListAuditToPruneRow
	for _, env := range []blush.Environment{blush.Dev, blush.Live, ""} {
		rows, err := q.ListAuditToPrune(ctx, query.ListAuditToPruneParams{
			CustomerID: customerID, Environment: string(env), Before: millis(before), Kept: string(blush.AuditPrune),
			Nobody: string(blush.ByUnknown), PageLimit: int32(pruneBatch - len(all)),
		})
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b query.ListAuditToPruneRow) int { return int(*a.Seq - *b.Seq) })
	return all, nil
}
