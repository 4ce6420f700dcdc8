package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/riverqueue/river"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store/query"
)

// Data names one of the large parts of a scan, which are not stored in its row.
type Data string

// The large parts.
const (
	// TraceData is a trace in its compact form. Earlier versions stored JSON.
	TraceData Data = "trace"
	// WaveformData is JSON, which the store compresses.
	WaveformData Data = "waveform"
)

// CreateScan stores a finished scan with its large parts. If a scan with this id
// exists, it changes nothing and returns that scan, of whichever user, with
// created false. The error is NoRoom if the disk is nearly full.
func (s *Store) CreateScan(ctx context.Context, sc blush.Scan, data map[Data][]byte, a blush.AuditEntry) (stored blush.Scan, created bool, err error) {
	sealed, err := s.sealData(ctx, sc, data)
	if err != nil {
		return blush.Scan{}, false, err
	}
	defer func() { s.unlessKept(ctx, sealed, created && err == nil) }()
	return s.createScan(ctx, sc, a, func(q *query.Queries, _ *sql.Tx) error {
		return putData(ctx, q, sc.ID, sealed)
	}, nil)
}

// CreateVideoScan stores a scan that is Processing, assigns it the upload, and
// enqueues the job that analyses it: everything or nothing. If a scan with this id
// exists, it deletes the upload and returns that scan, with created false.
func (s *Store) CreateVideoScan(ctx context.Context, sc blush.Scan, uploadID string, job river.JobArgs, a blush.AuditEntry) (stored blush.Scan, created bool, err error) {
	return s.createScan(ctx, sc, a, func(q *query.Queries, tx *sql.Tx) error {
		n, err := q.LinkUpload(ctx, query.LinkUploadParams{ScanID: &sc.ID, ID: uploadID})
		if err := gone(n, err, "Upload"); err != nil {
			return err
		}
		err = s.enqueue(ctx, tx, job)
		return err
	}, func(q *query.Queries) error { return q.DeleteUpload(ctx, uploadID) })
}

func (s *Store) createScan(ctx context.Context, sc blush.Scan, a blush.AuditEntry,
	rest func(*query.Queries, *sql.Tx) error, there func(*query.Queries) error,
) (stored blush.Scan, created bool, err error) {
	err = s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		n, err := insertScan(ctx, q, sc)
		if err != nil {
			return err
		}
		if created = n > 0; created {
			if err = s.room(); err == nil {
				err = rest(q, tx)
			}
			if err == nil {
				err = s.learn(ctx, q, tx, sc)
			}
			if err == nil {
				err = use(ctx, q, sc)
			}
		} else if there != nil {
			err = there(q)
		}
		if err != nil {
			return err
		}
		r, err := q.GetScan(ctx, sc.ID)
		stored = scan(r)
		if err != nil || !created {
			return err
		}
		return audit(ctx, q, a)
	})
	return stored, created, err
}

// use counts a submitted scan for the quotas.
func use(ctx context.Context, q *query.Queries, sc blush.Scan) error {
	day := dayOf(sc.CreatedAt)
	if err := q.DropScanUse(ctx, query.DropScanUseParams{UserID: sc.UserID, Before: day}); err != nil {
		return err
	}
	return q.AddScanUse(ctx, query.AddScanUseParams{UserID: sc.UserID, Day: day, Bytes: sc.Bytes})
}

// keepUse counts what a user submitted for the customer's quota, before the user is erased. It drops what was counted before today.
func keepUse(ctx context.Context, q *query.Queries, customerID, userID string, at time.Time) error {
	if err := q.DropErasedUse(ctx, query.DropErasedUseParams{CustomerID: customerID, Before: dayOf(at)}); err != nil {
		return err
	}
	return q.KeepScanUse(ctx, userID)
}

// dayOf is the day in UTC by which quotas count.
func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// ScanUseOfUser returns how much a user submitted on the UTC day of a time, including what was erased since.
func (s *Store) ScanUseOfUser(ctx context.Context, userID string, at time.Time) (blush.ScanUse, error) {
	r, err := s.q().ScanUseOfUser(ctx, query.ScanUseOfUserParams{UserID: userID, Day: dayOf(at)})
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return blush.ScanUse(r), err
}

