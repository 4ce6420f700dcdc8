package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// Transaction contains everything that one request writes, which is stored together
// or not at all. Methods of the store take part in it if their context has it, and then
// they also read what it has written. Only one goroutine may use it.
type Transaction struct {
	begin func() (*sql.Tx, error)
	kept  *prepared
	tx    *sql.Tx // nil until the first write
	ended bool
	after []func(context.Context) error
	// entries are audit entries that the commit adds to the chain, as late as possible because that locks the chain's end.
	entries []blush.AuditEntry
	chain   func(*sql.Tx, []blush.AuditEntry) error
}

type transactionKey struct{}

// Begin opens a transaction and returns the context to work with. It must be ended by
// Commit or Rollback. The database transaction begins with the first write, so that a
// long computation before it blocks no others. It is rolled back if ctx ends before
// Commit.
func (s *Store) Begin(ctx context.Context) (context.Context, *Transaction) {
	t := &Transaction{
		begin: func() (*sql.Tx, error) { return s.write.BeginTx(ctx, nil) },
		kept:  s.written,
		chain: func(tx *sql.Tx, entries []blush.AuditEntry) error {
			return chain(ctx, query.New(writer{tx, s.written}), entries)
		},
	}
	return context.WithValue(ctx, transactionKey{}, t), t
}

// open returns the open transaction of a context, nil if there is none.
func open(ctx context.Context) *Transaction {
	if t, _ := ctx.Value(transactionKey{}).(*Transaction); t != nil && !t.ended {
		return t
	}
	return nil
}

// InTransaction says whether writes with ctx wait for a commit.
func (s *Store) InTransaction(ctx context.Context) bool { return open(ctx) != nil }

// After runs f when what was written with ctx is durable: outside a transaction at
// once, inside one after its commit, and never if it is rolled back.
func (s *Store) After(ctx context.Context, f func(context.Context) error) error {
	if t := open(ctx); t != nil {
		t.after = append(t.after, f)
		return nil
	}
	return f(ctx)
}

// Commit commits what was written.
func (t *Transaction) Commit() error {
	if t.ended {
		return sql.ErrTxDone
	}
	if len(t.entries) > 0 {
		if err := t.start(); err != nil {
			t.Rollback()
			return err
		}
		if err := t.chain(t.tx, t.entries); err != nil {
			t.Rollback()
			return err
		}
	}
	t.ended = true
	if t.tx == nil {
		return nil
	}
	defer t.kept.prepareWanted()
	return t.tx.Commit()
}

// start begins the database transaction, unless it has begun.
func (t *Transaction) start() (err error) {
	if t.tx == nil {
		t.tx, err = t.begin()
	}
	return err
}

// Rollback undoes what was written. After Commit it does nothing.
func (t *Transaction) Rollback() {
	if t.ended {
		return
	}
	t.ended, t.after = true, nil
	if t.tx != nil {
		_ = t.tx.Rollback() // it fails only where the database has rolled back already
		t.kept.prepareWanted()
	}
}

// RunAfter runs the functions of [Store.After], after the commit.
func (t *Transaction) RunAfter(ctx context.Context) error {
	var errs []error
	for _, f := range t.after {
		errs = append(errs, f(ctx))
	}
	t.after = nil
	return errors.Join(errs...)
}

// part runs the writes of one method: all of them are kept, or none.
func (t *Transaction) part(ctx context.Context, f func(*query.Queries, *sql.Tx) error) error {
	if err := t.start(); err != nil {
		return err
	}
	entries := len(t.entries)
	if _, err := t.tx.ExecContext(ctx, "SAVEPOINT part"); err != nil {
		return err
	}
	if err := f(query.New(writer{t.tx, t.kept}), t.tx); err != nil {
		t.entries = t.entries[:entries]
		if _, undo := t.tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT part"); undo != nil {
			return errors.Join(err, undo)
		}
		return err
	}
	_, err := t.tx.ExecContext(ctx, "RELEASE SAVEPOINT part")
	return err
}

