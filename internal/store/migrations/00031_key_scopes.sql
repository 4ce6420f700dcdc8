-- +goose Up
-- What a key may do, as a JSON array, empty for everything; and until when it is good.
ALTER TABLE api_key ADD COLUMN scopes TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN expires_at BIGINT;

-- +goose Down
ALTER TABLE api_key DROP COLUMN expires_at;
ALTER TABLE api_key DROP COLUMN scopes;
