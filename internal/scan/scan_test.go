package scan_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"blush.example/blush/biomarker"
	"blush.example/blush/blushtest/pgtest"
	"blush.example/blush/blushtest/sqlitetest"
	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/sandbox"
	"blush.example/blush/internal/scan"
	"blush.example/blush/internal/store"
	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
	"blush.example/blush/video"
)

func TestMain(m *testing.M) {
	if os.Getenv(childDatabase) != "" {
		child()
		return
	}
	os.Exit(pgtest.Run(m))
}

// world is the service with a customer, callers and two users.
type world struct {
	*scan.Service
	accounts   *account.Service
	store      *store.Store
	temp       string
	dev, live  blush.Caller
	key        string
	alice, bob blush.User
}

func ptr[T any](v T) *T { return &v }

var secrets = func() *account.Secrets {
	s, err := account.NewSecrets([]byte("a master secret of 32 bytes, not more"))
	if err != nil {
		panic(err)
	}
	return s
}()

// open makes the service over an open database.
func open(ctx context.Context, url, temp string) (*store.Store, *account.Service, *scan.Service, error) {
	st, err := store.Open(ctx, url)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := st.Migrate(ctx); err != nil {
		return nil, nil, nil, err
	}
	accounts := account.New(st, secrets, time.Now)
	return st, accounts, scan.New(st, accounts, insight.New(st, accounts, time.Now), secrets, scan.Config{TempDir: temp, MaxVideoBytes: 3 << 20}), nil
}

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{temp: filepath.Join(t.TempDir(), "tmp")}
	var err error
	if w.store, w.accounts, w.Service, err = open(ctx, url, w.temp); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	_, keys, err := w.accounts.CreateCustomer(ctx, "ACME")
	if err != nil {
		t.Fatal(err)
	}
	w.key = keys[0].Text
	w.dev, w.live = w.login(t, account.Credentials{APIKey: keys[0].Text}), w.login(t, account.Credentials{APIKey: keys[1].Text})
	w.alice, w.bob = w.user(t, "alice", nil), w.user(t, "bob", nil)
	return w
}

func sqlite(t *testing.T) *world { return newWorld(t, sqlitetest.File(t)) }

func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, newWorld(t, postgres(t))) })
}

func postgres(t *testing.T) string {
	return pgtest.URL(t, "scan", func(url string) error {
		st, err := store.Open(context.Background(), url)
		if err != nil {
			return err
		}
		defer st.Close()
		return st.Migrate(context.Background())
	})
}

