package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// parse reads a command line together with a settings file.
func parse(t *testing.T, file string, args ...string) (storeFlags, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "blush.json")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var cli struct {
		Migrate struct {
			storeFlags
			Workers int  `env:"TEST_WORKERS" default:"1"`
			Once    bool // no setting: it has no name in the environment
		} `cmd:""`
		Other struct {
			storeFlags
			Listen string `env:"TEST_LISTEN"`
		} `cmd:""`
	}
	p, err := kong.New(&cli, kong.Resolvers(&settings{}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Parse(append([]string{"migrate", "--config", name}, args...))
	if err == nil && strings.Contains(file, "workers") && cli.Migrate.Workers != 3 {
		t.Errorf("workers = %d, want the file's 3", cli.Migrate.Workers)
	}
	return cli.Migrate.storeFlags, err
}

func TestFlagThenEnvironmentThenFile(t *testing.T) {
	const file = `{"data-dir": "file", "database": "file.db", "workers": 3, "listen": ":1"}`
	t.Setenv("BLUSH_DATA_DIR", "environment")
	got, err := parse(t, file)
	if err != nil {
		t.Fatal(err)
	}
	if got.DataDir != "environment" || got.Database != "file.db" {
		t.Errorf("data-dir %q, database %q: want the environment's and the file's", got.DataDir, got.Database)
	}
	if got, err = parse(t, file, "--data-dir", "flag"); err != nil || got.DataDir != "flag" {
		t.Errorf("data-dir %q, error %v: want the flag's", got.DataDir, err)
	}
}

func TestSettingsAreStrict(t *testing.T) {
	for file, want := range map[string]string{
		`{"data_dir": "x"}`:           `"data_dir" is not a setting`,
		`{"once": true}`:              `"once" is not a setting`,
		`{"data-dir": `:               "unexpected end",
		"{\"data-dir\": \"B\xfcro\"}": "not UTF-8",
	} {
		if _, err := parse(t, file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", file, err, want)
		}
	}
}
