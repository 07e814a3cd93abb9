-- Instants are microseconds since 1970, documents are JSON.

-- An order is its document; the other columns are drawn from it for the lists and the timers.
CREATE TABLE orders (
    shop            TEXT NOT NULL,
    order_id        TEXT NOT NULL,
    version         INTEGER NOT NULL,
    first_seen_at   INTEGER NOT NULL,
    status          TEXT NOT NULL,
    due_at          INTEGER,
    open_exceptions INTEGER NOT NULL,
    document        TEXT NOT NULL,
    PRIMARY KEY (shop, order_id)
) STRICT;
CREATE INDEX orders_by_time ON orders (first_seen_at, shop, order_id);
CREATE INDEX orders_by_shop ON orders (shop, first_seen_at, order_id);
CREATE INDEX orders_by_status ON orders (status, first_seen_at, shop, order_id);
-- Sparse: most orders are finished and have no timer and no open exception.
CREATE INDEX orders_due ON orders (due_at, shop, order_id) WHERE due_at IS NOT NULL;
CREATE INDEX orders_with_exceptions ON orders (first_seen_at, shop, order_id) WHERE open_exceptions > 0;

-- The stages of an order's shipments, each once.
CREATE TABLE order_stages (
    shop          TEXT NOT NULL,
    order_id      TEXT NOT NULL,
    stage         TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    PRIMARY KEY (shop, order_id, stage),
    FOREIGN KEY (shop, order_id) REFERENCES orders ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX order_stages_by_stage ON order_stages (stage, first_seen_at, shop, order_id);

CREATE TABLE decisions (
    shop     TEXT NOT NULL,
    order_id TEXT NOT NULL,
    shipment TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (shop, order_id, shipment)
) STRICT;

CREATE TABLE shops (
    id       TEXT NOT NULL PRIMARY KEY,
    version  INTEGER NOT NULL,
    -- When it is polled next; none when we may not act for it.
    poll_at  INTEGER,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE catalogue (
    shop     TEXT NOT NULL,
    sku      TEXT NOT NULL,
    imported INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (shop, sku)
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    name    TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    value   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE processed_events (
    id         TEXT NOT NULL PRIMARY KEY,
    keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX processed_events_by_end ON processed_events (keep_until);

CREATE TABLE labels (
    name         TEXT NOT NULL PRIMARY KEY,
    content_type TEXT NOT NULL,
    bytes        BLOB NOT NULL
) STRICT;

-- AUTOINCREMENT: an id is never given twice, so that an old receipt can't name another message.
CREATE TABLE messages (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    queue         TEXT NOT NULL,
    body          TEXT NOT NULL,
    visible_at    INTEGER NOT NULL,
    receive_count INTEGER NOT NULL DEFAULT 0,
    -- 1 from its delivery until it is given back: only then its receipt is good.
    taken         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX messages_by_time ON messages (queue, visible_at, id);

CREATE TABLE dead_letters (
    id            INTEGER PRIMARY KEY,
    queue         TEXT NOT NULL,
    body          TEXT NOT NULL,
    receive_count INTEGER NOT NULL,
    died_at       INTEGER NOT NULL
) STRICT;
