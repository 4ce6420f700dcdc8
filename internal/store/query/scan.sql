-- name: InsertScan :execrows
INSERT INTO scan (id, user_id, status, created_at, timezone, at_rest, source, input_hash, result, failure)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO NOTHING;

-- name: GetScan :one
SELECT * FROM scan WHERE id = $1;

-- name: GetScanOf :one
SELECT scan.* FROM scan JOIN users ON users.id = scan.user_id
WHERE scan.id = $1 AND users.customer_id = $2 AND users.environment = $3;

-- name: ListScans :many
SELECT * FROM scan
WHERE user_id = sqlc.arg(user_id)
  AND (created_at < sqlc.arg(before_at) OR (created_at = sqlc.arg(before_at) AND id < sqlc.arg(before_id)))
ORDER BY created_at DESC, id DESC
LIMIT sqlc.arg(page_limit);

-- name: ListOldestScans :many
SELECT * FROM scan
WHERE user_id = sqlc.arg(user_id)
  AND (created_at > sqlc.arg(after_at) OR (created_at = sqlc.arg(after_at) AND id > sqlc.arg(after_id)))
ORDER BY created_at, id
LIMIT sqlc.arg(page_limit);

-- name: FinishScan :execrows
UPDATE scan SET status = $2, result = $3, failure = $4, finished_at = $5 WHERE id = $1 AND status = 'processing';

-- name: DeleteScan :execrows
DELETE FROM scan WHERE id = $1 AND user_id = $2;

-- name: PutScanData :exec
INSERT INTO scan_data (scan_id, kind, key_id, data, object) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (scan_id, kind) DO UPDATE SET key_id = excluded.key_id, data = excluded.data, object = excluded.object, damaged_at = NULL;

-- name: GetScanData :one
SELECT key_id, data, object FROM scan_data WHERE scan_id = $1 AND kind = $2;

-- name: InsertUpload :exec
INSERT INTO upload (id, user_id, extension, created_at) VALUES ($1, $2, $3, $4);

-- name: InsertChunk :exec
INSERT INTO upload_chunk (upload_id, seq, data, object) VALUES ($1, $2, $3, $4);

-- name: LinkUpload :execrows
UPDATE upload SET scan_id = sqlc.arg(scan_id) WHERE id = sqlc.arg(id) AND scan_id IS NULL;

-- name: GetUploadOf :one
SELECT * FROM upload WHERE scan_id = sqlc.arg(scan_id);

-- name: GetChunk :one
SELECT data, object FROM upload_chunk WHERE upload_id = $1 AND seq = $2;

-- name: DeleteUpload :exec
DELETE FROM upload WHERE id = $1;

-- name: DeleteUploadOf :exec
DELETE FROM upload WHERE scan_id = sqlc.arg(scan_id);

-- name: DeleteStrayUploads :execrows
DELETE FROM upload WHERE scan_id IS NULL AND created_at < sqlc.arg(before);

-- name: CountUploads :one
SELECT count(*) FROM upload WHERE user_id = $1;

-- name: CountCustomerUploads :one
SELECT count(*) FROM upload JOIN users ON users.id = upload.user_id WHERE users.customer_id = $1;

-- name: AddScanUse :exec
INSERT INTO scan_use (user_id, day, customer_id, scans, bytes)
SELECT users.id, sqlc.arg(day), users.customer_id, 1, sqlc.arg(bytes) FROM users WHERE users.id = sqlc.arg(user_id)
ON CONFLICT (user_id, day) DO UPDATE SET scans = scan_use.scans + 1, bytes = scan_use.bytes + excluded.bytes;

-- name: DropScanUse :exec
DELETE FROM scan_use WHERE user_id = sqlc.arg(user_id) AND day < sqlc.arg(before);

-- name: ScanUseOfUser :one
SELECT scans, bytes FROM scan_use WHERE user_id = $1 AND day = $2;

-- name: ScanUseOfCustomer :one
SELECT CAST(COALESCE(SUM(scans), 0) AS BIGINT) AS scans, CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes
FROM (
  SELECT scans, bytes FROM scan_use WHERE scan_use.customer_id = sqlc.arg(customer_id) AND scan_use.day = sqlc.arg(day)
  UNION ALL
  SELECT scans, bytes FROM erased_use WHERE erased_use.customer_id = sqlc.arg(customer_id) AND erased_use.day = sqlc.arg(day)
) AS used;

-- KeepScanUse adds what a user submitted to what the customer's erased users did.
-- name: KeepScanUse :exec
INSERT INTO erased_use (customer_id, day, scans, bytes)
SELECT scan_use.customer_id, scan_use.day, scan_use.scans, scan_use.bytes FROM scan_use WHERE scan_use.user_id = sqlc.arg(user_id)
ON CONFLICT (customer_id, day) DO UPDATE SET scans = erased_use.scans + excluded.scans, bytes = erased_use.bytes + excluded.bytes;

-- name: DropErasedUse :exec
DELETE FROM erased_use WHERE customer_id = sqlc.arg(customer_id) AND day < sqlc.arg(before);
