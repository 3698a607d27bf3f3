-- The bundle that sessions were last told of.
CREATE TABLE deployed (only INTEGER PRIMARY KEY CHECK (only = 1), bundle_sha256 TEXT NOT NULL) STRICT;

-- What each session holds of the log, so that one that says much makes room with what it said itself.
CREATE TABLE shares (
  -- '' for what everybody is told.
  session TEXT PRIMARY KEY,
  events INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  -- The newest event of its own stream that was forgotten.
  forgotten INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO shares (session, events, bytes)
  SELECT ifnull(session, ''), count(*), sum(length(message)) FROM events GROUP BY session;
INSERT OR IGNORE INTO shares (session, events, bytes) VALUES ('', 0, 0);
UPDATE shares SET forgotten = (SELECT position FROM forgotten) WHERE session = '';

-- The newest of its events that was forgotten: whoever read less cannot go on.
ALTER TABLE streams ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
-- Which streams it was is not known any more, so that it may have been any.
UPDATE streams SET forgotten = (SELECT position FROM forgotten);
DROP TABLE forgotten;

CREATE TRIGGER share_ends AFTER DELETE ON sessions BEGIN
  DELETE FROM shares WHERE session = old.id;
END;

DELETE FROM streams
  WHERE finished_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM events WHERE stream = streams.id);

ALTER TABLE log_size ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
UPDATE log_size SET events = (SELECT count(*) FROM events);
DROP TRIGGER event_is_said;
CREATE TRIGGER event_is_said AFTER INSERT ON events BEGIN
  UPDATE log_size SET events = events + 1, bytes = bytes + length(new.message);
  INSERT INTO shares (session, events, bytes) VALUES (ifnull(new.session, ''), 1, length(new.message))
    ON CONFLICT DO UPDATE SET events = events + 1, bytes = bytes + excluded.bytes;
END;
DROP TRIGGER event_is_forgotten;
CREATE TRIGGER event_is_forgotten AFTER DELETE ON events BEGIN
  UPDATE log_size SET events = events - 1, bytes = bytes - length(old.message);
  UPDATE shares SET events = events - 1, bytes = bytes - length(old.message),
      forgotten = iif(old.stream IS NULL, max(forgotten, old.position), forgotten)
    WHERE session = ifnull(old.session, '');
  UPDATE streams SET forgotten = max(forgotten, old.position) WHERE id = old.stream;
  -- A finished stream goes with the last that was said on it.
  DELETE FROM streams WHERE id = old.stream AND finished_ms IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM events WHERE stream = old.stream);
END;