func (w *world) login(t *testing.T, cr account.Credentials) blush.Caller {
	t.Helper()
	c, err := w.accounts.Authenticate(context.Background(), cr)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) user(t *testing.T, external string, birth *string) blush.User {
	t.Helper()
	u, _, err := w.accounts.CreateUser(context.Background(), w.dev, account.NewUser{ExternalID: &external, BirthDate: birth})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (w *world) token(t *testing.T, u blush.User, scope blush.Scope, scanID string) blush.Caller {
	t.Helper()
	tok, err := w.accounts.IssueToken(context.Background(), w.dev, account.TokenRequest{User: ref(u), Scope: scope, ScanID: scanID})
	if err != nil {
		t.Fatal(err)
	}
	return w.login(t, account.Credentials{Authorization: "Token " + tok.Token})
}

// start begins the background work for the length of a test.
func (w *world) start(t *testing.T) {
	t.Helper()
	if err := w.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		if err := w.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
}

// finished waits for the result of a scan.
func (w *world) finished(t *testing.T, id string) (sc blush.Scan, err error) {
	t.Helper()
	for sc.Status = blush.Processing; err == nil && sc.Status == blush.Processing; {
		sc, err = w.Get(t.Context(), w.dev, id, time.Minute)
	}
	return sc, err
}

func ref(u blush.User) blush.UserRef { return blush.UserRef{ID: u.ID} }

// aTrace is a simulated recording of the given number of seconds.
func aTrace(seed uint64, seconds float64) *rppg.Trace {
	tr, _ := simulate.NewScene(seed, seconds).Trace()
	return tr
}

// aVideo is a motion JPEG of a grey wall: 10 frames, no face.
func aVideo(shade uint8) []byte {
	img := image.NewYCbCr(image.Rect(0, 0, 160, 120), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = shade + uint8(i%7)
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
	var out bytes.Buffer
	err := video.WriteMJPEG(&out, func(yield func(video.Frame, error) bool) {
		for i := range 10 {
			if !yield(video.Frame{TimeMS: float64(i) * 1000 / 30, Image: img}, nil) {
				return
			}
		}
	}, 80)
	if err != nil {
		panic(err)
	}
	return out.Bytes()
}

func wantKind(t *testing.T, err error, k blush.Kind) {
	t.Helper()
	if got := blush.KindOf(err); got != k {
		t.Fatalf("error %v of kind %q, want %q", err, got, k)
	}
}

func wantLoc(t *testing.T, err error, loc ...any) {
	t.Helper()
	wantKind(t, err, blush.Unprocessed)
	var e *blush.Error
	if errors.As(err, &e); len(e.Fields) != 1 || !reflect.DeepEqual(e.Fields[0].Path, loc) {
		t.Fatalf("fields %+v, want %v", e.Fields, loc)
	}
}

func TestTraceIsAScanForEver(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		tr := aTrace(1, 20)
		tr.ScanID, tr.Timezone, tr.AtRest = strings.ToUpper(blush.NewID()), "Europe/Brussels", ptr(true)
		sc, created, err := w.SubmitTrace(ctx, w.dev, ref(w.alice), tr)
		if err != nil || !created || sc.Status != blush.Done || sc.ID != strings.ToLower(tr.ScanID) || sc.UserID != w.alice.ID || sc.Source != "api" {
			t.Fatalf("%+v, created %v, %v", sc, created, err)
		}
		again, created, err := w.SubmitTrace(ctx, w.dev, ref(w.alice), tr)
		if err != nil || created || !reflect.DeepEqual(again.Scan, sc.Scan) {
			t.Fatalf("retry: %+v, created %v, %v", again, created, err)
		}
		other := aTrace(2, 20)
		other.ScanID = tr.ScanID
		_, _, err = w.SubmitTrace(ctx, w.dev, ref(w.alice), other)
		wantLoc(t, err, "face_scan_id")
		_, _, err = w.SubmitTrace(ctx, w.dev, ref(w.bob), tr)
		wantKind(t, err, blush.Conflict)
		if text := err.Error(); strings.Contains(text, w.alice.ID) {
			t.Errorf("the refusal names the other user: %s", text)
		}

		v, err := scan.NewView(sc.Scan)
		if err != nil {
			t.Fatal(err)
		}
		if v.Status != blush.Done || v.QualityStatus == nil || len(v.Estimates) == 0 || v.Capture.Frames == 0 || v.Engine == nil ||
			!*v.AtRest || v.Biomarkers.SystolicBloodPressure != nil {
			t.Errorf("view: %+v", v)
		}
		if _, offset := mustTime(t, v.CreatedAt).Zone(); offset != 3600 && offset != 7200 {
			t.Errorf("created_at %s without the offset of Brussels", v.CreatedAt)
		}
		wave, err := w.Waveform(ctx, w.dev, sc.ID)
		if err != nil || wave.FaceScanID != sc.ID || wave.Pulse.Rate <= 0 || len(wave.Pulse.Samples) == 0 || len(wave.Beats) == 0 || wave.Pulse.Unit == "" {
			t.Errorf("waveform: %v, pulse of %d samples at %g Hz, %d beats", err, len(wave.Pulse.Samples), wave.Pulse.Rate, len(wave.Beats))
		}
	})
}

