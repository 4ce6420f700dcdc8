-- name: InsertWebhook :exec
INSERT INTO webhook (id, customer_id, environment, url, description, events, with_values, secret, created_at, disabled_why, failures, key_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0, $10);

-- name: GetWebhook :one
SELECT * FROM webhook WHERE id = $1;

-- LockWebhook takes the row's lock on PostgreSQL; on SQLite the transaction has the whole database already.
-- name: LockWebhook :one
UPDATE webhook SET id = id WHERE id = $1 RETURNING *;

-- name: ListWebhooks :many
SELECT * FROM webhook WHERE customer_id = $1 AND environment = $2 ORDER BY created_at, id;

-- name: ListWebhooksOfKey :many
SELECT * FROM webhook WHERE customer_id = sqlc.arg(customer_id) AND key_id = sqlc.arg(key_id) AND disabled_at IS NULL ORDER BY created_at, id;

-- name: DisableWebhooksOfKey :many
UPDATE webhook SET disabled_at = sqlc.arg(at), disabled_why = sqlc.arg(why)
WHERE customer_id = sqlc.arg(customer_id) AND key_id = sqlc.arg(key_id) AND disabled_at IS NULL RETURNING *;

-- PassWebhooks gives those of a key to the one that replaces it.
-- name: PassWebhooks :exec
UPDATE webhook SET key_id = sqlc.arg(next_id) WHERE customer_id = sqlc.arg(customer_id) AND key_id = sqlc.arg(key_id);

-- name: CountWebhooks :one
SELECT count(*) FROM webhook WHERE customer_id = $1 AND environment = $2;

-- name: UpdateWebhook :exec
UPDATE webhook SET url = $2, description = $3, events = $4, with_values = $5, secret = $6, old_secret = $7, old_secret_until = $8,
  disabled_at = $9, disabled_why = $10, failing_since = $11, failures = $12, paused_until = $13
WHERE id = $1;

-- name: DeleteWebhook :execrows
DELETE FROM webhook WHERE id = $1;
