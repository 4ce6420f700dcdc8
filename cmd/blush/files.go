package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"blush.example/blush/rppg"
)

// badFile makes an [inputError] of a file that cannot be read or written.
func badFile(err error) error { return &inputError{plainPath(err)} }

// writeFile makes a file and reports what happened when it could not be written.
func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return badFile(err)
	}
	w := bufio.NewWriter(f)
	err = write(w)
	return errors.Join(err, w.Flush(), f.Close())
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

// checkEnding refuses the name of a file to be written, given with a flag, that
// promises another format than those that what can have. A device or a pipe promises none.
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

// checkTraceName refuses the name of a trace to be written that [writeTrace] doesn't write.
func checkTraceName(flag, name string) error {
	return checkEnding(flag, name, "trace", ".json", ".json.gz")
}

// writeTrace writes a trace as JSON, packed when the name says so.
func writeTrace(name string, t *rppg.Trace) error {
	return writeFile(name, func(w io.Writer) error {
		if !strings.HasSuffix(strings.ToLower(name), ".gz") {
			return rppg.WriteTraceJSON(w, t)
		}
		z := gzip.NewWriter(w)
		return errors.Join(rppg.WriteTraceJSON(z, t), z.Close())
	})
}

// plainFile gives the name of a file that can be read from its start more than
// once: the one named, or a copy of what comes through standard input (-), a
// pipe or a device. shown is what messages call it.
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
	case <-ctx.Done(): // a read of a terminal does not end by itself
		err = ctx.Err()
	}
	if err != nil {
		remove()
		return "", "", keep, err
	}
	return f.Name(), name, remove, nil
}
