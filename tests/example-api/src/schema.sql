-- The example API's tables. Money is in cents; lists are JSON; ids are text and sort by age.
CREATE TABLE customers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    tier TEXT NOT NULL CHECK (tier IN ('basic', 'plus', 'enterprise')),
    country TEXT NOT NULL,
    currency TEXT NOT NULL,
    phone TEXT,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE customer_notes (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    pinned INTEGER NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    status TEXT NOT NULL,
    currency TEXT NOT NULL,
    total_cents INTEGER NOT NULL,
    refunded_cents INTEGER NOT NULL DEFAULT 0,
    items TEXT NOT NULL,
    note TEXT,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX orders_by_customer ON orders (customer_id);

CREATE TABLE order_labels (
    order_id TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    PRIMARY KEY (order_id, label)
) STRICT;

CREATE TABLE attachments (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    file_name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE refunds (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
    reason TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX refunds_by_order ON refunds (order_id);

CREATE TABLE shipments (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    carrier TEXT NOT NULL,
    tracking_number TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE shipment_events (
    shipment_id TEXT NOT NULL REFERENCES shipments (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    status TEXT NOT NULL,
    location TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (shipment_id, position)
) STRICT;

CREATE TABLE ledger (
    id TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers (id),
    order_id TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('charge', 'refund', 'credit', 'adjustment')),
    amount_cents INTEGER NOT NULL,
    currency TEXT NOT NULL,
    memo TEXT,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX ledger_by_customer ON ledger (customer_id);
CREATE INDEX ledger_by_order ON ledger (order_id);

-- The clock: every write that dates something takes the next second.
CREATE TABLE clock (ticks INTEGER NOT NULL) STRICT;
INSERT INTO clock VALUES (0);
