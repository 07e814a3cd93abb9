//! Receiving messages from a queue so that each shop gets its share, and none of its accounts holds up the others.

use std::collections::HashMap;
use std::time::Duration;

use backend::Received;
use backend::queues::RECEIVES_MAX;
use domain::message::{Message, Queue};
use domain::{AccountId, ShopId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::convert::{limit, micros, micros_after};
use crate::dead_letters::delete_old;
use crate::error::SqlFault;
use crate::queues::DeliveryReceipt;

/// The messages of a queue that wait for the same: for a turn of their shop, or for an account of it that took no more calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    pub shop: ShopId,
    /// The account for which they were handed back.
    pub account: Option<AccountId>,
}

impl Lane {
    /// The messages of a shop that were not handed back.
    pub fn of(shop: &ShopId) -> Self {
        Self { shop: shop.clone(), account: None }
    }
}

/// How many messages of each lane may be received.
#[derive(Clone, Debug)]
pub struct LaneLimits {
    /// For a lane without an entry, of a shop without one.
    pub default: usize,
    /// For the lanes of a shop that have no entry of their own.
    pub by_shop: HashMap<ShopId, usize>,
    pub by_lane: HashMap<Lane, usize>,
}

impl LaneLimits {
    /// The limit of a lane.
    pub fn of(&self, lane: &Lane) -> usize {
        self.by_lane.get(lane).or_else(|| self.by_shop.get(&lane.shop)).copied().unwrap_or(self.default)
    }
}

impl Default for LaneLimits {
    /// No limit.
    fn default() -> Self {
        Self { default: usize::MAX, by_shop: HashMap::new(), by_lane: HashMap::new() }
    }
}

/// A received message, and where it waited.
#[derive(Debug)]
pub struct LaneDelivery {
    pub lane: Lane,
    pub received: Received,
}

/// What was received from a queue at once.
#[derive(Debug)]
pub struct ReceivedBatch {
    pub messages: Vec<LaneDelivery>,
    /// When there are none: how long until the next message becomes visible, if there is one.
    pub next_visible_after: Option<Duration>,
}

impl ReceivedBatch {
    pub(crate) fn received(self) -> Vec<Received> {
        self.messages.into_iter().map(|delivery| delivery.received).collect()
    }
}

/// Marks messages as in flight, see [`crate::SqliteBackend::receive_fairly`].
pub(crate) fn receive(
    db: &Connection,
    queue: Queue,
    max: usize,
    visibility: Duration,
    limits: &LaneLimits,
    now: Timestamp,
) -> Result<ReceivedBatch, SqlFault> {
    let mut messages = Vec::new();
    db.prepare_cached("UPDATE messages SET hidden = 0 WHERE queue = ?1 AND hidden = 1 AND visible_at <= ?2")?
        .execute(params![queue.name(), micros(now)])?;
    let mut lanes = lanes_with_messages(db, queue)?;
    // The first lane gets no less than its share, and whatever one leaves is shared among those after it: so that this
    // favors nobody, the order is random.
    fastrand::shuffle(&mut lanes);
    for (index, stored_lane) in lanes.iter().enumerate() {
        let share = (max - messages.len()).div_ceil(lanes.len() - index);
        let lane = stored_lane.lane();
        let mut wanted = share.min(limits.of(&lane));
        // Messages that turn out to be dead letters make room for others.
        while wanted > 0 {
            let visible = visible(db, queue, stored_lane, wanted)?;
            if visible.is_empty() {
                break;
            }
            for stored in visible {
                if let Some(received) = deliver(db, queue, stored, visibility, now)? {
                    messages.push(LaneDelivery { lane: lane.clone(), received });
                    wanted -= 1;
                }
            }
        }
    }
    let next_visible_after = if messages.is_empty() { next_visible_after(db, queue, now)? } else { None };
    Ok(ReceivedBatch { messages, next_visible_after })
}

/// A lane as its columns.
struct StoredLane {
    shop: String,
    account: String,
}

impl StoredLane {
    fn lane(&self) -> Lane {
        Lane { shop: ShopId::new(&self.shop), account: AccountId::parse(&self.account).ok() }
    }
}

/// The lanes that have a visible message, each found by one look into the index.
fn lanes_with_messages(db: &Connection, queue: Queue) -> rusqlite::Result<Vec<StoredLane>> {
    let mut next = db.prepare_cached(
        "SELECT shop, account FROM messages WHERE queue = ?1 AND hidden = 0 AND (shop, account) > (?2, ?3)
         ORDER BY shop, account LIMIT 1",
    )?;
    let mut lanes: Vec<StoredLane> = Vec::new();
    loop {
        let (shop, account) =
            lanes.last().map_or(("", ""), |last| (last.shop.as_str(), last.account.as_str()));
        let lane = |row: &Row<'_>| Ok(StoredLane { shop: row.get(0)?, account: row.get(1)? });
        let found = next.query_row(params![queue.name(), shop, account], lane).optional()?;
        let Some(lane) = found else { return Ok(lanes) };
        lanes.push(lane);
    }
}

struct StoredMessage {
    id: i64,
    body: String,
    receive_count: u32,
    throttled_count: u32,
}

fn visible(
    db: &Connection,
    queue: Queue,
    lane: &StoredLane,
    max: usize,
) -> rusqlite::Result<Vec<StoredMessage>> {
    let mut query = db.prepare_cached(
        "SELECT id, body, receive_count, throttled_count FROM messages
         WHERE queue = ?1 AND shop = ?2 AND account = ?3 AND hidden = 0 ORDER BY deadline_at, id LIMIT ?4",
    )?;
    let stored = |row: &Row<'_>| {
        Ok(StoredMessage {
            id: row.get(0)?,
            body: row.get(1)?,
            receive_count: row.get(2)?,
            throttled_count: row.get(3)?,
        })
    };
    query.query_map(params![queue.name(), lane.shop, lane.account, limit(max)], stored)?.collect()
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
