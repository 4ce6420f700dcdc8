package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/store"
)

// Attempt works on the job of a delivery, and returns how long the job is then snoozed.
func (s *Service) Attempt(ctx context.Context, d blush.Delivery) (wait time.Duration, err error) {
	err = (&worker{deliver: s}).Work(ctx, &river.Job[store.DeliveryJob]{JobRow: &rivertype.JobRow{}, Args: store.DeliveryJob{DeliveryID: d.ID, Turn: d.Turn}})
	var snooze *rivertype.JobSnoozeError
	if errors.As(err, &snooze) {
		return snooze.Duration, nil
	}
	return 0, err
}
