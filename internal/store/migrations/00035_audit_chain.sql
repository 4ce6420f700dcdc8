-- +goose Up
-- The audit trail becomes a chain: each entry has a place and a hash that covers its content and the hash before.
-- Entries of an older version have neither until Migrate gives them both.
ALTER TABLE audit ADD COLUMN environment TEXT NOT NULL DEFAULT ''; -- empty: of neither, or not known
ALTER TABLE audit ADD COLUMN network TEXT NOT NULL DEFAULT ''; -- the client's, never its address
ALTER TABLE audit ADD COLUMN outcome TEXT NOT NULL DEFAULT ''; -- empty: allowed; else the kind of the refusal
ALTER TABLE audit ADD COLUMN seq BIGINT;
ALTER TABLE audit ADD COLUMN hash BYTEA;
UPDATE audit SET environment = coalesce((SELECT users.environment FROM users WHERE users.id = audit.user_id),
  (SELECT api_key.environment FROM api_key WHERE api_key.id = audit.credential_id), '');
CREATE UNIQUE INDEX audit_seq ON audit (seq);
CREATE INDEX audit_page ON audit (customer_id, environment, at, id);

-- One row: the end of the chain. Whoever adds to it holds this row until the commit.
CREATE TABLE audit_head (
  id   BIGINT PRIMARY KEY CHECK (id = 1),
  seq  BIGINT NOT NULL,
  hash BYTEA NOT NULL
);

-- What retention took out of the chain: the entries first_seq to last_seq, and the hash of the last one.
CREATE TABLE audit_gap (
  first_seq BIGINT PRIMARY KEY,
  last_seq  BIGINT NOT NULL,
  hash      BYTEA NOT NULL,
  pruned_by BIGINT NOT NULL -- place of the entry that says so
);
CREATE INDEX audit_gap_pruned ON audit_gap (pruned_by);

-- +goose Down
DROP TABLE audit_gap;
DROP TABLE audit_head;
DROP INDEX audit_page;
DROP INDEX audit_seq;
ALTER TABLE audit DROP COLUMN hash;
ALTER TABLE audit DROP COLUMN seq;
ALTER TABLE audit DROP COLUMN outcome;
ALTER TABLE audit DROP COLUMN network;
ALTER TABLE audit DROP COLUMN environment;
