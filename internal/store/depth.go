package store

import (
	"context"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Depth is how many jobs of a queue are in one state.
type Depth struct {
	Queue string // videos, webhooks or upkeep
	State string // waiting, running, or later: scheduled for a later time
	Jobs  int64
}

// unfinished maps the states of River's unfinished jobs to ours.
var unfinished = map[rivertype.JobState]string{
	rivertype.JobStateAvailable: "waiting", rivertype.JobStateRunning: "running",
	rivertype.JobStateScheduled: "later", rivertype.JobStateRetryable: "later", rivertype.JobStatePending: "later",
}

// QueueDepths counts the unfinished jobs of all processes, for each queue and state, including zeros.
func (s *Store) QueueDepths(ctx context.Context) ([]Depth, error) {
	names := map[string]string{river.QueueDefault: "videos", WebhookQueue: WebhookQueue, UpkeepQueue: UpkeepQueue}
	jobs := map[[2]string]int64{}
	rows, err := s.read.QueryContext(ctx, "SELECT queue, state, count(*) FROM river_job "+
		"WHERE state IN ('available', 'running', 'scheduled', 'retryable', 'pending') GROUP BY queue, state")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var queue, state string
		var n int64
		if err := rows.Scan(&queue, &state, &n); err != nil {
			return nil, err
		}
		jobs[[2]string{names[queue], unfinished[rivertype.JobState(state)]}] += n
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var out []Depth
	for _, queue := range []string{"videos", WebhookQueue, UpkeepQueue} {
		for _, state := range []string{"waiting", "later", "running"} {
			out = append(out, Depth{queue, state, jobs[[2]string{queue, state}]})
		}
	}
	return out, nil
}
