-- +goose Up

-- What graphs read, a row a point. Before, each scan and each day had one JSON
-- document, and a graph of five years parsed 1,825 of them to draw one line.
-- Both tables are made of what stands elsewhere (scan.result, and the history
-- that the metrics are computed from), in the transaction that writes that.

-- Every estimate of every finished scan. The index holds all that a graph needs.
CREATE TABLE scan_estimate (
  scan_id    TEXT NOT NULL REFERENCES scan_point (scan_id) ON DELETE CASCADE,
  biomarker  TEXT NOT NULL,
  user_id    TEXT NOT NULL,
  at         BIGINT NOT NULL,
  timezone   TEXT NOT NULL,
  value      DOUBLE PRECISION, -- in the unit of the catalogue; null: refused
  low        DOUBLE PRECISION, -- the 90 % interval, null with the value
  high       DOUBLE PRECISION,
  confidence DOUBLE PRECISION NOT NULL, -- 0 to 1
  reason     TEXT NOT NULL, -- why it was refused, or empty
  PRIMARY KEY (scan_id, biomarker)
);
CREATE INDEX scan_estimate_graph ON scan_estimate
  (user_id, biomarker, at, scan_id, timezone, value, low, high, confidence, reason);

-- json(TEXT) is a function of SQLite and a cast of PostgreSQL.
INSERT INTO scan_estimate
SELECT p.scan_id, e.key, p.user_id, p.at, p.timezone, CAST(e.value ->> 'v' AS DOUBLE PRECISION),
  CASE WHEN e.value ->> 'v' IS NOT NULL THEN CAST(COALESCE(e.value ->> 'l', '0') AS DOUBLE PRECISION) END,
  CASE WHEN e.value ->> 'v' IS NOT NULL THEN CAST(COALESCE(e.value ->> 'h', '0') AS DOUBLE PRECISION) END,
  CAST(e.value ->> 'c' AS DOUBLE PRECISION), COALESCE(e.value ->> 'r', '')
FROM scan_point AS p CROSS JOIN json_each(json(p.estimates)) AS e;

ALTER TABLE scan_point DROP COLUMN estimates;

-- Every metric and profile as it stood at the end of each day on which something was learnt.
CREATE TABLE insight_score (
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  day        TEXT NOT NULL, -- YYYY-MM-DD where the person was
  name       TEXT NOT NULL, -- of the metric or profile
  at         BIGINT NOT NULL, -- of the last thing learnt that day
  timezone   TEXT NOT NULL,
  score      DOUBLE PRECISION, -- 0 to 100; null: none
  low        DOUBLE PRECISION, -- the 80 % interval; null: none
  high       DOUBLE PRECISION,
  confidence DOUBLE PRECISION NOT NULL, -- 0 to 100
  status     TEXT NOT NULL, -- empty for a profile
  PRIMARY KEY (user_id, day, name)
);
CREATE INDEX insight_score_graph ON insight_score
  (user_id, name, at, day, timezone, score, low, high, confidence, status);

INSERT INTO insight_score
SELECT d.user_id, d.day, e.key, d.at, d.timezone, CAST(e.value ->> 'score' AS DOUBLE PRECISION),
  CASE WHEN e.value ->> 'high' IS NOT NULL THEN CAST(COALESCE(e.value ->> 'low', '0') AS DOUBLE PRECISION) END,
  CAST(e.value ->> 'high' AS DOUBLE PRECISION), CAST(e.value ->> 'confidence' AS DOUBLE PRECISION), COALESCE(e.value ->> 'status', '')
FROM insight_day AS d CROSS JOIN json_each(json(d.insights)) AS e;

DROP TABLE insight_day;

-- +goose Down
CREATE TABLE insight_day (
  user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  day      TEXT NOT NULL,
  at       BIGINT NOT NULL,
  timezone TEXT NOT NULL,
  insights TEXT NOT NULL,
  PRIMARY KEY (user_id, day)
);
CREATE INDEX insight_day_at ON insight_day (user_id, at);
DROP TABLE insight_score;
DROP TABLE scan_estimate;
ALTER TABLE scan_point ADD COLUMN estimates TEXT NOT NULL DEFAULT '{}';
-- Both are made again of what stands elsewhere.
DELETE FROM scan_point;
UPDATE insight_state SET model_version = '';
