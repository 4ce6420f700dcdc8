package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// Upload is a video in sealed chunks.
type Upload struct {
	ID        string
	UserID    string
	Extension string
	CreatedAt time.Time
}

// BeginUpload opens an upload. If no scan takes it, it is deleted after a while.
func (s *Store) BeginUpload(ctx context.Context, u Upload) error {
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		err := q.InsertUpload(ctx, query.InsertUploadParams{ID: u.ID, UserID: u.UserID, Extension: u.Extension, CreatedAt: millis(u.CreatedAt)})
		if isForeignKey(err) {
			return blush.E(blush.NotFound, "User not found.")
		}
		return err
	})
}

// Uploads counts a user's videos that are arriving or waiting.
func (s *Store) Uploads(ctx context.Context, userID string) (int64, error) {
	return s.q().CountUploads(ctx, userID)
}

// CustomerUploads counts the videos of a customer's users that are arriving or waiting.
func (s *Store) CustomerUploads(ctx context.Context, customerID string) (int64, error) {
	return s.q().CountCustomerUploads(ctx, customerID)
}

// AddChunk appends chunk number seq, from 0. The error is NotFound if the upload was deleted
// meanwhile, NoRoom if the disk is nearly full.
func (s *Store) AddChunk(ctx context.Context, uploadID string, seq int64, sealed []byte) error {
	if err := s.room(); err != nil {
		return err
	}
	chunk := query.InsertChunkParams{UploadID: uploadID, Seq: seq, Data: sealed}
	if s.objects != nil {
		name := videoPrefix + blush.NewID()
		chunk.Data, chunk.Object = []byte{}, &name
	}
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error {
		err := q.InsertChunk(ctx, chunk)
		if err == nil && chunk.Object != nil { // listed for the upload before it is written, so that it is deleted with the upload
			err = q.InsertObject(ctx, query.InsertObjectParams{Name: *chunk.Object, UploadID: &uploadID, Claimed: true, CreatedAt: millis(time.Now())})
		}
		if isForeignKey(err) {
			return blush.E(blush.NotFound, "Upload not found.")
		}
		return err
	})
	if err == nil && chunk.Object != nil {
		err = s.objects.Put(ctx, *chunk.Object, sealed)
	}
	return err
}

// DropUpload erases an upload.
func (s *Store) DropUpload(ctx context.Context, id string) error {
	defer s.sweepSoon(ctx)
	return s.tx(ctx, func(q *query.Queries, _ *sql.Tx) error { return q.DeleteUpload(ctx, id) })
}

// DropStrayUploads erases the uploads begun before a time that never became a scan.
func (s *Store) DropStrayUploads(ctx context.Context, before time.Time) (int64, error) {
	var n int64
	err := s.tx(ctx, func(q *query.Queries, _ *sql.Tx) (err error) {
		n, err = q.DeleteStrayUploads(ctx, millis(before))
		return err
	})
	return n, err
}

// UploadOf finds the upload of a scan.
func (s *Store) UploadOf(ctx context.Context, scanID string) (Upload, error) {
	r, err := s.q().GetUploadOf(ctx, &scanID)
	return Upload{ID: r.ID, UserID: r.UserID, Extension: r.Extension, CreatedAt: fromMillis(r.CreatedAt)}, found(err, "Upload")
}

// Chunk returns chunk number seq of an upload; ok is false after the last one.
func (s *Store) Chunk(ctx context.Context, uploadID string, seq int64) (sealed []byte, ok bool, err error) {
	r, err := s.q().GetChunk(ctx, query.GetChunkParams{UploadID: uploadID, Seq: seq})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err == nil && r.Object != nil:
		r.Data, err = s.getObject(ctx, *r.Object)
	}
	return r.Data, err == nil, err
}
