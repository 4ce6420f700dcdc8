-- name: InsertDelivery :exec
INSERT INTO webhook_delivery (id, webhook_id, event_id, type, at, user_id, object_id, data, sealed, created_at, status, turn, turn_at, attempts, next_at, last_fault)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $10, 0, $12, $13);

-- name: GetDelivery :one
SELECT * FROM webhook_delivery WHERE id = $1;

-- name: CountDue :one
SELECT count(*) FROM (SELECT 1 FROM webhook_delivery
  WHERE webhook_id = sqlc.arg(webhook_id) AND status = 'pending' AND next_at <= CAST(sqlc.arg(now) AS BIGINT) LIMIT sqlc.arg(most)) AS due;

-- name: ListDeliveries :many
SELECT * FROM webhook_delivery
WHERE webhook_id = sqlc.arg(webhook_id)
  AND (CAST(sqlc.arg(status) AS TEXT) = '' OR status = CAST(sqlc.arg(status) AS TEXT))
  AND (created_at < sqlc.arg(before_at) OR (created_at = sqlc.arg(before_at) AND id < sqlc.arg(before_id)))
ORDER BY created_at DESC, id DESC
LIMIT sqlc.arg(page_limit);

-- EndAttempt does nothing when the delivery was replayed meanwhile.
-- name: EndAttempt :execrows
UPDATE webhook_delivery SET status = $3, attempts = $4, next_at = $5, last_at = $6, last_status = $7, last_ms = $8, last_fault = $9
WHERE id = $1 AND turn = $2 AND status = 'pending';

-- ReplayDelivery begins a new turn.
-- name: ReplayDelivery :one
UPDATE webhook_delivery SET status = 'pending', turn = turn + 1, turn_at = sqlc.arg(at), attempts = 0, next_at = sqlc.arg(at), last_fault = ''
WHERE id = sqlc.arg(id) AND webhook_id = sqlc.arg(webhook_id) RETURNING turn;

-- name: DeliveriesBetween :many
SELECT id FROM webhook_delivery
WHERE webhook_id = sqlc.arg(webhook_id) AND created_at >= sqlc.arg(from_at) AND created_at <= sqlc.arg(to_at)
  AND type <> sqlc.arg(but) AND status <> 'pending' AND (CAST(sqlc.arg(status) AS TEXT) = '' OR status = CAST(sqlc.arg(status) AS TEXT))
ORDER BY created_at, id
LIMIT sqlc.arg(most);

-- ForgetValues erases what deliveries hold about a scan or reading, and about the metrics that came of it.
-- name: ForgetValues :exec
UPDATE webhook_delivery SET sealed = NULL
WHERE user_id = sqlc.arg(user_id) AND sealed IS NOT NULL AND (object_id = sqlc.arg(object_id) OR type = 'metric.changed');

-- name: DeleteOldDeliveries :execrows
DELETE FROM webhook_delivery
WHERE created_at < sqlc.arg(before) AND turn_at < sqlc.arg(before) AND (last_at IS NULL OR last_at < sqlc.arg(before)) AND status <> 'pending';
