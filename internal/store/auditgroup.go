package store

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

const (
	// auditPause is the least time between two commits of accesses that are noted
	// together. One that comes alone does not wait.
	auditPause = 2 * time.Millisecond
	// auditBatch is how many entries one commit takes, or a little more.
	auditBatch = 500
)

// auditGroup commits the entries of many requests together: while one commit is
// under way the next ones gather. It has a goroutine only while somebody waits.
type auditGroup struct {
	commit func([]blush.AuditEntry) error

	mu      sync.Mutex
	waiting []waitingEntries
	running bool
	ended   time.Time // when the last commit ended
	work    sync.WaitGroup
}

// waitingEntries are those of one request.
type waitingEntries struct {
	entries []blush.AuditEntry
	done    chan error // has room for the outcome
}

// write returns when the entries are durable. When ctx ends before, they may be or not.
func (g *auditGroup) write(ctx context.Context, entries []blush.AuditEntry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(entries) == 0 {
		return nil
	}
	w := waitingEntries{entries, make(chan error, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, w)
	if !g.running {
		g.running = true
		g.work.Go(g.run)
	}
	g.mu.Unlock()
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run commits until nobody waits.
func (g *auditGroup) run() {
	for {
		time.Sleep(auditPause - time.Since(g.ended))
		batch, entries := g.next()
		if len(batch) == 0 {
			return
		}
		err := g.commit(entries)
		g.ended = time.Now()
		for _, w := range batch {
			w.done <- err
		}
	}
}

// next takes what waits, as far as one commit takes it. With nothing it ends the run.
func (g *auditGroup) next() (batch []waitingEntries, entries []blush.AuditEntry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for n < len(g.waiting) && len(entries) < auditBatch {
		entries = append(entries, g.waiting[n].entries...)
		n++
	}
	batch = g.waiting[:n:n]
	if g.waiting = g.waiting[n:]; n == 0 {
		g.waiting, g.running = nil, false
	}
	return batch, entries
}

// commitEntries adds entries to the chain in a transaction of their own. The
// connection to a database that is gone ends by itself: see dial.
func (s *Store) commitEntries(entries []blush.AuditEntry) error {
	ctx := context.Background()
	return s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		head, err := q.AdvanceAuditHead(ctx, query.AdvanceAuditHeadParams{Places: int64(len(entries)), FirstHash: noHash})
		if err != nil {
			return err
		}
		rows, hash := chained(head.Seq-int64(len(entries))+1, head.Hash, entries)
		values := make([][]any, len(rows))
		for i, r := range rows {
			values[i] = []any{r.ID, r.At, r.CustomerID, r.Kind, r.CredentialID, r.Action, r.UserID, r.ObjectID, r.RequestID,
				r.Environment, r.Network, r.Outcome, r.Seq, r.Hash}
		}
		if err := insertRows(ctx, tx, "audit", values); err != nil {
			return err
		}
		return q.SetAuditHash(ctx, hash)
	})
}