// A trace that has been analysed is stored, although its sender left meanwhile, or the time for an answer ended.
func TestTraceOfASenderWhoLeft(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx, leave := context.WithCancel(t.Context())
		w.Service = scan.New(w.store, w.accounts, insight.New(w.store, w.accounts, time.Now), secrets, scan.Config{TempDir: w.temp, Took: func(stage string, _ time.Duration) {
			if stage == scan.EngineStage {
				leave()
			}
		}})
		sc, created, err := w.SubmitTrace(ctx, w.dev, ref(w.alice), aTrace(1, 12))
		if err != nil || !created {
			t.Fatalf("created %v, %v", created, err)
		}
		if stored, err := w.Get(t.Context(), w.dev, sc.ID, 0); err != nil || stored.Status != blush.Done {
			t.Errorf("stored %q, %v", stored.Status, err)
		}
	})
}

func mustTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// The result is the engine's: a simulated heart at 72 bpm reads 72.
func TestSyntheticScan(t *testing.T) {
	w := sqlite(t)
	ctx := t.Context()
	for _, c := range []blush.Caller{w.live, w.token(t, w.alice, blush.ScopeAPI, "")} {
		_, _, err := w.SubmitSynthetic(ctx, c, blush.UserRef{}, scan.Synthetic{})
		wantKind(t, err, blush.Forbidden)
	}
	sc, created, err := w.SubmitSynthetic(ctx, w.dev, ref(w.alice), scan.Synthetic{Order: sandbox.Order{HeartRate: 72, Seed: 7}})
	if err != nil || !created || sc.Source != "synthetic" {
		t.Fatalf("%+v, %v, %v", sc, created, err)
	}
	v, err := scan.NewView(sc.Scan)
	if err != nil {
		t.Fatal(err)
	}
	if hr := v.Biomarkers.HeartRate; hr == nil || *hr < 69 || *hr > 75 {
		t.Errorf("heart rate %v, want 72 within 3 bpm; estimates %+v", hr, v.Estimates)
	}
	if i := biomarkerAt(v.Estimates, biomarker.HeartRate); i < 0 || v.Estimates[i].Value == nil {
		t.Errorf("estimates: %+v", v.Estimates)
	}
	id := blush.NewID()
	one, _, err := w.SubmitSynthetic(ctx, w.dev, ref(w.alice), scan.Synthetic{ScanID: id, Order: sandbox.Order{DurationS: 10}})
	if err != nil {
		t.Fatal(err)
	}
	two, created, err := w.SubmitSynthetic(ctx, w.dev, ref(w.alice), scan.Synthetic{ScanID: id, Order: sandbox.Order{DurationS: 10}})
	if err != nil || created || two.ID != one.ID {
		t.Errorf("retry: created %v, %v", created, err)
	}
	_, _, err = w.SubmitSynthetic(ctx, w.dev, ref(w.alice), scan.Synthetic{Order: sandbox.Order{HeartRate: 300}})
	wantLoc(t, err, "synthetic", "heart_rate")
	_, _, err = w.SubmitSynthetic(ctx, w.dev, ref(w.alice), scan.Synthetic{Order: sandbox.Order{DurationS: 3600}})
	wantLoc(t, err, "synthetic", "duration_s")
}

func biomarkerAt(es []biomarker.Estimate, n biomarker.Name) int {
	for i, e := range es {
		if e.Biomarker == n {
			return i
		}
	}
	return -1
}

