-- +goose Up
-- When it was found that a row does not open with its key: it stays as it is, and is not sealed again.
ALTER TABLE users ADD COLUMN damaged_at BIGINT;
ALTER TABLE answer ADD COLUMN damaged_at BIGINT;
ALTER TABLE scan_data ADD COLUMN damaged_at BIGINT;
CREATE INDEX users_damaged ON users (damaged_at) WHERE damaged_at IS NOT NULL;
CREATE INDEX answer_damaged ON answer (damaged_at) WHERE damaged_at IS NOT NULL;
CREATE INDEX scan_data_damaged ON scan_data (damaged_at) WHERE damaged_at IS NOT NULL;

-- +goose Down
DROP INDEX scan_data_damaged;
DROP INDEX answer_damaged;
DROP INDEX users_damaged;
ALTER TABLE scan_data DROP COLUMN damaged_at;
ALTER TABLE answer DROP COLUMN damaged_at;
ALTER TABLE users DROP COLUMN damaged_at;
