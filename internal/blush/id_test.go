package blush_test

import (
	"testing"

	"github.com/google/uuid"

	"blush.example/blush/internal/blush"
)

func TestParseID(t *testing.T) {
	const want = "0198c5a2-7b1e-7c3d-9e4f-0123456789ab"
	for _, s := range []string{want, "0198C5A2-7B1E-7C3D-9E4F-0123456789AB", "0198c5a27b1e7c3d9e4f0123456789ab"} {
		if got, ok := blush.ParseID(s); !ok || got != want {
			t.Errorf("ParseID(%q) = %q, %v", s, got, ok)
		}
	}
	for _, s := range []string{
		"", "42", "{0198c5a2-7b1e-7c3d-9e4f-0123456789ab}", "urn:uuid:0198c5a2-7b1e-7c3d-9e4f-0123456789ab",
		"0198c5a2-7b1e7c3d-9e4f-0123456789ab-", "0198c5a27b1e7c3d9e4f0123456789ag", "0198c5a2 7b1e 7c3d 9e4f 0123456789ab",
		"0198c5a2-7b1e-7c3d-9e4f-01234567-9ab", "0198c5a2-7b1e-7c3d-9e4f-0123456789é",
	} {
		if got, ok := blush.ParseID(s); ok {
			t.Errorf("ParseID(%q) = %q, want a refusal", s, got)
		}
	}
}

// Every accepted text is a UUID for the reference parser too, and the result is its canonical form.
func FuzzParseID(f *testing.F) {
	f.Add("0198c5a2-7b1e-7c3d-9e4f-0123456789ab")
	f.Add("0198c5a27b1e7c3d9e4f0123456789ab")
	f.Add("{0198c5a2-7b1e-7c3d-9e4f-0123456789ab}")
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := blush.ParseID(s)
		if !ok {
			return
		}
		if u, err := uuid.Parse(s); err != nil || u.String() != id {
			t.Fatalf("ParseID(%q) = %q; uuid.Parse: %v, %v", s, id, u, err)
		}
		if again, ok := blush.ParseID(id); !ok || again != id {
			t.Fatalf("ParseID(%q) = %q, %v", id, again, ok)
		}
	})
}
