package widget

import (
	"strings"
	"testing"
	"time"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/health"
)

// A change since a value of the same day also names the time, for scans and cuff readings: the day alone would not help.
func TestChangeOnTheSameDay(t *testing.T) {
	at := time.Date(2026, 11, 26, 8, 4, 0, 0, brussels)
	for lang, same := range map[string]string{
		"en": "26 Nov at 08:04", "da": "26. nov. kl. 08:04", "de": "26. Nov. um 08:04 Uhr", "es": "26 nov, 08:04", "fr": "26 nov. à 08:04", "nl": "26 nov om 08:04", "sv": "26 nov. kl. 08:04",
	} {
		for _, c := range []struct {
			newest time.Time
			time   bool
		}{{at.Add(time.Minute), true}, {at.Add(15 * time.Hour), true}, {at.Add(16 * time.Hour), false}, {at.AddDate(0, 0, 7), false}} {
			p := Place{Language: lang, Now: at.AddDate(0, 0, 7)}
			was, is := 70.0, 60.0
			b := NewBiomarker(p, "heart_rate", &Scan{At: c.newest, Status: blush.Done, Value: &is}, &Scan{At: at, Status: blush.Done, Value: &was})
			cuff := NewBloodPressure(p, &health.Cuff{Systolic: 118, Diastolic: 76, At: c.newest}, &health.Cuff{Systolic: 128, Diastolic: 80, At: at})
			for _, text := range []string{b.Data.Change.Text, cuff.Data.Change.Text} {
				if strings.HasSuffix(text, same) != c.time || strings.Contains(text, "08:04") != c.time {
					t.Errorf("%s, %v later: %q", lang, c.newest.Sub(at), text)
				}
			}
		}
	}
}
