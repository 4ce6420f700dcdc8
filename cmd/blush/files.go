package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"blush.example/blush/rppg"
)

// badFile makes an [inputError] of a file that cannot be read or written.
func badFile(err error) error { return &inputError{plainPath(err)} }

// writeFile creates a file, and fails if it could not be written completely.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return badFile(err)
	}
	w := bufio.NewWriter(f)
	err = write(w)
	return errors.Join(err, w.Flush(), f.Close())
}

// notThere refuses a file that already exists; the message says what is not written to it.
func notThere(name, what string) error {
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return badInput("%s: this file already exists; %s does not overwrite it", name, what)
	}
	return nil
}

// newFile creates a file that appears only when it is complete, and replaces none. write fills a temporary file next to it. Of
// several calls at once, the first to finish creates the file.
func newFile(name, what string, write func(part string) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".part-*") // mode 0600
	if err != nil {
		return badFile(err)
	}
	part := f.Name()
	err = f.Close()
	if err == nil {
		err = write(part)
	}
	if err == nil {
		if err = os.Link(part, name); err != nil { // a link replaces nothing; some file systems have none
			if err = notThere(name, what); err == nil {
				return os.Rename(part, name)
			}
		}
	}
	return errors.Join(err, os.Remove(part))
}

// makeFolder makes a folder for results; an empty name means none.
func makeFolder(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return badFile(err)
	}
	return nil
}

// checkEnding rejects the name of an output file, given with a flag, that has none
// of the endings. what names the kind of file for the message. A device or a pipe may have any name.
func checkEnding(flag, name, what string, endings ...string) error {
	if st, err := os.Stat(name); err == nil && !st.Mode().IsRegular() && !st.IsDir() {
		return nil
	}
	for _, e := range endings {
		if strings.HasSuffix(strings.ToLower(name), e) {
			return nil
		}
	}
	return badInput("%s %s: the name of a %s must end in %s", flag, name, what, strings.Join(endings, " or "))
}

// checkTraceName rejects the name of an output file that [writeTrace] cannot write.
func checkTraceName(flag, name string) error {
	return checkEnding(flag, name, "trace", ".json", ".json.gz")
}

// writeTrace writes a trace as JSON, compressed if the name ends in .gz.
func writeTrace(name string, t *rppg.Trace) error {
	return writeFile(name, func(w io.Writer) error {
		if !strings.HasSuffix(strings.ToLower(name), ".gz") {
			return rppg.WriteTraceJSON(w, t)
		}
		z := gzip.NewWriter(w)
		return errors.Join(rppg.WriteTraceJSON(z, t), z.Close())
	})
}

// plainFile returns the name of a file that can be read from its start more than
// once: the given file, or a copy of what comes through standard input (-), a
// pipe or a device. shown is its name in messages.
func plainFile(ctx context.Context, name string) (path, shown string, remove func(), err error) {
	keep := func() {}
	in := os.Stdin
	if name != "-" {
		st, err := os.Stat(name)
		if err != nil {
			return "", "", keep, badFile(err)
		}
		if st.Mode().IsRegular() || st.IsDir() {
			return name, name, keep, nil
		}
		if in, err = os.Open(name); err != nil {
			return "", "", keep, badFile(err)
		}
		defer in.Close()
	} else {
		name = "standard input"
	}
	f, err := os.CreateTemp("", "blush-input-*") // mode 0600
	if err != nil {
		return "", "", keep, err
	}
	remove = func() { os.Remove(f.Name()) }
	copied := make(chan error, 1)
	go func() {
		n, err := io.Copy(f, in)
		if err = errors.Join(err, f.Close()); err == nil && n == 0 {
			err = badInput("%s: it is empty", name)
		}
		copied <- err
	}()
	select {
	case err = <-copied:
	case <-ctx.Done(): // a read from a terminal cannot be cancelled
		err = ctx.Err()
	}
	if err != nil {
		remove()
		return "", "", keep, err
	}
	return f.Name(), name, remove, nil
}
