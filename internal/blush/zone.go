package blush

import (
	"sync"
	"time"
)

// UnknownZone is the time zone of a person whose zone is not known. It is treated as
// UTC. Unicode CLDR defines the name, and browsers report it.
const UnknownZone = "Etc/Unknown"

// Zone checks the IANA time zone that a request names as timezone; empty means UTC.
// A person cannot correct what their browser reports. So with an action token, a zone
// that is not found here, perhaps because it is newer than this machine's data, becomes
// [UnknownZone].
func Zone(c Caller, name string) (string, error) {
	switch name {
	case "":
		return "UTC", nil
	case UnknownZone:
		return UnknownZone, nil
	}
	if _, err := time.LoadLocation(name); err == nil && name != "Local" {
		return name, nil
	}
	if c.Kind == ByToken {
		return UnknownZone, nil
	}
	return "", Field("timezone must be an IANA name, e.g. Europe/Brussels, or Etc/Unknown.", "value_error", "timezone")
}

// ShownZone returns the name to show for a time zone, and whether the zone is not known.
func ShownZone(name string) (shown string, unknown bool) {
	if name == UnknownZone {
		return "UTC", true
	}
	return name, false
}

// locations are those that were found, by name: to read one from disk takes longer than most requests.
var locations sync.Map

// Location finds an IANA time zone; one that this machine does not know is UTC.
func Location(name string) *time.Location {
	if l, ok := locations.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	locations.Store(name, l)
	return l
}

// Instant writes a time in UTC, to the millisecond, as events and FHIR send it.
func Instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
