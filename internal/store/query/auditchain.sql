-- AdvanceAuditHead takes so many places at the end of the chain and holds it until the transaction ends.
-- name: AdvanceAuditHead :one
INSERT INTO audit_head (id, seq, hash) VALUES (1, sqlc.arg(places), sqlc.arg(first_hash))
ON CONFLICT (id) DO UPDATE SET seq = audit_head.seq + excluded.seq
RETURNING seq, hash;

-- name: SetAuditHash :exec
UPDATE audit_head SET hash = $1 WHERE id = 1;

-- name: GetAuditHead :one
SELECT seq, hash FROM audit_head WHERE id = 1;

-- name: ListAuditChain :many
SELECT * FROM audit WHERE seq > sqlc.arg(after_seq) ORDER BY seq LIMIT sqlc.arg(page_limit);

-- name: ListAuditGaps :many
SELECT * FROM audit_gap WHERE first_seq > sqlc.arg(after_seq) ORDER BY first_seq LIMIT sqlc.arg(page_limit);

-- name: ListAuditOutOfChain :many
SELECT * FROM audit WHERE seq IS NULL ORDER BY at, id LIMIT sqlc.arg(page_limit);

-- name: CountAuditOutOfChain :one
SELECT count(*) FROM audit WHERE seq IS NULL;

-- name: ChainAudit :exec
UPDATE audit SET seq = sqlc.arg(seq), hash = sqlc.arg(hash) WHERE id = sqlc.arg(id);

-- Of the entries that belong to no customer, only those about credentials that are nobody's are listed: operators' commands stay.
-- name: ListAuditToPrune :many
SELECT seq, hash FROM audit
WHERE customer_id = sqlc.arg(customer_id) AND environment = sqlc.arg(environment) AND at < sqlc.arg(before)
  AND seq IS NOT NULL AND action <> sqlc.arg(kept) AND (customer_id <> '' OR kind = sqlc.arg(nobody))
ORDER BY at, id
LIMIT sqlc.arg(page_limit);

-- name: InsertAuditGap :exec
INSERT INTO audit_gap (first_seq, last_seq, hash, pruned_by) VALUES ($1, $2, $3, $4);

-- name: DeleteAuditRun :exec
DELETE FROM audit WHERE seq >= sqlc.arg(first_seq) AND seq <= sqlc.arg(last_seq);
