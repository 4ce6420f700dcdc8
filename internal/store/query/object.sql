-- What is in the bucket.

-- name: InsertObject :exec
INSERT INTO object (name, upload_id, claimed, created_at) VALUES ($1, $2, $3, $4);

-- ClaimObject gives a new object to its scan. An object that is being deleted is no longer to be had.
-- name: ClaimObject :execrows
UPDATE object SET scan_id = sqlc.arg(scan_id), claimed = TRUE WHERE name = sqlc.arg(name) AND NOT claimed;

-- name: ReleaseObject :exec
UPDATE object SET scan_id = NULL, upload_id = NULL, claimed = TRUE WHERE name = $1;

-- name: ReleaseObjectsOfScan :exec
UPDATE object SET scan_id = NULL WHERE scan_id = $1;

-- AbandonObjects ends the claim to objects that were begun before a time and never belonged to anything.
-- name: AbandonObjects :exec
UPDATE object SET claimed = TRUE WHERE scan_id IS NULL AND upload_id IS NULL AND NOT claimed AND created_at < sqlc.arg(before);

-- name: FreeObjects :many
SELECT name FROM object WHERE scan_id IS NULL AND upload_id IS NULL AND claimed ORDER BY created_at LIMIT sqlc.arg(most);

-- name: DeleteObject :exec
DELETE FROM object WHERE name = $1;

-- AnyObject counts the objects, up to one.
-- name: AnyObject :one
SELECT count(*) FROM (SELECT name FROM object LIMIT 1) AS one;

-- The objects of one customer that are sealed with a key that is on its way out.
-- name: ObjectsToSeal :many
SELECT scan_data.scan_id, scan_data.kind, scan_data.key_id, scan_data.object
FROM scan_data JOIN scan ON scan.id = scan_data.scan_id JOIN users ON users.id = scan.user_id
WHERE scan_data.key_id = sqlc.arg(old_key) AND users.customer_id || '' = sqlc.arg(customer_id)
  AND scan_data.damaged_at IS NULL AND scan_data.object IS NOT NULL
LIMIT sqlc.arg(most);

-- name: SealObject :execrows
UPDATE scan_data SET key_id = sqlc.arg(key_id), object = sqlc.arg(object)
WHERE scan_id = sqlc.arg(scan_id) AND kind = sqlc.arg(kind) AND object = sqlc.arg(old_object);

-- KnowsObject counts the objects of a name, up to one.
-- name: KnowsObject :one
SELECT count(*) FROM object WHERE name = $1;

-- name: GetBucketMark :one
SELECT mark FROM bucket WHERE id = 1;

-- KeepBucketMark waits for another transaction that keeps one, and then does nothing.
-- name: KeepBucketMark :execrows
INSERT INTO bucket (id, mark) VALUES (1, $1) ON CONFLICT (id) DO NOTHING;

-- ObjectsOfScans lists the ten oldest and the ten newest objects that belong to scans: a name begins with its time.
-- name: ObjectsOfScans :many
SELECT oldest.name FROM (SELECT name FROM object WHERE scan_id IS NOT NULL ORDER BY name LIMIT 10) AS oldest
UNION
SELECT newest.name FROM (SELECT name FROM object WHERE scan_id IS NOT NULL ORDER BY name DESC LIMIT 10) AS newest;
