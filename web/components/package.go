package components

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"embed"
	"io/fs"
	"sync"
)

//go:embed package.json types.d.ts data.d.ts README.md LICENSE dist kit/*.ts src/*.ts
var packed embed.FS

// Package returns the folder as npm packs it, the same bytes on each call. Package
// managers install it from a server's address or from a file.
var Package = sync.OnceValues(func() ([]byte, error) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	t := tar.NewWriter(z)
	err := fs.WalkDir(packed, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := packed.ReadFile(name)
		if err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: "package/" + name, Mode: 0o644, Size: int64(len(b)), Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		_, err = t.Write(b)
		return err
	})
	if err == nil {
		err = t.Close()
	}
	if err == nil {
		err = z.Close()
	}
	return out.Bytes(), err
})
