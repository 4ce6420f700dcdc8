-- +goose Up
-- When the result of a video was stored; null: the scan was stored with its result.
ALTER TABLE scan ADD COLUMN finished_at BIGINT;

-- +goose Down
ALTER TABLE scan DROP COLUMN finished_at;