// ScanUseOfCustomer returns how much a customer's users submitted on the UTC day of a time, including those who were erased since.
func (s *Store) ScanUseOfCustomer(ctx context.Context, customerID string, at time.Time) (blush.ScanUse, error) {
	r, err := s.q().ScanUseOfCustomer(ctx, query.ScanUseOfCustomerParams{CustomerID: customerID, Day: dayOf(at)})
	return blush.ScanUse(r), err
}

func insertScan(ctx context.Context, q *query.Queries, sc blush.Scan) (int64, error) {
	n, err := q.InsertScan(ctx, query.InsertScanParams{
		ID: sc.ID, UserID: sc.UserID, Status: string(sc.Status), CreatedAt: millis(sc.CreatedAt), Timezone: sc.Timezone,
		AtRest: sc.AtRest, Source: sc.Source, InputHash: sc.InputHash, Result: text(sc.Result), Failure: sc.Failure,
	})
	if isForeignKey(err) {
		return 0, blush.E(blush.NotFound, "User not found.")
	}
	return n, err
}

// FinishScan stores the outcome of a scan that is Processing, and deletes its video.
// If the scan is finished already or does not exist, it changes nothing and finished is false.
func (s *Store) FinishScan(ctx context.Context, sc blush.Scan, data map[Data][]byte) (finished bool, err error) {
	sealed, err := s.sealData(ctx, sc, data)
	if blush.KindOf(err) == blush.NotFound { // the user was erased meanwhile, and the scan with them
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { s.unlessKept(ctx, sealed, finished && err == nil) }()
	defer s.sweepSoon(ctx) // the video
	err = s.tx(ctx, func(q *query.Queries, tx *sql.Tx) error {
		n, err := q.FinishScan(ctx, query.FinishScanParams{ID: sc.ID, Status: string(sc.Status), Result: text(sc.Result), Failure: sc.Failure, FinishedAt: toMillisPtr(sc.FinishedAt)})
		if err != nil {
			return err
		}
		if finished = n > 0; finished {
			if err := putData(ctx, q, sc.ID, sealed); err != nil {
				return err
			}
			if err := s.learn(ctx, q, tx, sc); err != nil {
				return err
			}
		}
		return q.DeleteUploadOf(ctx, &sc.ID)
	})
	return finished, err
}

// Scan finds a scan of any user by its id.
func (s *Store) Scan(ctx context.Context, id string) (blush.Scan, error) {
	r, err := s.q().GetScan(ctx, id)
	return scan(r), found(err, "Face scan")
}

// ScanOf finds a scan of a customer's user in one environment.
func (s *Store) ScanOf(ctx context.Context, customerID string, env blush.Environment, id string) (blush.Scan, error) {
	r, err := s.q().GetScanOf(ctx, query.GetScanOfParams{ID: id, CustomerID: customerID, Environment: string(env)})
	return scan(r), found(err, "Face scan")
}

// Scans lists a user's scans, the newest first.
func (s *Store) Scans(ctx context.Context, userID string, after Cursor, limit int) (blush.List[blush.Scan], error) {
	rows, err := s.q().ListScans(ctx, query.ListScansParams{
		UserID: userID, BeforeAt: millis(after.At), BeforeID: after.ID, PageLimit: int32(limit + 1),
	})
	return page(scans(rows), limit), err
}

// OldestScans lists a user's scans, the oldest first.
func (s *Store) OldestScans(ctx context.Context, userID string, after Cursor, limit int) (blush.List[blush.Scan], error) {
	rows, err := s.q().ListOldestScans(ctx, query.ListOldestScansParams{
		UserID: userID, AfterAt: millis(after.At), AfterID: after.ID, PageLimit: int32(limit + 1),
	})
	return page(scans(rows), limit), err
}

// ScanData returns one of the large parts of a scan.
func (s *Store) ScanData(ctx context.Context, id string, kind Data) ([]byte, error) {
	r, err := s.ReadScanData(ctx, id, kind)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// ReadScanData reads one of the large parts of a scan. Only its compressed form is in memory.
// A part that is damaged or belongs to another scan is an error.
func (s *Store) ReadScanData(ctx context.Context, id string, kind Data) (io.Reader, error) {
	q := s.q()
	r, err := q.GetScanData(ctx, query.GetScanDataParams{ScanID: id, Kind: string(kind)})
	if err != nil {
		return nil, found(err, "Face scan "+string(kind))
	}
	if r.Object != nil {
		if r.Data, err = s.getObject(ctx, *r.Object); err != nil {
			return nil, err
		}
	}
	b, err := s.openData(ctx, q, r.KeyID, r.Data, id, kind)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(b, []byte(gzipMagic)) {
		return bytes.NewReader(b), nil
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s of scan %s: %w", kind, id, err)
	}
	return z, nil
}

// DeleteScan erases a scan with its large parts and its video, also from the answers stored for retries and from pending webhooks.
func (s *Store) DeleteScan(ctx context.Context, id, userID string, a blush.AuditEntry) error {
	return s.erase(ctx, userID, id, a, func(q *query.Queries) (int64, error) {
		sc, err := q.GetScan(ctx, id)
		if err != nil {
			return 0, found(err, "Face scan")
		}
		n, err := q.DeleteScan(ctx, query.DeleteScanParams{ID: id, UserID: userID})
		return sc.CreatedAt, gone(n, err, "Face scan")
	})
}

// learn adds a finished scan to its person's history.
func (s *Store) learn(ctx context.Context, q *query.Queries, tx *sql.Tx, sc blush.Scan) error {
	if sc.Point == nil {
		return nil
	}
	if err := s.putPoint(ctx, q, tx, *sc.Point); err != nil {
		return err
	}
	return touch(ctx, q, sc.UserID, sc.CreatedAt)
}

// gzipMagic is the beginning of gzip data (RFC 1952 §2.3.1).
const gzipMagic = "\x1f\x8b"

// compress gzips the large parts except the trace, which is compact already. It runs before the transaction, which must be short.
// The fastest level takes a sixth of the default level's time and 6 % more space.
func compress(data map[Data][]byte) (map[Data][]byte, error) {
	out := make(map[Data][]byte, len(data))
	for kind, b := range data {
		if kind == TraceData {
			out[kind] = b
			continue
		}
		var z bytes.Buffer
		w, err := gzip.NewWriterLevel(&z, gzip.BestSpeed)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(b); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		out[kind] = z.Bytes()
	}
	return out, nil
}

// sealData compresses and seals the large parts of a scan. It also runs before the transaction.
func (s *Store) sealData(ctx context.Context, sc blush.Scan, data map[Data][]byte) (sealedData, error) {
	if len(data) == 0 {
		return sealedData{}, nil
	}
	compressed, err := compress(data)
	if err != nil {
		return sealedData{}, err
	}
	k, err := s.keyOfUser(ctx, sc.UserID)
	if err != nil {
		return sealedData{}, err
	}
	sealed := k.data(sc.ID, compressed)
	if trace, ok := sealed.data[TraceData]; ok && s.objects != nil {
		sealed.data[TraceData] = []byte{}
		sealed.object, err = s.putObject(ctx, trace)
	}
	return sealed, err
}

// unlessKept releases the object of a scan that was not stored.
func (s *Store) unlessKept(ctx context.Context, sealed sealedData, kept bool) {
	if sealed.object != "" && !kept && open(ctx) == nil { // inside an open transaction the object is swept later
		s.releaseObject(ctx, sealed.object)
	}
}

func putData(ctx context.Context, q *query.Queries, id string, sealed sealedData) error {
	for kind, b := range sealed.data {
		put := query.PutScanDataParams{ScanID: id, Kind: string(kind), KeyID: &sealed.keyID, Data: b}
		if kind == TraceData && sealed.object != "" {
			put.Object = &sealed.object
			if err := claimObject(ctx, q, sealed.object, id); err != nil {
				return err
			}
		}
		if err := q.PutScanData(ctx, put); err != nil {
			return err
		}
	}
	return nil
}

func text(j json.RawMessage) *string {
	if j == nil {
		return nil
	}
	s := string(j)
	return &s
}

func raw(s *string) json.RawMessage {
	if s == nil {
		return nil
	}
	return json.RawMessage(*s)
}

func scans(rows []query.Scan) []blush.Scan {
	out := make([]blush.Scan, len(rows))
	for i, r := range rows {
		out[i] = scan(r)
	}
	return out
}

func scan(r query.Scan) blush.Scan {
	return blush.Scan{
		ID: r.ID, UserID: r.UserID, Status: blush.ScanStatus(r.Status), CreatedAt: fromMillis(r.CreatedAt), Timezone: r.Timezone,
		AtRest: r.AtRest, Source: r.Source, InputHash: r.InputHash, Failure: r.Failure, Result: raw(r.Result), FinishedAt: fromMillisPtr(r.FinishedAt),
	}
}