// reader reads in the context's transaction, or from the pool.
type reader struct {
	pool *sql.DB
	kept *prepared // nil: the driver caches statements
}

// in returns the transaction or the pool, and whether it is the pool.
func (r reader) in(ctx context.Context) (query.DBTX, bool) {
	if t := open(ctx); t != nil && t.tx != nil {
		return t.tx, false
	}
	return r.pool, true
}

func (r reader) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	db, _ := r.in(ctx)
	return db.ExecContext(ctx, q, args...)
}

func (r reader) PrepareContext(ctx context.Context, q string) (*sql.Stmt, error) {
	db, _ := r.in(ctx)
	return db.PrepareContext(ctx, q)
}

func (r reader) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	db, pool := r.in(ctx)
	if !pool || r.kept == nil {
		return db.QueryContext(ctx, q, args...)
	}
	stmt, err := r.kept.of(ctx, q) //nolint:sqlclosecheck // it is kept
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (r reader) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	db, pool := r.in(ctx)
	if pool && r.kept != nil {
		if stmt, err := r.kept.of(ctx, q); err == nil { //nolint:sqlclosecheck // it is kept
			return stmt.QueryRowContext(ctx, args...)
		}
	}
	return db.QueryRowContext(ctx, q, args...)
}

// prepared caches prepared statements by their text, because SQLite takes longer to parse
// most of ours than to run them. Their number is limited: the texts are those of package query.
type prepared struct {
	db    *sql.DB
	stmts sync.Map // text to *sql.Stmt

	mu     sync.Mutex
	wanted map[string]bool // texts that a transaction ran unprepared: the one connection that writes is its own until it ends
}

func (p *prepared) of(ctx context.Context, text string) (*sql.Stmt, error) {
	if s, ok := p.stmts.Load(text); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := p.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if first, there := p.stmts.LoadOrStore(text, s); there {
		return first.(*sql.Stmt), s.Close() //nolint:sqlclosecheck // another was faster
	}
	return s, nil
}

// want has a text prepared when the transaction has ended that runs it.
func (p *prepared) want(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wanted == nil {
		p.wanted = map[string]bool{}
	}
	p.wanted[text] = true
}

// prepareWanted prepares what was wanted. What cannot be prepared is not kept.
func (p *prepared) prepareWanted() {
	if p == nil {
		return
	}
	p.mu.Lock()
	texts := p.wanted
	p.wanted = nil
	p.mu.Unlock()
	for text := range texts {
		_, _ = p.of(context.Background(), text) //nolint:forbidigo,sqlclosecheck // it is kept, for all later writers
	}
}

// writer runs the statements of one transaction.
type writer struct {
	tx   *sql.Tx
	kept *prepared // nil: the driver keeps them
}

// stmt is the prepared statement of a text within the transaction, nil where there is none yet.
func (w writer) stmt(ctx context.Context, text string) *sql.Stmt {
	if w.kept == nil {
		return nil
	}
	s, ok := w.kept.stmts.Load(text)
	if !ok {
		w.kept.want(text)
		return nil
	}
	return w.tx.StmtContext(ctx, s.(*sql.Stmt)) // it ends with the transaction
}

func (w writer) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	if s := w.stmt(ctx, q); s != nil { //nolint:sqlclosecheck // the transaction closes it
		return s.ExecContext(ctx, args...)
	}
	return w.tx.ExecContext(ctx, q, args...)
}

func (w writer) PrepareContext(ctx context.Context, q string) (*sql.Stmt, error) {
	return w.tx.PrepareContext(ctx, q)
}

func (w writer) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	if s := w.stmt(ctx, q); s != nil { //nolint:sqlclosecheck // the transaction closes it
		return s.QueryContext(ctx, args...)
	}
	return w.tx.QueryContext(ctx, q, args...)
}

func (w writer) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	if s := w.stmt(ctx, q); s != nil { //nolint:sqlclosecheck // the transaction closes it
		return s.QueryRowContext(ctx, args...)
	}
	return w.tx.QueryRowContext(ctx, q, args...)
}
