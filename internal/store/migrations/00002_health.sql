-- +goose Up

-- What a finished scan adds to a person's history: what the metrics are made of,
-- and every estimate with its interval, confidence or reason, for graphs.
CREATE TABLE scan_point (
  scan_id      TEXT PRIMARY KEY REFERENCES scan (id) ON DELETE CASCADE,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  at           BIGINT NOT NULL,
  timezone     TEXT NOT NULL,
  at_rest      BOOLEAN,
  confidence   DOUBLE PRECISION NOT NULL, -- of the heart rate, 0 to 1
  heart_rate   DOUBLE PRECISION, -- bpm
  sdnn         DOUBLE PRECISION, -- ms
  rmssd        DOUBLE PRECISION, -- ms
  stress_index DOUBLE PRECISION, -- points
  estimates    TEXT NOT NULL -- JSON
);
CREATE INDEX scan_point_user ON scan_point (user_id, at);

-- Every answer ever given: the newest of a question counts.
CREATE TABLE answer (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  lookup_key TEXT NOT NULL,
  instrument TEXT NOT NULL, -- the questionnaire that the question belongs to, or empty
  value      DOUBLE PRECISION NOT NULL,
  at         BIGINT NOT NULL,
  timezone   TEXT NOT NULL
);
CREATE INDEX answer_user ON answer (user_id, lookup_key, at);

-- What a person measured with a cuff, in mmHg and bpm.
CREATE TABLE cuff_reading (
  id          TEXT PRIMARY KEY,
  user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  systolic    DOUBLE PRECISION NOT NULL,
  diastolic   DOUBLE PRECISION NOT NULL,
  pulse       DOUBLE PRECISION,
  measured_at BIGINT NOT NULL,
  timezone    TEXT NOT NULL,
  source      TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  UNIQUE (user_id, measured_at, systolic, diastolic)
);

-- What a person agreed to, and what they took back.
CREATE TABLE consent (
  id           TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  version      TEXT NOT NULL,
  text_hash    TEXT NOT NULL,
  language     TEXT NOT NULL,
  given_at     BIGINT NOT NULL,
  withdrawn_at BIGINT
);
CREATE INDEX consent_user ON consent (user_id, given_at);

-- The insights as they stood at the end of each day on which something was learnt.
CREATE TABLE insight_day (
  user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  day      TEXT NOT NULL, -- YYYY-MM-DD where the person was
  at       BIGINT NOT NULL, -- of the last thing learnt that day
  timezone TEXT NOT NULL,
  insights TEXT NOT NULL, -- JSON
  PRIMARY KEY (user_id, day)
);
CREATE INDEX insight_day_at ON insight_day (user_id, at);

-- Whether the days above still hold.
CREATE TABLE insight_state (
  user_id       TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  revision      BIGINT NOT NULL, -- raised by everything that is learnt
  stale_from    BIGINT, -- the earliest time of what was learnt since; null: all holds
  model_version TEXT NOT NULL, -- empty: never computed
  journey       TEXT NOT NULL, -- which journey progress is about
  progress      TEXT NOT NULL -- JSON
);

-- A customer's own journey, JSON; null is the default one.
ALTER TABLE customer ADD COLUMN journey TEXT;

-- +goose Down
ALTER TABLE customer DROP COLUMN journey;
DROP TABLE insight_state;
DROP TABLE insight_day;
DROP TABLE consent;
DROP TABLE cuff_reading;
DROP TABLE answer;
DROP TABLE scan_point;
