-- +goose Up
-- Counts the deliveries of a webhook that are due.
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_at) WHERE status = 'pending';

-- +goose Down
DROP INDEX webhook_delivery_due;
