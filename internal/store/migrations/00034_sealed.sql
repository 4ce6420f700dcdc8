-- +goose Up

-- The key of each customer, sealed with the keys of the master secret. Of two the older one is on its way out:
-- what it sealed is sealed again with the newer one, and then it is deleted.
CREATE TABLE customer_key (
  id          BIGINT PRIMARY KEY, -- random
  customer_id TEXT NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
  sealed      BYTEA NOT NULL,
  created_at  BIGINT NOT NULL
);
CREATE INDEX customer_key_customer ON customer_key (customer_id);

-- What names a person, what they answered and their traces are sealed. key_id says with which key; the reference keeps a
-- key that still seals something from being deleted. Rows of before have no key_id, and their values in the columns
-- clear_…, until the server has sealed them too. Programs of before do not find these columns, and fail instead of adding rows that are not sealed.
ALTER TABLE users RENAME COLUMN external_id TO clear_external_id;
ALTER TABLE users RENAME COLUMN birth_date TO clear_birth_date;
ALTER TABLE users ADD COLUMN key_id BIGINT REFERENCES customer_key (id);
ALTER TABLE users ADD COLUMN sealed_external_id BYTEA;
ALTER TABLE users ADD COLUMN external_hash BYTEA; -- a hash with the customer's key, to find it by
ALTER TABLE users ADD COLUMN sealed_birth_date BYTEA;
CREATE UNIQUE INDEX users_external ON users (customer_id, environment, external_hash);
CREATE INDEX users_key ON users (key_id);

ALTER TABLE answer ADD COLUMN clear_value DOUBLE PRECISION;
UPDATE answer SET clear_value = value;
ALTER TABLE answer DROP COLUMN value;
ALTER TABLE answer ADD COLUMN key_id BIGINT REFERENCES customer_key (id);
ALTER TABLE answer ADD COLUMN sealed_value BYTEA;
CREATE INDEX answer_key ON answer (key_id);

ALTER TABLE scan_data ADD COLUMN key_id BIGINT REFERENCES customer_key (id); -- null: data is not sealed
CREATE INDEX scan_data_key ON scan_data (key_id);

-- +goose Down
-- What is sealed cannot be had back by SQL: it is lost.
DELETE FROM scan_data WHERE key_id IS NOT NULL;
DROP INDEX scan_data_key;
ALTER TABLE scan_data DROP COLUMN key_id;
DELETE FROM answer WHERE clear_value IS NULL;
DROP INDEX answer_key;
ALTER TABLE answer DROP COLUMN sealed_value;
ALTER TABLE answer DROP COLUMN key_id;
ALTER TABLE answer ADD COLUMN value DOUBLE PRECISION NOT NULL DEFAULT 0;
UPDATE answer SET value = clear_value;
ALTER TABLE answer DROP COLUMN clear_value;
DROP INDEX users_key;
DROP INDEX users_external;
ALTER TABLE users DROP COLUMN sealed_birth_date;
ALTER TABLE users DROP COLUMN external_hash;
ALTER TABLE users DROP COLUMN sealed_external_id;
ALTER TABLE users DROP COLUMN key_id;
ALTER TABLE users RENAME COLUMN clear_birth_date TO birth_date;
ALTER TABLE users RENAME COLUMN clear_external_id TO external_id;
DROP TABLE customer_key;
