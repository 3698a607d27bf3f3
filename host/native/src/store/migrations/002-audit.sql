-- The audit log becomes a chain. The records of version 1 were not linked to each other, so that they prove nothing;
-- they are not carried over.
DROP TABLE audit;

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  -- Canonical JSON, whose digest the next record carries.
  record TEXT NOT NULL
) STRICT;

CREATE TABLE audit_checkpoints (
  sequence INTEGER PRIMARY KEY,
  checkpoint TEXT NOT NULL
) STRICT;