func TestRefusedSubmissions(t *testing.T) {
	w := sqlite(t)
	ctx := t.Context()
	child := w.user(t, "child", ptr("2020-01-01"))
	_, _, err := w.SubmitTrace(ctx, w.dev, ref(child), aTrace(1, 10))
	wantKind(t, err, blush.Forbidden)
	if !strings.Contains(err.Error(), "not_eligible") {
		t.Error(err)
	}
	_, _, err = w.SubmitVideo(ctx, w.dev, ref(child), scan.VideoUpload{}, bytes.NewReader(aVideo(90)))
	wantKind(t, err, blush.Forbidden)
	for _, zone := range []string{"Mars/Olympus", "Local", "../etc/passwd"} {
		tr := aTrace(1, 10)
		tr.Timezone = zone
		_, _, err = w.SubmitTrace(ctx, w.dev, ref(w.alice), tr)
		wantLoc(t, err, "timezone")
	}
	_, _, err = w.SubmitVideo(ctx, w.dev, ref(w.alice), scan.VideoUpload{ScanID: "7"}, bytes.NewReader(aVideo(90)))
	wantLoc(t, err, "face_scan_id")
	_, _, err = w.SubmitVideo(ctx, w.dev, ref(w.alice), scan.VideoUpload{}, strings.NewReader(""))
	wantLoc(t, err, "video")
	_, _, err = w.SubmitVideo(ctx, w.dev, ref(w.alice), scan.VideoUpload{}, io.LimitReader(zeros{}, 4<<20))
	wantKind(t, err, blush.TooLarge)
	_, _, err = w.SubmitVideo(ctx, w.dev, ref(w.alice), scan.VideoUpload{}, io.MultiReader(io.LimitReader(zeros{}, 1<<20), iotest.ErrReader(errors.New("connection reset"))))
	if err == nil || blush.KindOf(err) != "" {
		t.Errorf("a connection that broke: %v", err)
	}
	if n, err := w.store.Uploads(ctx, w.alice.ID); n != 0 || err != nil {
		t.Errorf("%d uploads are left, %v", n, err)
	}
	l, err := w.List(ctx, w.dev, ref(w.alice), blush.Page{})
	if err != nil || len(l.Data) != 0 {
		t.Errorf("refused submissions left %d scans, %v", len(l.Data), err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestVideo(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.start(t)
		up := scan.VideoUpload{ScanID: blush.NewID(), Filename: "Jane Doe.MJPEG", Timezone: "Asia/Tokyo"}
		sc, created, err := w.SubmitVideo(ctx, w.dev, ref(w.alice), up, bytes.NewReader(aVideo(90)))
		if err != nil || !created || sc.Status != blush.Processing || sc.Source != "video" {
			t.Fatalf("%+v, created %v, %v", sc, created, err)
		}
		sc, err = w.finished(t, sc.ID)
		if err != nil || sc.Status != blush.Done {
			t.Fatalf("%+v, %v", sc, err)
		}
		if sc.FinishedAt == nil || sc.FinishedAt.Before(sc.CreatedAt) {
			t.Errorf("finished at %v, submitted at %s", sc.FinishedAt, sc.CreatedAt)
		}
		v, err := scan.NewView(sc)
		if err != nil || v.Capture.Frames != 10 || v.Biomarkers.HeartRate != nil {
			t.Errorf("a wall without a face: %+v, %v", v, err)
		}
		if _, err := w.store.UploadOf(ctx, sc.ID); blush.KindOf(err) != blush.NotFound {
			t.Errorf("the video was kept: %v", err)
		}
		if left, err := os.ReadDir(w.temp); err != nil || len(left) != 0 {
			t.Errorf("in the clear are left %v, %v", left, err)
		}
		again, created, err := w.SubmitVideo(ctx, w.dev, ref(w.alice), up, bytes.NewReader(aVideo(90)))
		if err != nil || created || again.Status != blush.Done {
			t.Errorf("retry: %+v, created %v, %v", again, created, err)
		}
		_, _, err = w.SubmitVideo(ctx, w.dev, ref(w.alice), up, bytes.NewReader(aVideo(120)))
		wantLoc(t, err, "face_scan_id")
		_, _, err = w.SubmitVideo(ctx, w.dev, ref(w.bob), up, bytes.NewReader(aVideo(90)))
		wantKind(t, err, blush.Conflict)

		bad, _, err := w.SubmitVideo(ctx, w.dev, ref(w.alice), scan.VideoUpload{Filename: "x.avi"}, strings.NewReader("RIFF....AVI not really"))
		if err != nil {
			t.Fatal(err)
		}
		bad, err = w.finished(t, bad.ID)
		if err != nil || bad.Status != blush.Failed || bad.Failure == "" {
			t.Errorf("a broken file: %+v, %v", bad, err)
		}
		v, err = scan.NewView(bad)
		if err != nil || v.Failure == nil || v.QualityStatus != nil {
			t.Errorf("view of a failed scan: %+v, %v", v, err)
		}
		_, err = w.Waveform(ctx, w.dev, bad.ID)
		wantKind(t, err, blush.NotFound)
	})
}

// A video that takes too long is tried only once more: the machine may have been
// busy, but more attempts would take the worker away from other videos.
func TestVideoThatTakesTooLong(t *testing.T) {
	w := sqlite(t)
	w.Service = scan.New(w.store, w.accounts, insight.New(w.store, w.accounts, time.Now), secrets, scan.Config{TempDir: w.temp, JobTimeout: time.Nanosecond})
	w.start(t)
	sc, _, err := w.SubmitVideo(t.Context(), w.dev, ref(w.alice), scan.VideoUpload{Filename: "a.y4m"}, bytes.NewReader(aVideo(120)))
	if err != nil {
		t.Fatal(err)
	}
	sc, err = w.finished(t, sc.ID)
	if err != nil || sc.Status != blush.Failed || !strings.Contains(sc.Failure, "too long") {
		t.Errorf("%s %q, %v", sc.Status, sc.Failure, err)
	}
}

// A waiting video is stored sealed in the database. Nothing of it outlives its scan or its user.
func TestWaitingVideo(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		content := aVideo(90)
		var ids []string
		for range 4 {
			sc, _, err := w.SubmitVideo(ctx, w.dev, ref(w.alice), scan.VideoUpload{}, bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, sc.ID)
		}
		_, _, err := w.SubmitVideo(ctx, w.dev, ref(w.alice), scan.VideoUpload{}, bytes.NewReader(content))
		wantKind(t, err, blush.TooMany)
		up, err := w.store.UploadOf(ctx, ids[0])
		if err != nil {
			t.Fatal(err)
		}
		chunk, ok, err := w.store.Chunk(ctx, up.ID, 0)
		if err != nil || !ok || bytes.Contains(chunk, content[:64]) || len(chunk) <= len(content) {
			t.Errorf("chunk of %d bytes, there %v, %v", len(chunk), ok, err)
		}
		start := time.Now()
		sc, err := w.Get(ctx, w.dev, ids[0], 600*time.Millisecond)
		if err != nil || sc.Status != blush.Processing || time.Since(start) < 500*time.Millisecond {
			t.Errorf("waited %v for %+v, %v", time.Since(start), sc, err)
		}
		if err := w.Delete(ctx, w.dev, ids[0]); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := w.store.Chunk(ctx, up.ID, 0); ok || err != nil {
			t.Errorf("the video of an erased scan is there: %v, %v", ok, err)
		}
		if err := w.accounts.DeleteUser(ctx, w.dev, ref(w.alice)); err != nil {
			t.Fatal(err)
		}
		bobs, _, err := w.SubmitVideo(ctx, w.dev, ref(w.bob), scan.VideoUpload{}, bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		stray := filepath.Join(w.temp, "scan-of-a-dead-process")
		if err := os.MkdirAll(stray, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(stray, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.start(t) // the jobs of erased scans run into nothing, Bob's is done
		if bobs, err = w.finished(t, bobs.ID); err != nil || bobs.Status != blush.Done {
			t.Errorf("%+v, %v", bobs, err)
		}
		for _, id := range ids {
			_, err := w.Get(ctx, w.dev, id, 0)
			wantKind(t, err, blush.NotFound)
		}
		for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) { // the sweeper works beside the jobs
			if _, err := os.Stat(stray); errors.Is(err, fs.ErrNotExist) {
				break
			}
		}
		if left, err := os.ReadDir(w.temp); err != nil || len(left) != 0 {
			t.Errorf("in the clear are left %v, %v", left, err)
		}
	})
}

func TestWhoSeesAScan(t *testing.T) {
	w := sqlite(t)
	ctx := t.Context()
	sc, _, err := w.SubmitTrace(ctx, w.token(t, w.alice, blush.ScopeScan, ""), blush.UserRef{}, aTrace(1, 12))
	if err != nil || sc.Source != "browser" {
		t.Fatalf("%+v, %v", sc, err)
	}
	_, keys, err := w.accounts.CreateCustomer(ctx, "Other")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		caller blush.Caller
		kind   blush.Kind
	}{
		"own key":               {w.dev, ""},
		"live key":              {w.live, blush.NotFound},
		"other customer":        {w.login(t, account.Credentials{APIKey: keys[0].Text}), blush.NotFound},
		"own token":             {w.token(t, w.alice, blush.ScopeAPI, ""), ""},
		"other user's token":    {w.token(t, w.bob, blush.ScopeAPI, ""), blush.NotFound},
		"results of this scan":  {w.token(t, w.alice, blush.ScopeResults, sc.ID), ""},
		"results of other scan": {w.token(t, w.alice, blush.ScopeResults, blush.NewID()), blush.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Get(ctx, c.caller, strings.ReplaceAll(sc.ID, "-", ""), 0)
			wantKind(t, err, c.kind)
			_, err = w.Waveform(ctx, c.caller, sc.ID)
			wantKind(t, err, c.kind)
		})
	}
	wantKind(t, w.Delete(ctx, w.live, sc.ID), blush.NotFound)
	_, err = w.Get(ctx, w.dev, "nonsense", 0)
	wantLoc(t, err, "face_scan_id")
	if err := w.Delete(ctx, w.dev, sc.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.Get(ctx, w.dev, sc.ID, 0)
	wantKind(t, err, blush.NotFound)
	var actions []string
	for a, err := range w.store.AuditOf(ctx, w.alice.ID) {
		if err != nil {
			t.Fatal(err)
		}
		actions = append(actions, string(a.Action))
	}
	for _, want := range []string{"scan.create", "scan.read", "scan.read_waveform", "scan.delete"} {
		if !strings.Contains(fmt.Sprint(actions), want) {
			t.Errorf("no %s in the audit trail %v", want, actions)
		}
	}
}

