//! Taking messages from a queue: each shop gets its share.

use std::collections::HashMap;
use std::time::Duration;

use backend::Received;
use backend::queues::RECEIVES_MAX;
use domain::message::{Message, Queue};
use domain::{ShopId, Timestamp};
use rusqlite::{Connection, Row, params};

use crate::convert::{limit, micros, micros_after};
use crate::error::Fault;
use crate::queues::Delivery;

/// How many messages of each shop may be taken.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// Of a shop that is not named.
    pub others: usize,
    /// Of these.
    pub shops: HashMap<ShopId, usize>,
}

impl Default for Allowance {
    /// As many as there are.
    fn default() -> Self {
        Self { others: usize::MAX, shops: HashMap::new() }
    }
}

impl Allowance {
    fn of(&self, shop: &str) -> usize {
        self.shops.get(&ShopId::new(shop)).copied().unwrap_or(self.others)
    }
}

/// What a look into a queue found.
#[derive(Debug)]
pub struct Taken {
    /// The messages.
    pub received: Vec<Received>,
    /// When nothing was found: how long until the next message is visible, if there is one.
    pub next_after: Option<Duration>,
}

/// Marks messages as taken, see [`crate::SqliteBackend::take`].
pub(crate) fn take(
    db: &Connection,
    queue: Queue,
    max: usize,
    visibility: Duration,
    allowance: &Allowance,
    now: Timestamp,
) -> Result<Taken, Fault> {
    let mut received = Vec::new();
    db.prepare_cached(
        "UPDATE messages SET waiting = 0 WHERE queue = ?1 AND waiting = 1 AND visible_at <= ?2",
    )?
    .execute(params![queue.name(), micros(now)])?;
    let mut shops = shops(db, queue)?;
    // Whoever is first gets no less than its share, and what others leave is for those who come after it.
    fastrand::shuffle(&mut shops);
    for (index, shop) in shops.iter().enumerate() {
        let share = (max - received.len()).div_ceil(shops.len() - index);
        let mut wanted = share.min(allowance.of(shop));
        // Dead letters make room for others.
        while wanted > 0 {
            let ready = ready(db, queue, shop, wanted)?;
            if ready.is_empty() {
                break;
            }
            for stored in ready {
                if let Some(message) = deliver(db, queue, stored, visibility, now)? {
                    received.push(message);
                    wanted -= 1;
                }
            }
        }
    }
    let next_after = if received.is_empty() { next_after(db, queue, now)? } else { None };
    Ok(Taken { received, next_after })
}

/// The shops that have something ready, each found by one look into the index.
fn shops(db: &Connection, queue: Queue) -> rusqlite::Result<Vec<String>> {
    let mut query = db.prepare_cached(
        "WITH RECURSIVE found (shop) AS (
             SELECT min(shop) FROM messages WHERE queue = ?1 AND waiting = 0
             UNION ALL
             SELECT (SELECT min(shop) FROM messages WHERE queue = ?1 AND waiting = 0 AND shop > found.shop)
             FROM found WHERE found.shop IS NOT NULL
         )
         SELECT shop FROM found WHERE shop IS NOT NULL",
    )?;
    query.query_map([queue.name()], |row| row.get(0))?.collect()
}

struct Stored {
    id: i64,
    body: String,
    receive_count: u32,
    paused_count: u32,
}

fn ready(db: &Connection, queue: Queue, shop: &str, max: usize) -> rusqlite::Result<Vec<Stored>> {
    let mut query = db.prepare_cached(
        "SELECT id, body, receive_count, paused_count FROM messages
         WHERE queue = ?1 AND shop = ?2 AND waiting = 0 ORDER BY deadline_at, id LIMIT ?3",
    )?;
    let stored = |row: &Row<'_>| {
        Ok(Stored {
            id: row.get(0)?,
            body: row.get(1)?,
            receive_count: row.get(2)?,
            paused_count: row.get(3)?,
        })
    };
    query.query_map(params![queue.name(), shop, limit(max)], stored)?.collect()
}

/// Delivers a message, or buries it where it was delivered too often or can't be read any more.
fn deliver(
    db: &Connection,
    queue: Queue,
    stored: Stored,
    visibility: Duration,
    now: Timestamp,
) -> rusqlite::Result<Option<Received>> {
    let Stored { id, body, receive_count, paused_count } = stored;
    let message = match serde_json::from_str::<Message>(&body) {
        Ok(message) if receive_count.saturating_sub(paused_count) < RECEIVES_MAX => message,
        Ok(_) => {
            bury(db, id, now)?;
            return Ok(None);
        }
        Err(_) => {
            bury(db, id, now)?;
            tracing::error!(
                queue = queue.name(),
                id,
                "A message can't be read and went to the dead letters."
            );
            return Ok(None);
        }
    };
    let receive_count = receive_count + 1;
    db.prepare_cached(
        "UPDATE messages SET taken = 1, waiting = 1, receive_count = ?2, visible_at = ?3 WHERE id = ?1",
    )?
    .execute(params![id, receive_count, micros_after(now, visibility)])?;
    let receipt = Delivery { id, count: i64::from(receive_count) }.receipt();
    Ok(Some(Received { message, receipt, receive_count }))
}

/// How long until the next message is visible.
fn next_after(db: &Connection, queue: Queue, now: Timestamp) -> rusqlite::Result<Option<Duration>> {
    let mut query =
        db.prepare_cached("SELECT min(visible_at) FROM messages WHERE queue = ?1 AND waiting = 1")?;
    let next: Option<i64> = query.query_row([queue.name()], |row| row.get(0))?;
    let after = |next: i64| u64::try_from(next.saturating_sub(micros(now))).unwrap_or(0);
    Ok(next.map(|next| Duration::from_micros(after(next))))
}

/// Moves a message to the dead letters as it is.
pub(crate) fn bury(db: &Connection, id: i64, now: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO dead_letters (queue, body, receive_count, died_at)
         SELECT queue, body, receive_count, ?2 FROM messages WHERE id = ?1",
    )?
    .execute(params![id, micros(now)])?;
    db.prepare_cached("DELETE FROM messages WHERE id = ?1")?.execute([id])?;
    Ok(())
}
