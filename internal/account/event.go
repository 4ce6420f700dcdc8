package account

import (
	"encoding/json"
	"fmt"

	"blush.example/blush/internal/blush"
)

// Event makes an event for webhooks. Every webhook is sent the ids. The values are sealed,
// and sent only to webhooks that want them; nil means none.
func (s *Service) Event(t blush.EventType, userID, objectID string, ids, values any) (blush.Event, error) {
	e := blush.Event{ID: blush.NewID(), Type: t, At: s.now(), UserID: userID, ObjectID: objectID}
	var err error
	if e.Data, err = json.Marshal(ids); err != nil {
		return e, fmt.Errorf("event %s: %w", t, err)
	}
	if values != nil {
		text, err := json.Marshal(values)
		if err != nil {
			return e, fmt.Errorf("event %s: %w", t, err)
		}
		e.Sealed = s.secrets.Seal(text, ValuesPurpose(e.ID))
	}
	return e, nil
}

// ValuesPurpose is the purpose for which the values of an event are sealed.
func ValuesPurpose(eventID string) string { return "webhook values " + eventID }