func TestListIsNewestFirst(t *testing.T) {
	w := sqlite(t)
	ctx := t.Context()
	var ids []string
	for i := range 3 {
		sc, _, err := w.SubmitTrace(ctx, w.dev, ref(w.alice), aTrace(uint64(i), 10))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, sc.ID)
		time.Sleep(2 * time.Millisecond)
	}
	first, err := w.List(ctx, w.dev, ref(w.alice), blush.Page{Limit: 2})
	if err != nil || !first.HasMore || len(first.Data) != 2 || first.Data[0].ID != ids[2] || first.Data[1].ID != ids[1] {
		t.Fatalf("%+v, %v", first, err)
	}
	rest, err := w.List(ctx, w.dev, ref(w.alice), blush.Page{Limit: 2, StartingAfter: ids[1]})
	if err != nil || rest.HasMore || len(rest.Data) != 1 || rest.Data[0].ID != ids[0] {
		t.Fatalf("%+v, %v", rest, err)
	}
	_, err = w.List(ctx, w.dev, ref(w.bob), blush.Page{StartingAfter: ids[1]})
	wantLoc(t, err, "starting_after")
	export, err := w.accounts.ExportUser(ctx, w.dev, ref(w.alice))
	if err != nil {
		t.Fatal(err)
	}
	defer export.Close()
	var written bytes.Buffer
	if err := export.Write(ctx, &written); err != nil {
		t.Fatal(err)
	}
	doc := written.Bytes()
	for _, id := range ids {
		if !bytes.Contains(doc, []byte(id)) {
			t.Errorf("scan %s is not in the export", id)
		}
	}
	if bytes.Count(doc, []byte(`"time_ms"`)) != 3 {
		t.Error("the export lacks traces")
	}
}
