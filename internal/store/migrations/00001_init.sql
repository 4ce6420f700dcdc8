-- +goose Up
-- One schema for SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN, BYTEA.
-- Times are milliseconds since 1970-01-01 UTC. Ids are UUIDs in lower case with dashes.

CREATE TABLE customer (
  id              TEXT PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE,
  frame_ancestors TEXT NOT NULL, -- a JSON array of origins
  created_at      BIGINT NOT NULL
);

CREATE TABLE api_key (
  id           TEXT PRIMARY KEY,
  customer_id  TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  alias        TEXT NOT NULL,
  environment  TEXT NOT NULL,
  prefix       TEXT NOT NULL UNIQUE,
  hash         BYTEA NOT NULL UNIQUE,
  created_at   BIGINT NOT NULL,
  revoked_at   BIGINT,
  last_used_at BIGINT
);
CREATE INDEX api_key_customer ON api_key (customer_id);

-- Keys that sign action tokens, sealed. The newest that is not retired signs.
CREATE TABLE signing_key (
  id         TEXT PRIMARY KEY,
  sealed     BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT
);

CREATE TABLE revoked_token (
  id         TEXT PRIMARY KEY,
  expires_at BIGINT NOT NULL
);

CREATE TABLE users (
  id          TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  environment TEXT NOT NULL,
  external_id TEXT,
  birth_date  TEXT,
  sex         TEXT,
  language    TEXT,
  token_epoch BIGINT NOT NULL, -- a token of another epoch is void
  created_at  BIGINT NOT NULL,
  UNIQUE (customer_id, environment, external_id)
);
CREATE INDEX users_page ON users (customer_id, environment, created_at, id);

CREATE TABLE scan (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  status     TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  timezone   TEXT NOT NULL,
  at_rest    BOOLEAN,
  source     TEXT NOT NULL,
  input_hash BYTEA NOT NULL,
  result     TEXT, -- JSON
  failure    TEXT NOT NULL
);
CREATE INDEX scan_page ON scan (user_id, created_at, id);

-- What is too big for the row of a scan: its trace and its waves, as gzipped JSON.
CREATE TABLE scan_data (
  scan_id TEXT NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  kind    TEXT NOT NULL,
  data    BYTEA NOT NULL,
  PRIMARY KEY (scan_id, kind)
);

-- A video that waits to be analysed, in sealed chunks. Without a scan it is still arriving.
CREATE TABLE upload (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  scan_id    TEXT UNIQUE REFERENCES scan (id) ON DELETE CASCADE,
  extension  TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX upload_user ON upload (user_id);

CREATE TABLE upload_chunk (
  upload_id TEXT NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
  seq       BIGINT NOT NULL,
  data      BYTEA NOT NULL,
  PRIMARY KEY (upload_id, seq)
);

-- Answers to requests with an Idempotency-Key. holder is the token's user, or empty for API keys.
CREATE TABLE idempotency (
  customer_id  TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  environment  TEXT NOT NULL,
  holder       TEXT NOT NULL,
  key          TEXT NOT NULL,
  request_hash BYTEA NOT NULL,
  user_id      TEXT REFERENCES users (id) ON DELETE CASCADE,
  answer       BYTEA, -- sealed; null while the request runs
  created_at   BIGINT NOT NULL,
  PRIMARY KEY (customer_id, environment, holder, key)
);
CREATE INDEX idempotency_user ON idempotency (user_id);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- Who did what to whose data, by ids alone. It outlives the people it speaks of.
CREATE TABLE audit (
  id            TEXT PRIMARY KEY,
  at            BIGINT NOT NULL,
  customer_id   TEXT NOT NULL,
  kind          TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  action        TEXT NOT NULL,
  user_id       TEXT NOT NULL,
  object_id     TEXT NOT NULL,
  request_id    TEXT NOT NULL
);
CREATE INDEX audit_user ON audit (user_id, at);

-- +goose Down
DROP TABLE audit;
DROP TABLE idempotency;
DROP TABLE upload_chunk;
DROP TABLE upload;
DROP TABLE scan_data;
DROP TABLE scan;
DROP TABLE users;
DROP TABLE revoked_token;
DROP TABLE signing_key;
DROP TABLE api_key;
DROP TABLE customer;
