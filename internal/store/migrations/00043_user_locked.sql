-- +goose Up
-- The insights that the sandbox locks for a user, a JSON array of names; null is none.
ALTER TABLE users ADD COLUMN locked TEXT;

-- +goose Down
ALTER TABLE users DROP COLUMN locked;
