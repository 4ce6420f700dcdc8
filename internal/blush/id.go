package blush

import (
	"encoding/hex"
	"strings"

	"github.com/google/uuid"
)

// NewID makes an id, e.g. of a user, a key or a scan: a UUID, version 7, with dashes.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// ParseID reads a UUID with or without dashes, in either case, and returns it
// in lower case with dashes. Every other spelling is refused.
func ParseID(s string) (id string, ok bool) {
	switch len(s) {
	case 36:
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return "", false
		}
		s = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	case 32:
	default:
		return "", false
	}
	if len(s) != 32 {
		return "", false
	}
	s = strings.ToLower(s)
	if _, err := hex.DecodeString(s); err != nil {
		return "", false
	}
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:], true
}

// CheckID is [ParseID] for the id in a field of a request. Its error names the field.
func CheckID(s, field string) (id string, err error) {
	id, ok := ParseID(s)
	if !ok {
		return "", Field(field+" must be a UUID, with or without dashes.", "uuid_parsing", field)
	}
	return id, nil
}
