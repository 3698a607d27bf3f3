-- Accepted bundles and what keeps repeated and older ones out; the audit log.
CREATE TABLE high_water (only INTEGER PRIMARY KEY CHECK (only = 1), seq INTEGER NOT NULL) STRICT;
INSERT INTO high_water VALUES (1, 0);

CREATE TABLE nonces (
  id TEXT PRIMARY KEY,
  envelope TEXT NOT NULL,
  expires_ms INTEGER NOT NULL,
  reserved INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_by_expiry ON nonces (expires_ms);

CREATE TABLE bundles (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  good INTEGER NOT NULL DEFAULT 0,
  -- Counts promotions, so that the newest good bundle is the last one promoted.
  promoted INTEGER,
  sha256 TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kid TEXT NOT NULL,
  received_ms INTEGER NOT NULL
) STRICT;

-- Apart from their bundles, so that promoting one does not write its envelope again.
CREATE TABLE envelopes (
  bundle INTEGER PRIMARY KEY REFERENCES bundles (id) ON DELETE CASCADE,
  encoding TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE blobs (
  sha256 TEXT PRIMARY KEY,
  -- NULL while it is only expected.
  bytes BLOB,
  expires_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE bundle_blobs (
  bundle INTEGER NOT NULL REFERENCES bundles (id) ON DELETE CASCADE,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (bundle, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX bundle_blobs_by_sha256 ON bundle_blobs (sha256);

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  details TEXT NOT NULL
) STRICT;
