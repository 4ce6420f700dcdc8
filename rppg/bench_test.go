package rppg_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"blush.example/blush/rppg"
	"blush.example/blush/simulate"
)

// A trace of 60 s and 16 regions in each of its forms.
func BenchmarkForms(b *testing.B) {
	tr, _ := simulate.NewScene(1, 60).Trace()
	var text, packed bytes.Buffer
	if err := rppg.WriteTraceJSON(&text, tr); err != nil {
		b.Fatal(err)
	}
	rounded := tr.Rounded()
	if err := rppg.WriteTraceCompact(&packed, rounded); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d bytes of JSON, %d compact", text.Len(), packed.Len())
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"write JSON and gzip", func() error {
			z, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
			if err := rppg.WriteTraceJSON(z, tr); err != nil {
				return err
			}
			return z.Close()
		}},
		{"read JSON", func() error { _, err := rppg.ParseTraceJSON(bytes.NewReader(text.Bytes())); return err }},
		{"round and write compact", func() error { return rppg.WriteTraceCompact(io.Discard, tr.Rounded()) }},
		{"write compact", func() error { return rppg.WriteTraceCompact(io.Discard, rounded) }},
		{"read compact", func() error { _, err := rppg.ParseTraceCompact(bytes.NewReader(packed.Bytes())); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if err := c.do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
