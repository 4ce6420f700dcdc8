-- +goose Up
-- The keys that seal and hash, sealed with a master secret. Without a row they come from the master secret itself;
-- with two, two master secrets are good: one replaces the other.
CREATE TABLE keyring (
  id         TEXT PRIMARY KEY, -- tells master secrets apart, and nothing of them
  sealed     BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE keyring;
