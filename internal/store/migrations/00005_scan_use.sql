-- +goose Up
-- How much a user submitted each day, for quotas: it stays when a scan is erased. Bytes are of traces and videos as they came.
CREATE TABLE scan_use (
  user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  day         TEXT NOT NULL, -- YYYY-MM-DD in UTC
  customer_id TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  scans       BIGINT NOT NULL,
  bytes       BIGINT NOT NULL,
  PRIMARY KEY (user_id, day)
);
CREATE INDEX scan_use_customer ON scan_use (customer_id, day);

-- +goose Down
DROP TABLE scan_use;
