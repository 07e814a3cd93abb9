//! Receiving messages from a queue so that each shop gets its share.

use std::collections::HashMap;
use std::time::Duration;

use backend::Received;
use backend::queues::RECEIVES_MAX;
use domain::message::{Message, Queue};
use domain::{ShopId, Timestamp};
use rusqlite::{Connection, Row, params};

use crate::convert::{limit, micros, micros_after};
use crate::dead_letters::delete_old;
use crate::error::SqlFault;
use crate::queues::DeliveryReceipt;

/// How many messages of each shop may be received. By default no shop is limited.
#[derive(Clone, Debug)]
pub struct ShopLimits {
    /// For a shop without an entry.
    pub default: usize,
    pub by_shop: HashMap<ShopId, usize>,
}

impl Default for ShopLimits {
    fn default() -> Self {
        Self { default: usize::MAX, by_shop: HashMap::new() }
    }
}

impl ShopLimits {
    fn of(&self, shop: &str) -> usize {
        self.by_shop.get(&ShopId::new(shop)).copied().unwrap_or(self.default)
    }
}

/// What was received from a queue at once.
#[derive(Debug)]
pub struct ReceivedBatch {
    pub messages: Vec<Received>,
    /// When there are none: how long until the next message becomes visible, if there is one.
    pub next_visible_after: Option<Duration>,
}

/// Marks messages as in flight, see [`crate::SqliteBackend::receive_fairly`].
pub(crate) fn receive(
    db: &Connection,
    queue: Queue,
    max: usize,
    visibility: Duration,
    limits: &ShopLimits,
    now: Timestamp,
) -> Result<ReceivedBatch, SqlFault> {
    let mut messages = Vec::new();
    db.prepare_cached("UPDATE messages SET hidden = 0 WHERE queue = ?1 AND hidden = 1 AND visible_at <= ?2")?
        .execute(params![queue.name(), micros(now)])?;
    let mut shops = shops_with_messages(db, queue)?;
    // The first shop gets no less than its share, and whatever one leaves is shared among those after it: so that this
    // favors nobody, the order is random.
    fastrand::shuffle(&mut shops);
    for (index, shop) in shops.iter().enumerate() {
        let share = (max - messages.len()).div_ceil(shops.len() - index);
        let mut wanted = share.min(limits.of(shop));
        // Messages that turn out to be dead letters make room for others.
        while wanted > 0 {
            let visible = visible(db, queue, shop, wanted)?;
            if visible.is_empty() {
                break;
            }
            for stored in visible {
                if let Some(message) = deliver(db, queue, stored, visibility, now)? {
                    messages.push(message);
                    wanted -= 1;
                }
            }
        }
    }
    let next_visible_after = if messages.is_empty() { next_visible_after(db, queue, now)? } else { None };
    Ok(ReceivedBatch { messages, next_visible_after })
}

/// The shops that have a visible message, each found by one look into the index.
fn shops_with_messages(db: &Connection, queue: Queue) -> rusqlite::Result<Vec<String>> {
    let mut query = db.prepare_cached(
        "WITH RECURSIVE found (shop) AS (
             SELECT min(shop) FROM messages WHERE queue = ?1 AND hidden = 0
             UNION ALL
             SELECT (SELECT min(shop) FROM messages WHERE queue = ?1 AND hidden = 0 AND shop > found.shop)
             FROM found WHERE found.shop IS NOT NULL
         )
         SELECT shop FROM found WHERE shop IS NOT NULL",
    )?;
    query.query_map([queue.name()], |row| row.get(0))?.collect()
}

struct StoredMessage {
    id: i64,
    body: String,
    receive_count: u32,
    throttled_count: u32,
}

fn visible(db: &Connection, queue: Queue, shop: &str, max: usize) -> rusqlite::Result<Vec<StoredMessage>> {
    let mut query = db.prepare_cached(
        "SELECT id, body, receive_count, throttled_count FROM messages
         WHERE queue = ?1 AND shop = ?2 AND hidden = 0 ORDER BY deadline_at, id LIMIT ?3",
    )?;
    let stored = |row: &Row<'_>| {
        Ok(StoredMessage {
            id: row.get(0)?,
            body: row.get(1)?,
            receive_count: row.get(2)?,
            throttled_count: row.get(3)?,
        })
    };
    query.query_map(params![queue.name(), shop, limit(max)], stored)?.collect()
}

/// Delivers a message. One that was delivered too often, or cannot be read, becomes a dead letter instead.
fn deliver(
    db: &Connection,
    queue: Queue,
    stored: StoredMessage,
    visibility: Duration,
    now: Timestamp,
) -> rusqlite::Result<Option<Received>> {
    let StoredMessage { id, body, receive_count, throttled_count } = stored;
    let message = match serde_json::from_str::<Message>(&body) {
        Ok(message) if receive_count.saturating_sub(throttled_count) < RECEIVES_MAX => message,
        Ok(_) => {
            make_dead_letter(db, id, now)?;
            return Ok(None);
        }
        Err(_) => {
            make_dead_letter(db, id, now)?;
            tracing::error!(
                queue = queue.name(),
                id,
                "message can't be read and was moved to the dead letters"
            );
            return Ok(None);
        }
    };
    let receive_count = receive_count + 1;
    db.prepare_cached(
        "UPDATE messages SET in_flight = 1, hidden = 1, receive_count = ?2, visible_at = ?3 WHERE id = ?1",
    )?
    .execute(params![id, receive_count, micros_after(now, visibility)])?;
    let receipt = DeliveryReceipt { id, count: i64::from(receive_count) }.to_string();
    Ok(Some(Received { message, receipt, receive_count }))
}

/// How long until the next hidden message becomes visible.
fn next_visible_after(db: &Connection, queue: Queue, now: Timestamp) -> rusqlite::Result<Option<Duration>> {
    let mut query =
        db.prepare_cached("SELECT min(visible_at) FROM messages WHERE queue = ?1 AND hidden = 1")?;
    let next: Option<i64> = query.query_row([queue.name()], |row| row.get(0))?;
    let after = |next: i64| u64::try_from(next.saturating_sub(micros(now))).unwrap_or(0);
    Ok(next.map(|next| Duration::from_micros(after(next))))
}

/// Moves a message to the dead letters as it is, and deletes those that are over.
pub(crate) fn make_dead_letter(db: &Connection, id: i64, now: Timestamp) -> rusqlite::Result<()> {
    delete_old(db, now)?;
    db.prepare_cached(
        "INSERT INTO dead_letters (queue, body, receive_count, died_at)
         SELECT queue, body, receive_count, ?2 FROM messages WHERE id = ?1",
    )?
    .execute(params![id, micros(now)])?;
    db.prepare_cached("DELETE FROM messages WHERE id = ?1")?.execute([id])?;
    Ok(())
}
