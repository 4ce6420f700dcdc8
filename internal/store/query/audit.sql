-- name: InsertAudit :exec
INSERT INTO audit (id, at, customer_id, kind, credential_id, action, user_id, object_id, request_id, environment, network, outcome, seq, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: ListAudit :many
SELECT * FROM audit
WHERE user_id = sqlc.arg(user_id)
  AND (at > sqlc.arg(after_at) OR (at = sqlc.arg(after_at) AND id > sqlc.arg(after_id)))
ORDER BY at, id
LIMIT sqlc.arg(page_limit);

-- name: GetAuditEntry :one
SELECT * FROM audit WHERE id = $1 AND customer_id = $2 AND environment = $3;

-- name: ListAuditOfCustomer :many
SELECT * FROM audit
WHERE customer_id = sqlc.arg(customer_id) AND environment = sqlc.arg(environment)
  AND at >= sqlc.arg(since) AND (at < sqlc.arg(before_at) OR (at = sqlc.arg(before_at) AND id < sqlc.arg(before_id)))
ORDER BY at DESC, id DESC
LIMIT sqlc.arg(page_limit);

-- ListAuditOfAction is the same for one action, which has an index of its own.
-- name: ListAuditOfAction :many
SELECT * FROM audit
WHERE customer_id = sqlc.arg(customer_id) AND environment = sqlc.arg(environment) AND action = sqlc.arg(action)
  AND at >= sqlc.arg(since) AND (at < sqlc.arg(before_at) OR (at = sqlc.arg(before_at) AND id < sqlc.arg(before_id)))
ORDER BY at DESC, id DESC
LIMIT sqlc.arg(page_limit);

-- ListAuditOfCustomerUser is the same for one user. The customer is compared as an expression, so that the index of users is taken.
-- name: ListAuditOfCustomerUser :many
SELECT * FROM audit
WHERE user_id = sqlc.arg(user_id) AND customer_id || '' = sqlc.arg(customer_id) AND environment || '' = sqlc.arg(environment)
  AND at >= sqlc.arg(since) AND (at < sqlc.arg(before_at) OR (at = sqlc.arg(before_at) AND id < sqlc.arg(before_id)))
  AND (sqlc.arg(action) = '' OR action = sqlc.arg(action))
ORDER BY at DESC, id DESC
LIMIT sqlc.arg(page_limit);
