-- +goose Up
-- How much the erased users of a customer had submitted on a day: it still counts for the customer's quota.
CREATE TABLE erased_use (
  customer_id TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  day         TEXT NOT NULL, -- YYYY-MM-DD in UTC
  scans       BIGINT NOT NULL,
  bytes       BIGINT NOT NULL,
  PRIMARY KEY (customer_id, day)
);

-- +goose Down
DROP TABLE erased_use;
