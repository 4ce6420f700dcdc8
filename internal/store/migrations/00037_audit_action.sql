-- +goose Up
-- Entries of one action are listed without a look at all others of the customer.
CREATE INDEX audit_action ON audit (customer_id, environment, action, at, id);

-- +goose Down
DROP INDEX audit_action;
