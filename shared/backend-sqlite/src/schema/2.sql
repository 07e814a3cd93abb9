-- When an order is looked at next for its alarms, and the tracking number of its latest label.
ALTER TABLE orders ADD COLUMN alarm_at INTEGER;
ALTER TABLE orders ADD COLUMN tracking TEXT;
CREATE INDEX orders_by_alarm ON orders (alarm_at, shop, order_id) WHERE alarm_at IS NOT NULL;
CREATE INDEX orders_by_tracking ON orders (tracking, first_seen_at) WHERE tracking IS NOT NULL;

CREATE TABLE alarms (
    id       TEXT NOT NULL PRIMARY KEY,
    version  INTEGER NOT NULL,
    minute   INTEGER NOT NULL,
    -- When it is looked at next; none when it is done.
    next_at  INTEGER,
    document TEXT NOT NULL
) STRICT;
CREATE INDEX alarms_unfinished ON alarms (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX alarms_by_minute ON alarms (minute);
