-- +goose Up
-- One row: a text sealed with the master secret, by which a server knows whether it has the right one.
CREATE TABLE secret_check (
  id     BIGINT PRIMARY KEY CHECK (id = 1),
  sealed BYTEA NOT NULL
);

-- +goose Down
DROP TABLE secret_check;
