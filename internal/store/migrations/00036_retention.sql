-- +goose Up
-- For how many days a customer's traces, results and audit entries are kept; 0: until they are erased.
ALTER TABLE customer ADD COLUMN keep_traces BIGINT NOT NULL DEFAULT 0;
ALTER TABLE customer ADD COLUMN keep_results BIGINT NOT NULL DEFAULT 0;
ALTER TABLE customer ADD COLUMN keep_audit BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE customer DROP COLUMN keep_audit;
ALTER TABLE customer DROP COLUMN keep_results;
ALTER TABLE customer DROP COLUMN keep_traces;
