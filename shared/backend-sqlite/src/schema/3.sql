-- A queue is read shop by shop, so that each gets its share, and for a shop by the deadlines of its orders.
ALTER TABLE orders ADD COLUMN deadline_at INTEGER;
ALTER TABLE messages ADD COLUMN shop TEXT NOT NULL DEFAULT '';
-- That of its order as it was when the message was sent; none where it was not known.
ALTER TABLE messages ADD COLUMN deadline_at INTEGER;
-- 1 until visible_at: delayed, or being worked on.
ALTER TABLE messages ADD COLUMN waiting INTEGER NOT NULL DEFAULT 1;
-- How many of its deliveries only found that there was no turn for it.
ALTER TABLE messages ADD COLUMN paused_count INTEGER NOT NULL DEFAULT 0;
UPDATE messages SET shop = coalesce(json_extract(body, '$.shop'), '') WHERE json_valid(body);
DROP INDEX messages_by_time;
CREATE INDEX messages_ready ON messages (queue, shop, deadline_at, id) WHERE waiting = 0;
CREATE INDEX messages_waiting ON messages (queue, visible_at) WHERE waiting = 1;
