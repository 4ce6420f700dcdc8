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
	// auditPause is the shortest time between two commits of accesses. A single access
	// after a pause does not wait.
	auditPause = 2 * time.Millisecond
	// auditBatch is the number of entries in one commit; the last request may exceed it a little.
	auditBatch = 500
)

// auditGroup commits the entries of many requests together: while one commit is
// running, the next ones are collected. It has a goroutine only while requests wait.
type auditGroup struct {
	commit func([]blush.AuditEntry) error

	mu      sync.Mutex
	waiting []waitingEntries
	running bool
	ended   time.Time // when the last commit ended
	work    sync.WaitGroup
}

// waitingEntries are the entries of one request.
type waitingEntries struct {
	entries []blush.AuditEntry
	done    chan error // buffered
}

// write returns when the entries are durable. If ctx ends before that, they may or may not be.
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

// run commits until no request waits.
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

// next takes the waiting entries for one commit. If there are none, it ends the run.
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

// commitEntries adds entries to the chain in their own transaction. It needs no
// deadline, because a connection to a database that is gone times out: see dial.
func (s *Store) commitEntries(entries []blush.AuditEntry) error {
	ctx := context.Background() //nolint:forbidigo // of all who wait
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
		if err := insertRows(ctx, writer{tx, s.written}, "audit", values); err != nil {
			return err
		}
		return q.SetAuditHash(ctx, hash)
	})
}
