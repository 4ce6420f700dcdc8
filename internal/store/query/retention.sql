-- What is past its time, of one customer.

-- name: TracesBefore :many
SELECT scan.id, scan.user_id FROM users JOIN scan ON scan.user_id = users.id JOIN scan_data ON scan_data.scan_id = scan.id
WHERE users.customer_id = sqlc.arg(customer_id) AND scan.created_at < sqlc.arg(before) AND scan_data.kind = 'trace' LIMIT sqlc.arg(most);

-- name: CountTracesBefore :one
SELECT count(*) FROM users JOIN scan ON scan.user_id = users.id JOIN scan_data ON scan_data.scan_id = scan.id
WHERE users.customer_id = sqlc.arg(customer_id) AND scan.created_at < sqlc.arg(before) AND scan_data.kind = 'trace';

-- name: DropTrace :execrows
DELETE FROM scan_data WHERE scan_id = $1 AND kind = 'trace';

-- name: ScansBefore :many
SELECT scan.id, scan.user_id FROM users JOIN scan ON scan.user_id = users.id
WHERE users.customer_id = sqlc.arg(customer_id) AND scan.created_at < sqlc.arg(before) AND scan.status <> 'processing' LIMIT sqlc.arg(most);

-- name: CountScansBefore :one
SELECT count(*) FROM users JOIN scan ON scan.user_id = users.id
WHERE users.customer_id = sqlc.arg(customer_id) AND scan.created_at < sqlc.arg(before) AND scan.status <> 'processing';

-- name: ScoreDaysBefore :many
SELECT DISTINCT insight_score.user_id, insight_score.day FROM users JOIN insight_score ON insight_score.user_id = users.id
WHERE users.customer_id = sqlc.arg(customer_id) AND insight_score.day < sqlc.arg(before_day) LIMIT sqlc.arg(most);

-- name: CountScoreDaysBefore :one
SELECT count(*) FROM (
  SELECT DISTINCT insight_score.user_id, insight_score.day FROM users JOIN insight_score ON insight_score.user_id = users.id
  WHERE users.customer_id = sqlc.arg(customer_id) AND insight_score.day < sqlc.arg(before_day)
) AS days;

-- name: CountAuditBefore :one
SELECT count(*) FROM audit WHERE customer_id = sqlc.arg(customer_id) AND at < sqlc.arg(before) AND action <> sqlc.arg(kept)
  AND (customer_id <> '' OR kind = sqlc.arg(nobody));

-- name: ForgetValuesBefore :exec
UPDATE webhook_delivery SET sealed = NULL
WHERE webhook_delivery.sealed IS NOT NULL AND webhook_delivery.created_at < sqlc.arg(before)
  AND webhook_delivery.webhook_id IN (SELECT webhook.id FROM webhook WHERE webhook.customer_id = sqlc.arg(customer_id));
