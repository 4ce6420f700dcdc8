package scan

import (
	"context"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// WorkOn works on the video of a scan as the queue has it done.
func (s *Service) WorkOn(ctx context.Context, scanID string, attempt int) error {
	row := &rivertype.JobRow{Attempt: attempt, MaxAttempts: river.MaxAttemptsDefault}
	return (&videoWorker{scans: s}).Work(ctx, &river.Job[videoArgs]{JobRow: row, Args: videoArgs{ScanID: scanID}})
}

// Fill leaves no place in any lane, not even to wait.
func (s *Service) Fill(t *testing.T) {
	for _, l := range []**Lane{&s.fast, &s.costly} {
		*l = NewLane(LaneRules{Inside: 1, Waiting: 1})
		leave, err := (*l).Enter(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(leave)
		go func() { _, _ = (*l).Enter(t.Context(), "", "") }() // until the test ends
		for (*l).Waiting() == 0 {
		}
	}
}

// Cell is a text as a cell of CSV.
func Cell(text string) string { return cell(text) }
