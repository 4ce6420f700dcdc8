package scan

import (
	"context"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// WorkOn works on the video of a scan as the queue has it done.
func (s *Service) WorkOn(ctx context.Context, scanID string, attempt int) error {
	row := &rivertype.JobRow{Attempt: attempt, MaxAttempts: river.MaxAttemptsDefault}
	return (&videoWorker{scans: s}).Work(ctx, &river.Job[videoArgs]{JobRow: row, Args: videoArgs{ScanID: scanID}})
}
