-- +goose Up
-- Traces and waiting videos may live in a bucket: object names one there, and data is empty then.
ALTER TABLE scan_data ADD COLUMN object TEXT;
ALTER TABLE upload_chunk ADD COLUMN object TEXT;

-- Every object of the bucket, from before it is written until after it is deleted. One that belongs to nothing any more is deleted:
-- at once when it was claimed before, else when it is too old to be on its way.
CREATE TABLE object (
  name       TEXT PRIMARY KEY,
  scan_id    TEXT REFERENCES scan (id) ON DELETE SET NULL,
  upload_id  TEXT REFERENCES upload (id) ON DELETE SET NULL,
  claimed    BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX object_scan ON object (scan_id);
CREATE INDEX object_upload ON object (upload_id);
CREATE INDEX object_free ON object (created_at) WHERE scan_id IS NULL AND upload_id IS NULL;

-- +goose Down
-- What is in the bucket cannot be had back by SQL: it is lost.
DROP TABLE object;
DELETE FROM upload_chunk WHERE object IS NOT NULL;
DELETE FROM scan_data WHERE object IS NOT NULL;
ALTER TABLE upload_chunk DROP COLUMN object;
ALTER TABLE scan_data DROP COLUMN object;
