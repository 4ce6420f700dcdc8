package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// OpenMemory opens an empty SQLite database in memory, for made-up data. Nothing of
// it is written to a disk, and it is lost with [Store.Close].
func OpenMemory(ctx context.Context) (*Store, error) {
	s, err := sqlitePools("file:/"+uuid.NewString(), "&vfs=memdb&_pragma=temp_store(MEMORY)")
	if err != nil {
		return nil, err
	}
	s.memory = true
	hold, err := s.read.Conn(ctx) // the database exists as long as a connection to it is open
	if err != nil {
		_ = s.close()
		return nil, fmt.Errorf("open sqlite database in memory: %w", err)
	}
	pools := s.close
	s.close = func() error { return errors.Join(hold.Close(), pools()) }
	return s.opened(ctx)
}

// Freeze makes a database in memory read-only for the rest of its life. Call it only
// while nothing else uses the store.
func (s *Store) Freeze() error {
	if !s.memory {
		return errors.New("only a database in memory can be frozen")
	}
	write := s.write
	s.write, s.written, s.frozen = s.read, s.prepared, true // those connections are read-only to SQLite too
	return write.Close()
}
