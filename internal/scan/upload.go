package scan

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

const (
	// chunkBytes is the length of a stored piece of a video before it is sealed.
	chunkBytes = 1 << 20
	// maxUploads is how many videos of one user may be arriving or waiting at the same time.
	maxUploads = 4
)

// VideoUpload describes a video that is being submitted.
type VideoUpload struct {
	// ScanID is made by the sender, a UUID with or without dashes, or empty.
	ScanID   string
	Filename string // only its extension is kept
	Timezone string // IANA name; empty means UTC
	AtRest   *bool

	synthetic bool      // made to order
	notBefore time.Time // when it is analysed at the earliest; zero: at once
}

// SubmitVideo stores a video, sealed, and leaves its analysis to the background: the scan is Processing.
func (s *Service) SubmitVideo(ctx context.Context, c blush.Caller, ref blush.UserRef, up VideoUpload, video io.Reader) (sc blush.Scan, created bool, err error) {
	u, err := s.accept(ctx, c, ref)
	if err != nil {
		return blush.Scan{}, false, err
	}
	id, err := scanID(up.ScanID)
	if err != nil {
		return blush.Scan{}, false, err
	}
	tz, err := blush.Zone(c, up.Timezone)
	if err != nil {
		return blush.Scan{}, false, err
	}
	sc = blush.Scan{ID: id, UserID: u.ID, Status: blush.Processing, CreatedAt: s.cfg.Now(), Timezone: tz, AtRest: up.AtRest, Source: "video"}
	if up.synthetic {
		sc.Source = synthetic
	}
	if stored, err := s.store.Scan(ctx, id); err == nil {
		// A retry: the content is compared, not stored a second time.
		sc.InputHash, sc.Bytes, err = s.readVideo(video, func(int64, []byte) error { return nil })
		if err != nil {
			return blush.Scan{}, false, err
		}
		return stored, false, s.again(ctx, c, stored, sc)
	} else if blush.KindOf(err) != blush.NotFound {
		return blush.Scan{}, false, err
	}
	most, args, err := s.mayUpload(ctx, u, videoArgs{ScanID: id, notBefore: up.notBefore}, sc.CreatedAt)
	if err != nil {
		return blush.Scan{}, false, err
	}
	upload := store.Upload{ID: blush.NewID(), UserID: u.ID, Extension: extension(up.Filename), CreatedAt: s.cfg.Now()}
	if err := s.store.BeginUpload(ctx, upload); err != nil {
		return blush.Scan{}, false, err
	}
	arrived := int64(0)
	sc.InputHash, sc.Bytes, err = s.readVideo(video, func(seq int64, chunk []byte) error {
		if arrived += int64(len(chunk)); arrived > most {
			return overQuota(sc.CreatedAt, "This video has more than the %d bytes that are left for today.", most)
		}
		return s.store.AddChunk(ctx, upload.ID, seq, s.secrets.Seal(chunk, chunkPurpose(upload.ID, seq)))
	})
	var stored blush.Scan
	if err == nil {
		stored, created, err = s.store.CreateVideoScan(ctx, sc, upload.ID, args, s.accounts.Audit(c, blush.ScanCreate, u.ID, id))
	}
	if err != nil {
		return blush.Scan{}, false, errors.Join(err, s.store.DropUpload(context.WithoutCancel(ctx), upload.ID))
	}
	if !created {
		err = s.again(ctx, c, stored, sc)
	}
	return stored, created, err
}

// mayUpload returns how many bytes a new video of a user may have, and the job that will analyse it in its turn.
func (s *Service) mayUpload(ctx context.Context, u blush.User, args videoArgs, at time.Time) (most int64, _ videoArgs, err error) {
	n, err := s.store.Uploads(ctx, u.ID)
	if err != nil {
		return 0, args, err
	}
	if n >= maxUploads {
		e := blush.E(blush.TooMany, "%d videos of this user are already waiting.", n)
		e.RetryAfter = 30 * time.Second
		return 0, args, e
	}
	if most, err = s.within(ctx, u, at, s.cfg.MaxVideoBytes); err != nil {
		return 0, args, err
	}
	args, err = s.inTurn(ctx, args, u, n)
	return most, args, err
}

// inTurn sets the priority of a video: the more videos of its user or its customer are
// waiting, the later it is analysed.
func (s *Service) inTurn(ctx context.Context, args videoArgs, u blush.User, ofUser int64) (videoArgs, error) {
	ofCustomer, err := s.store.CustomerUploads(ctx, u.CustomerID)
	args.priority = int(min(1+max(ofUser, ofCustomer/4), lastPriority))
	return args, err
}

// readVideo passes a video on in chunks, and returns its SHA-256 and its length.
func (s *Service) readVideo(video io.Reader, chunk func(seq int64, b []byte) error) (sum []byte, total int64, err error) {
	hash := sha256.New()
	buf := make([]byte, chunkBytes)
	for seq := int64(0); ; seq++ {
		n, err := io.ReadFull(video, buf)
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return nil, 0, err
		}
		if total += int64(n); total > s.cfg.MaxVideoBytes {
			return nil, 0, blush.E(blush.TooLarge, "A video may have at most %d MiB.", s.cfg.MaxVideoBytes>>20)
		}
		if n > 0 {
			hash.Write(buf[:n])
			if err := chunk(seq, buf[:n]); err != nil {
				return nil, 0, err
			}
		}
		if end {
			break
		}
	}
	if total == 0 {
		return nil, 0, blush.Field("The video is empty.", "value_error", "video")
	}
	return hash.Sum(nil), total, nil
}

// writeVideo decrypts the video of an upload to w and returns its SHA-256.
func (s *Service) writeVideo(ctx context.Context, uploadID string, w io.Writer) ([]byte, error) {
	hash := sha256.New()
	for seq := int64(0); ; seq++ {
		sealed, ok, err := s.store.Chunk(ctx, uploadID, seq)
		if err != nil {
			return nil, err
		}
		if !ok {
			return hash.Sum(nil), nil
		}
		chunk, err := s.secrets.Open(sealed, chunkPurpose(uploadID, seq))
		if err != nil {
			return nil, err
		}
		hash.Write(chunk)
		if _, err := w.Write(chunk); err != nil {
			return nil, err
		}
	}
}

func chunkPurpose(uploadID string, seq int64) string {
	return fmt.Sprintf("upload %s %d", uploadID, seq)
}

var plainExtension = regexp.MustCompile(`^\.[a-z0-9]{1,8}$`)

// extension returns only a harmless extension of a file's name, because the rest may name a person.
func extension(filename string) string {
	ext := strings.ToLower(path.Ext(filename))
	if !plainExtension.MatchString(ext) {
		return ""
	}
	return ext
}

// Delete erases a scan, its trace and its video.
func (s *Service) Delete(ctx context.Context, c blush.Caller, id string) error {
	sc, err := s.visible(ctx, c, id)
	if err != nil {
		return err
	}
	if err := s.store.DeleteScan(ctx, sc.ID, sc.UserID, s.accounts.Audit(c, blush.ScanDelete, sc.UserID, sc.ID)); err != nil {
		return err
	}
	s.learnt(ctx, sc, nil)
	return nil
}
