// Command pack packs the TypeScript and the Python client for npm and pip into a
// folder, dist if none is named. It needs npm, and a Python with hatchling.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"blush.example/blush/clients"
)

func main() {
	log.SetFlags(0)
	dir := "dist"
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := pack(context.Background(), dir); err != nil {
		log.Fatal(err)
	}
}

func pack(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	archive, err := clients.TypeScript(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, archive)
	python, err := clients.FindPython(ctx, "hatchling")
	if err != nil {
		return err
	}
	wheel, sdist, err := clients.Python(ctx, python, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%s\n%s\n", wheel, sdist)
	return nil
}
