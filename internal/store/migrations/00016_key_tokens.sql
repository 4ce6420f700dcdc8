-- +goose Up
-- Whether the action tokens that a key made hold after it was revoked.
ALTER TABLE api_key ADD COLUMN keep_tokens BOOLEAN NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE api_key DROP COLUMN keep_tokens;
