-- +goose Up
-- When a key was replaced by another one, and goes on for a grace alone.
ALTER TABLE api_key ADD COLUMN replaced_at BIGINT;

-- +goose Down
ALTER TABLE api_key DROP COLUMN replaced_at;
