package blush

import "time"

// UnknownZone is the time zone of somebody whose zone is not known; it counts as
// UTC. The name is that of the Unicode CLDR, and what browsers give there.
const UnknownZone = "Etc/Unknown"

// Zone checks the IANA time zone that a request names as timezone; empty means UTC.
// What a person's browser says is not theirs to mend: from an action token a zone
// that is not found here, one newer than this machine's data among them, is
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

// ShownZone is the name to show of a time zone, and whether the zone is not known.
func ShownZone(name string) (shown string, unknown bool) {
	if name == UnknownZone {
		return "UTC", true
	}
	return name, false
}
