-- +goose Up
-- The object by which the database recognises its bucket: another bucket does not have it, and a folder whose disk is not mounted neither.
CREATE TABLE bucket (
  id   BIGINT PRIMARY KEY CHECK (id = 1),
  mark TEXT NOT NULL
);

-- +goose Down
DROP TABLE bucket;
