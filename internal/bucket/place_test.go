package bucket_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"blush.example/blush/internal/bucket"
)

// Each part of a bucket's URL either has an effect or is refused, and no refusal shows a secret.
func TestPlaces(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "key")
	const secret = "hunter2"
	for place, says := range map[string]string{
		"":                              "is named by",
		" s3://acme":                    "is named by",
		"s3:acme":                       "is named by",
		"ftp://user:hunter2@acme":       "is named by",
		"mem://hunter2":                 "is named by",
		"://hunter2":                    "is named by",
		"s3://user:hunter2@%zz":         "is named by",
		"s3://":                         "the name of the bucket is missing",
		"s3://user:hunter2@acme":        "credentials come from",
		"s3://hunter2@acme?region=x":    "credentials come from",
		"s3://acme:9000?region=x":       "without a port",
		"s3://acme/recordings?region=x": "prefix",
		"s3://acme?region=x#hunter2":    "a # in the URL",
		"s3://acme?region=x#":           "a # in the URL",
		"s3://acme?region=x&secret_access_key=hunter2":            "secret_access_key is unknown",
		"s3://acme?region=x&hunter2":                              "a parameter is unknown",
		"s3://acme?region=x&key=hunter2":                          "key is unknown",
		"s3://acme?region=x&awssdk=v1":                            "awssdk is unknown; there are region",
		"s3://acme?region=x&region=hunter2":                       "region must be given once",
		"s3://acme?region=":                                       "region is empty",
		"s3://acme?region=x;endpoint=hunter2":                     "cannot be read",
		"s3://acme?region=x&endpoint=https://u:hunter2@minio":     "endpoint must be",
		"s3://acme?region=x&endpoint=minio:9000":                  "endpoint must be",
		"s3://acme?region=x&endpoint=https://minio?token=hunter2": "endpoint must be",
		"s3://acme?region=x&role=hunter2":                         `role must be an ARN, which begins with "arn:"`,
		"file://host/hunter2":                                     "file:///PATH",
		"file:///tmp/a?key=hunter2":                               "file:///PATH",
		"file:hunter2":                                            "is named by",
	} {
		b, err := bucket.Open(t.Context(), place)
		if err == nil {
			t.Errorf("%q is opened", place)
			b.Close()
			continue
		}
		if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v, want %q in it and no secret", place, err, says)
		}
	}
	for _, place := range []string{"s3://acme?region=eu-central-1", "s3://acme/?region=eu-central-1&prefix=blush/",
		"s3://acme?region=eu-central-1&use_path_style=true&endpoint=https://minio.example.org:9000", "S3://acme?region=eu-central-1"} {
		b, err := bucket.Open(t.Context(), place)
		if err != nil {
			t.Errorf("%s: %v", place, err)
			continue
		}
		b.Close()
	}
	dir := t.TempDir()
	for place, folder := range map[string]string{filepath.Join(dir, "a?b#c %41:d"): "a?b#c %41:d", "file://" + filepath.ToSlash(dir) + "/with%20space": "with space"} {
		b, err := bucket.Open(t.Context(), place)
		if err != nil {
			t.Errorf("%s: %v", place, err)
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, folder)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: opening it made a folder: %v", place, err)
		}
		if err := errors.Join(b.Check(t.Context()), b.Close()); err != nil {
			t.Errorf("%s: %v", place, err)
		}
		if _, err := os.Stat(filepath.Join(dir, folder)); err != nil {
			t.Error(err)
		}
	}
}

// A folder that is missing is an empty bucket, until something is written.
func TestMissingFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "on", "demand")
	b, err := bucket.Open(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.Get(t.Context(), "trace/a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read: %v", err)
	}
	if err := b.Delete(t.Context(), "trace/a"); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := b.List(t.Context(), "", func(string, int64, time.Time) error { return errors.New("an object") }); err != nil {
		t.Errorf("list: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(folder)); !errors.Is(err, fs.ErrNotExist) || !b.Missing() {
		t.Errorf("a folder was made without need: %v", err)
	}
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			if err := b.Put(t.Context(), fmt.Sprintf("trace/%d", i), []byte("a")); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if got, err := b.Get(t.Context(), "trace/3"); err != nil || string(got) != "a" || b.Missing() {
		t.Errorf("read: %q, %v", got, err)
	}
	file := filepath.Join(folder, "trace", "3")
	if _, err := bucket.Open(t.Context(), file); err == nil {
		t.Error("a file is no folder")
	}
	if _, err := bucket.Open(t.Context(), filepath.Join(file, "below")); err == nil {
		t.Error("nothing can be below a file")
	}
}
