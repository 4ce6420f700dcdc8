package gallery_test

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"testing"

	"blush.example/blush/blushtest/browser"
	"blush.example/blush/internal/server"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "blush-gallery-")
	if err != nil {
		panic(err)
	}
	data = dir
	browser.Main(m, func() { os.RemoveAll(dir) })
}

// data is the folder of the server that all tests ask.
var data string

// running is that server: the gallery is the same for everybody, and made once.
var running = sync.OnceValues(func() (string, error) {
	s, err := server.New(context.Background(), server.Config{DataDir: data, Listen: "127.0.0.1:0", Version: "test", Log: slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))})
	if err != nil {
		return "", err
	}
	go func() {
		if err := s.Run(context.Background()); err != nil {
			panic(err)
		}
	}()
	return s.URL(), nil
})

// site is the address of the server.
func site(t *testing.T) string {
	t.Helper()
	url, err := running()
	if err != nil {
		t.Fatal(err)
	}
	return url
}
