package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"blush.example/blush/internal/store"
)

type auditCmd struct {
	List   auditListCmd   `cmd:"" default:"withargs" help:"Print the entries of the audit trail, oldest first, one JSON object a line."`
	Verify auditVerifyCmd `cmd:"" help:"Check the chain of hashes and name the first entry that was changed or removed. Exit code 1 if there is one."`
}

type auditListCmd struct {
	storeFlags
	Follow   bool      `xor:"end" help:"Continue with new entries until interrupted."`
	JSON     bool      `name:"json" xor:"end" help:"Print one array of JSON objects, in place of lines."`
	After    int64     `placeholder:"N" help:"Start after the entry at this place."`
	Since    time.Time `placeholder:"TIME" help:"Only entries from this time on, e.g. 2026-01-31T08:00:00Z."`
	Customer string    `placeholder:"NAME" help:"Only entries of this customer, by its name or id."`
}

// auditLine is an entry as it is printed.
type auditLine struct {
	Place        int64     `json:"place"`
	At           time.Time `json:"at"`
	Action       string    `json:"action"`
	Outcome      string    `json:"outcome"`
	Kind         string    `json:"credential_kind"`
	CredentialID string    `json:"credential_id,omitempty"`
	CustomerID   string    `json:"customer_id,omitempty"`
	Environment  string    `json:"environment,omitempty"`
	UserID       string    `json:"user_id,omitempty"`
	ObjectID     string    `json:"object_id,omitempty"`
	RequestID    string    `json:"request_id,omitempty"`
	Network      string    `json:"network,omitempty"`
	ID           string    `json:"entry_id"`
	Hash         string    `json:"hash"`
}

// followEvery is how often new entries are looked for.
const followEvery = 500 * time.Millisecond

// Run prints entries. With --follow it runs until it is interrupted.
func (c *auditListCmd) Run(ctx context.Context, con console) (err error) {
	if c.After < 0 {
		return badInput("--after %d: places count from 1", c.After)
	}
	st, err := c.openExisting(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	customerID := ""
	if c.Customer != "" {
		customer, err := st.Customer(ctx, c.Customer)
		if err != nil {
			return c.operatorError(c.Customer, err)
		}
		customerID = customer.ID
	}
	last := c.After
	for {
		if last, err = c.print(ctx, con, st, last, customerID); err != nil || !c.Follow {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(followEvery):
			continue
		}
		break
	}
	if c.Follow && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// print writes the entries after a place, and returns the place of the last one.
func (c *auditListCmd) print(ctx context.Context, con console, st *store.Store, after int64, customerID string) (last int64, err error) {
	out := bufio.NewWriter(con.out)
	defer func() { err = errors.Join(err, out.Flush()) }()
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	last = after
	between := ""
	if c.JSON { // an array is written as it is read, because the trail may be long
		fmt.Fprint(out, "[")
	}
	for r, err := range st.AuditAfter(ctx, after) {
		if err != nil {
			return last, err
		}
		last = r.Place
		if r.At.Before(c.Since) || customerID != "" && r.CustomerID != customerID {
			continue
		}
		if c.JSON {
			fmt.Fprint(out, between)
			between = ","
		}
		err := lines.Encode(auditLine{r.Place, r.At, string(r.Action), cmp.Or(string(r.Outcome), "allowed"), string(r.Kind), r.CredentialID, r.CustomerID,
			string(r.Environment), r.UserID, r.ObjectID, r.RequestID, r.Network, r.ID, hex.EncodeToString(r.Hash)})
		if err != nil {
			return last, err
		}
	}
	if c.JSON {
		fmt.Fprintln(out, "]")
	}
	return last, nil
}

type auditVerifyCmd struct {
	storeFlags
	Known []string `placeholder:"PLACE:HASH" help:"An end of the chain that an earlier run printed; it must still be in the chain."`
}

// Run checks the chain. It fails at the first entry that does not match.
func (c *auditVerifyCmd) Run(ctx context.Context, con console) (err error) {
	known := make([]store.AuditHead, len(c.Known))
	for i, text := range c.Known {
		if known[i], err = auditHead(text); err != nil {
			return err
		}
	}
	st, err := c.openUnrecorded(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	noted := recordCommand(ctx, st) // a broken chain may take no more entries
	r, err := st.VerifyAudit(ctx, known...)
	if err != nil {
		return err
	}
	if r.Broken > 0 {
		return fmt.Errorf("the audit trail is broken at place %d: %s", r.Broken, r.Why)
	}
	if noted != nil {
		return noted
	}
	if r.Outside > 0 {
		return fmt.Errorf("entries that are not in the chain: %d. Servers of an older version wrote them, or somebody inserted them. Only after an upgrade, add them with blush migrate", r.Outside)
	}
	if len(r.Gone) > 0 {
		return fmt.Errorf("retention removed the entry at place %d, so it cannot be compared with --known: the chain is intact, but pass an end that is still in it", r.Gone[0])
	}
	fmt.Fprintf(con.out, "The audit trail is intact: %d entries, and %d that retention removed.\nIts end is %d:%x\n", r.Entries, r.Pruned, r.Head.Place, r.Head.Hash)
	fmt.Fprintln(con.err, "Keep this end somewhere else: with --known, a later run checks that this part of the chain was not recomputed.")
	return nil
}

// auditHead reads an end of the chain.
func auditHead(text string) (h store.AuditHead, err error) {
	place, hash, _ := strings.Cut(text, ":")
	if h.Place, err = strconv.ParseInt(place, 10, 64); err == nil {
		h.Hash, err = hex.DecodeString(hash)
	}
	if err != nil || h.Place < 1 || len(h.Hash) != store.AuditHashBytes {
		return h, badInput("--known %s: not an end of the chain, such as 17:9f86d081…, as blush audit verify prints it", text)
	}
	return h, nil
}
