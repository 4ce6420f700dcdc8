package main

import (
	"context"
	"fmt"
	"os"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/health"
	"blush.example/blush/internal/insight"
)

type customerJourneyCmd struct {
	storeFlags
	Name      string `arg:"" help:"The customer's name or id."`
	File      string `xor:"journey" placeholder:"FILE" help:"JSON file of steps. Start from the output of this command."`
	UnlockAll bool   `name:"unlock-all" xor:"journey" help:"Use the default steps, with nothing locked."`
	Default   bool   `xor:"journey" help:"Go back to the default journey."`
}

// Run prints a customer's health journey, or sets another one.
func (c *customerJourneyCmd) Run(ctx context.Context, con console) error {
	return c.withInsights(ctx, c.Name, func(_ *account.Service, insights *insight.Service) error {
		switch {
		case c.File != "":
			text, err := os.ReadFile(c.File)
			if err != nil {
				return badFile(err)
			}
			j, err := health.ParseJourney(text)
			if err != nil {
				return badInput("%s: %w", c.File, err)
			}
			return c.set(ctx, con, insights, &j, fmt.Sprintf("%d steps", len(j.Steps)))
		case c.UnlockAll:
			j := health.OpenJourney()
			return c.set(ctx, con, insights, &j, "nothing is locked")
		case c.Default:
			return c.set(ctx, con, insights, nil, "the default one")
		}
		j, err := insights.JourneyOf(ctx, c.Name)
		if err != nil {
			return err
		}
		return printJSON(con, j)
	})
}

func (c *customerJourneyCmd) set(ctx context.Context, con console, insights *insight.Service, j *health.Journey, what string) error {
	if err := insights.SetJourney(ctx, c.Name, j); err != nil {
		return err
	}
	fmt.Fprintf(con.out, "Health journey of %s: %s.\n", c.Name, what)
	return nil
}
