-- Instants are microseconds since 1970 UTC; documents are JSON.

-- An order is its document. The other columns are copies from it, for lists, timers and look-ups.
CREATE TABLE orders (
    shop            TEXT NOT NULL,
    order_id        TEXT NOT NULL,
    version         INTEGER NOT NULL,
    first_seen_at   INTEGER NOT NULL,
    status          TEXT NOT NULL,
    -- When it is next looked at; NULL when nothing is left to do.
    next_check_at   INTEGER,
    -- When its alarms are next looked at.
    alarm_at        INTEGER,
    -- Its dispatch deadline.
    deadline_at     INTEGER,
    -- The tracking number of its latest label.
    tracking        TEXT,
    -- The group in which it waits for other orders of the same parcel.
    combine_group   TEXT,
    open_exceptions INTEGER NOT NULL,
    document        TEXT NOT NULL,
    PRIMARY KEY (shop, order_id)
) STRICT;
CREATE INDEX orders_by_time ON orders (first_seen_at, shop, order_id);
CREATE INDEX orders_by_shop ON orders (shop, first_seen_at, order_id);
CREATE INDEX orders_by_status ON orders (status, first_seen_at, shop, order_id);
-- Partial indexes: most orders are finished and have no timer, no alarm and no open exception.
CREATE INDEX orders_by_next_check ON orders (next_check_at, shop, order_id) WHERE next_check_at IS NOT NULL;
CREATE INDEX orders_by_alarm ON orders (alarm_at, shop, order_id) WHERE alarm_at IS NOT NULL;
CREATE INDEX orders_by_tracking ON orders (tracking, first_seen_at) WHERE tracking IS NOT NULL;
CREATE INDEX orders_by_group ON orders (shop, combine_group) WHERE combine_group IS NOT NULL;
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

CREATE TABLE rate_decisions (
    shop     TEXT NOT NULL,
    order_id TEXT NOT NULL,
    shipment TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (shop, order_id, shipment)
) STRICT;

CREATE TABLE shops (
    id           TEXT NOT NULL PRIMARY KEY,
    version      INTEGER NOT NULL,
    -- NULL while we may not act for it.
    next_poll_at INTEGER,
    document     TEXT NOT NULL
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
CREATE INDEX processed_events_by_keep_until ON processed_events (keep_until);

CREATE TABLE labels (
    name         TEXT NOT NULL PRIMARY KEY,
    content_type TEXT NOT NULL,
    bytes        BLOB NOT NULL
) STRICT;

CREATE TABLE alarms (
    id            TEXT NOT NULL PRIMARY KEY,
    version       INTEGER NOT NULL,
    -- The minute in which its orders fell due.
    minute        INTEGER NOT NULL,
    -- NULL when it is finished.
    next_check_at INTEGER,
    document      TEXT NOT NULL
) STRICT;
CREATE INDEX alarms_by_next_check ON alarms (next_check_at, id) WHERE next_check_at IS NOT NULL;
CREATE INDEX alarms_by_minute ON alarms (minute);

-- A queue is read lane by lane, so that each gets its share, and within a lane by the deadlines of its orders. A lane is a shop,
-- and of those of its messages that were handed back because an account took no more calls, that account.
-- AUTOINCREMENT: an id is never reused, so that an old receipt cannot name another message.
CREATE TABLE messages (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    queue           TEXT NOT NULL,
    shop            TEXT NOT NULL,
    -- The deadline of its order when the message was sent; NULL if it was not known.
    deadline_at     INTEGER,
    body            TEXT NOT NULL,
    visible_at      INTEGER NOT NULL,
    -- 1 until visible_at: the message is delayed, or somebody is working on it.
    hidden          INTEGER NOT NULL DEFAULT 0,
    -- 1 while somebody is working on it: only then is its receipt valid.
    in_flight       INTEGER NOT NULL DEFAULT 0,
    receive_count   INTEGER NOT NULL DEFAULT 0,
    -- How many of its deliveries were handed back unprocessed, because an outside service took no more calls.
    throttled_count INTEGER NOT NULL DEFAULT 0,
    -- The order that it names; NULL for none.
    order_id        TEXT,
    -- The account that took no more calls when it was last handed back; empty for none.
    account         TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX messages_visible ON messages (queue, shop, account, deadline_at, id) WHERE hidden = 0;
CREATE INDEX messages_by_order ON messages (shop, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX messages_hidden ON messages (queue, visible_at) WHERE hidden = 1;

CREATE TABLE dead_letters (
    id            INTEGER PRIMARY KEY,
    queue         TEXT NOT NULL,
    body          TEXT NOT NULL,
    receive_count INTEGER NOT NULL,
    died_at       INTEGER NOT NULL
) STRICT;
