-- +goose Up
-- How a customer's pages look and what they ask, as JSON.
ALTER TABLE customer ADD COLUMN page TEXT NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE customer DROP COLUMN page;
