package main

import (
	"context"
	"fmt"
	"time"

	"blush.example/blush/internal/account"
	"blush.example/blush/internal/blush"
	"blush.example/blush/internal/insight"
	"blush.example/blush/internal/sample"
)

type simulateYearCmd struct {
	storeFlags
	Customer string    `arg:"" help:"The customer's name or id."`
	User     string    `name:"external-user-id" default:"year" placeholder:"ID" help:"External id of the test user; the user is created if it does not exist (default: year)."`
	Seed     uint64    `default:"1" help:"Seed; the same seed gives the same year."`
	Until    time.Time `placeholder:"TIME" help:"When the year ends, RFC 3339 (default: now)."`
}

// Run gives a test user of a customer a year of scans, answers and readings.
func (c *simulateYearCmd) Run(ctx context.Context, con console) error {
	return c.withInsights(ctx, c.Customer, func(accounts *account.Service, insights *insight.Service) error {
		customer, err := accounts.Customer(ctx, c.Customer)
		if err != nil {
			return err
		}
		end := c.Until
		if end.IsZero() {
			end = time.Now()
		}
		if end.After(time.Now()) {
			return badInput("--until %s: a year cannot end in the future", end.Format(time.RFC3339))
		}
		u, year, err := liveYear(ctx, accounts, insights, customer, c.User, c.Seed, end)
		if err != nil {
			return err
		}
		fmt.Fprintf(con.out, "User %s (%s) of %s, for the DEV key: %d scans, %d answers, %d cuff readings.\n",
			c.User, u.ID, customer.Name, len(year.Scans), len(year.Answers), len(year.Readings))
		return nil
	})
}

// liveYear gives a test user of a customer, created if missing, a year of scans, answers and readings.
func liveYear(ctx context.Context, accounts *account.Service, insights *insight.Service, customer blush.Customer, externalID string, seed uint64, end time.Time) (blush.User, sample.History, error) {
	operator := blush.Caller{Kind: blush.ByAPIKey, CustomerID: customer.ID, Customer: customer.Name, Environment: blush.Dev, CredentialID: "operator"}
	birth, sex := sample.Person(end)
	english := "en"
	u, _, err := accounts.CreateUser(ctx, operator, account.NewUser{ExternalID: &externalID, BirthDate: &birth, Sex: &sex, Language: &english})
	if err != nil {
		return u, sample.History{}, err
	}
	year := sample.Year(u.ID, seed, end)
	return u, year, insights.Import(ctx, operator, blush.UserRef{ID: u.ID}, year.Scans, year.Answers, year.Readings)
}
