package main

import (
	"context"
	"fmt"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
)

type recomputeCmd struct{ storeFlags }

// Run computes every user's metrics again from their history.
func (c *recomputeCmd) Run(ctx context.Context, con console) error {
	return c.withInsights(ctx, "", func(_ *account.Service, insights *insight.Service) error {
		start, seen := time.Now(), 0
		users, err := insights.Recompute(ctx, func(string) {
			if seen++; con.interactive() && seen%100 == 0 {
				fmt.Fprintf(con.err, "\r%d users", seen)
			}
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "Metrics of %s computed with model %s.\n", count(users, "user"), health.ModelVersion())
		fmt.Fprintf(con.err, "It took %s.\n", time.Since(start).Round(time.Millisecond))
		return nil
	})
}
