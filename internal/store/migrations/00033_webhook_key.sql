-- +goose Up
-- The API key that made a webhook, or the one that replaced that key; empty for the operator.
ALTER TABLE webhook ADD COLUMN key_id TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE webhook DROP COLUMN key_id;
