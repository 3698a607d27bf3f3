-- Sessions of the older protocol versions, and the log that their streams are read from.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  principal TEXT NOT NULL,
  version TEXT NOT NULL,
  level TEXT,
  seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_use ON sessions (seen_ms);

-- Counting a hundred thousand rows for every new one would take longer than all the rest.
CREATE TABLE session_counts (principal TEXT PRIMARY KEY, sessions INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE session_total (only INTEGER PRIMARY KEY CHECK (only = 1), sessions INTEGER NOT NULL) STRICT;
INSERT INTO session_total VALUES (1, 0);
CREATE TRIGGER session_begins AFTER INSERT ON sessions BEGIN
  INSERT INTO session_counts VALUES (new.principal, 1) ON CONFLICT DO UPDATE SET sessions = sessions + 1;
  UPDATE session_total SET sessions = sessions + 1;
END;
CREATE TRIGGER session_ends AFTER DELETE ON sessions BEGIN
  UPDATE session_counts SET sessions = sessions - 1 WHERE principal = old.principal;
  DELETE FROM session_counts WHERE principal = old.principal AND sessions = 0;
  UPDATE session_total SET sessions = sessions - 1;
END;

CREATE TABLE subscriptions (
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  uri TEXT NOT NULL,
  -- The newest event when it began: it hears of later ones.
  since INTEGER NOT NULL,
  PRIMARY KEY (session, uri)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_by_uri ON subscriptions (uri);

-- One stream for each answer that became a stream.
CREATE TABLE streams (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  request TEXT NOT NULL,
  finished_ms INTEGER
) STRICT;
CREATE INDEX streams_by_session ON streams (session);
CREATE INDEX streams_by_end ON streams (finished_ms);

CREATE TABLE events (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  -- NULL for everybody.
  session TEXT REFERENCES sessions (id) ON DELETE CASCADE,
  -- NULL for the session's own stream.
  stream INTEGER REFERENCES streams (id) ON DELETE CASCADE,
  -- Only for those who subscribed to it.
  uri TEXT,
  at_ms INTEGER NOT NULL,
  message BLOB NOT NULL
) STRICT;
CREATE INDEX events_by_stream ON events (session, stream, position);
CREATE INDEX events_by_call ON events (stream);

-- Bytes of all messages, so that nobody has to add them up.
CREATE TABLE log_size (only INTEGER PRIMARY KEY CHECK (only = 1), bytes INTEGER NOT NULL) STRICT;
INSERT INTO log_size VALUES (1, 0);
CREATE TRIGGER event_is_said AFTER INSERT ON events BEGIN
  UPDATE log_size SET bytes = bytes + length(new.message);
END;
CREATE TRIGGER event_is_forgotten AFTER DELETE ON events BEGIN
  UPDATE log_size SET bytes = bytes - length(old.message);
END;

-- The newest event that was forgotten.
CREATE TABLE forgotten (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL) STRICT;
INSERT INTO forgotten VALUES (1, 0);
