//! Queues: one table, and signals in memory for those who wait.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use backend::queues::{DeadLetterCounts, RECEIVES_MAX};
use backend::{BackendError, DeadLetter, Queues, Received};
use domain::message::{Message, Queue};
use domain::{AccountId, OrderKey, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::time::{Instant, timeout_at};

use crate::convert::{micros_after, to_json};
use crate::dead_letters::{StoredDeadLetter, delete_old, for_each};
use crate::receive::{LaneLimits, ReceivedBatch, make_dead_letter, receive};
use crate::{BackendState, SqliteBackend};

/// The longest delay of a message, as at SQS.
const DELAY_MAX: Duration = Duration::from_secs(15 * 60);
/// The shortest wait before the queue is read again, so that a clock that stands still (in a test) makes no busy loop.
const WAIT_MIN: Duration = Duration::from_millis(5);

#[async_trait]
impl Queues for SqliteBackend {
    async fn send(&self, message: &Message, delay: Duration) -> Result<(), BackendError> {
        self.enqueue(std::slice::from_ref(message), delay.min(DELAY_MAX)).await
    }

    async fn send_all(&self, messages: &[Message]) -> Result<(), BackendError> {
        self.enqueue(messages, Duration::ZERO).await
    }

    async fn receive(
        &self,
        queue: Queue,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, BackendError> {
        let deadline = Instant::now() + wait;
        let mut batch = self.receive_fairly(queue, max, visibility, &LaneLimits::default()).await?;
        if !batch.messages.is_empty() || wait.is_zero() || max == 0 {
            return Ok(batch.received());
        }
        let waiter = self.state.signals.waiter(queue);
        while batch.messages.is_empty() {
            let now = Instant::now();
            if now >= deadline {
                break;
            }
            let wake =
                batch.next_visible_after.map_or(deadline, |after| deadline.min(now + after.max(WAIT_MIN)));
            // Woken or timed out: either way it is time to read the queue again.
            let _ = timeout_at(wake, waiter.notified()).await;
            batch = self.receive_fairly(queue, max, visibility, &LaneLimits::default()).await?;
        }
        Ok(batch.received())
    }

    async fn ack(&self, queue: Queue, receipt: &str) -> Result<(), BackendError> {
        // A receipt that is none of ours names no delivery, as one of an earlier delivery does.
        let Some(delivery) = DeliveryReceipt::parse(receipt) else { return Ok(()) };
        self.change(move |db| {
            db.prepare_cached(
                "DELETE FROM messages WHERE id = ?1 AND receive_count = ?2 AND queue = ?3 AND in_flight = 1",
            )?
            .execute(params![delivery.id, delivery.count, queue.name()])?;
            Ok(())
        })
        .await
    }

    async fn nack(&self, queue: Queue, receipt: &str, delay: Duration) -> Result<(), BackendError> {
        let Some(delivery) = DeliveryReceipt::parse(receipt) else { return Ok(()) };
        let (state, signals) = (self.state.clone(), self.state.signals.clone());
        let work = move |db: &Connection| {
            let now = state.now(db)?;
            let failed_count = db
                .prepare_cached(
                    "UPDATE messages SET in_flight = 0, hidden = 1, visible_at = ?4
                     WHERE id = ?1 AND receive_count = ?2 AND queue = ?3 AND in_flight = 1
                     RETURNING receive_count - throttled_count",
                )?
                .query_row(
                    params![delivery.id, delivery.count, queue.name(), micros_after(now, delay)],
                    |row| row.get::<_, u32>(0),
                )
                .optional()?;
            if failed_count.is_some_and(|count| count >= RECEIVES_MAX) {
                make_dead_letter(db, delivery.id, now)?;
            }
            Ok(())
        };
        self.state.writer.write(work, move |()| signals.notify(queue)).await
    }

    async fn has_message(&self, order: &OrderKey) -> Result<bool, BackendError> {
        let OrderKey { shop, order } = order.clone();
        self.query(move |db| {
            let mut found =
                db.prepare_cached("SELECT 1 FROM messages WHERE shop = ?1 AND order_id = ?2 LIMIT 1")?;
            Ok(found.exists(params![shop.as_str(), order.as_str()])?)
        })
        .await
    }

    async fn depth(&self, queue: Queue) -> Result<usize, BackendError> {
        self.query(move |db| {
            let mut count = db.prepare_cached("SELECT count(*) FROM messages WHERE queue = ?1")?;
            let depth: i64 = count.query_row([queue.name()], |row| row.get(0))?;
            Ok(usize::try_from(depth).unwrap_or(0))
        })
        .await
    }

    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BackendError> {
        let since = self.kept_since();
        self.query(move |db| {
            let mut letters = Vec::new();
            for_each(db, since, |StoredDeadLetter { message, receive_count, .. }| {
                if let Some(message) = message.filter(|_| letters.len() < limit) {
                    letters.push(DeadLetter { queue: message.queue(), message, receive_count });
                }
            })?;
            Ok(letters)
        })
        .await
    }

    async fn count_dead_letters(&self) -> Result<DeadLetterCounts, BackendError> {
        self.count_stored_dead_letters().await
    }
}

impl BackendState {
    /// The present instant, until which messages are hidden. It is read when the work begins, since a request may have
    /// waited; messages that wait follow a clock that was set.
    fn now(&self, db: &Connection) -> rusqlite::Result<Timestamp> {
        let now = self.clock.now();
        self.clock_jumps.follow(db, now, self.clock.monotonic())?;
        Ok(now)
    }
}

impl SqliteBackend {
    /// Receives what is visible now: at most `max` messages, and of each lane no more than its limit. The lanes share, and
    /// within a lane the orders with the earliest deadlines come first. Nobody else receives these messages for
    /// `visibility`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn receive_fairly(
        &self,
        queue: Queue,
        max: usize,
        visibility: Duration,
        limits: &LaneLimits,
    ) -> Result<ReceivedBatch, BackendError> {
        let (state, limits) = (self.state.clone(), limits.clone());
        let work = move |db: &Connection| {
            let now = state.now(db)?;
            receive(db, queue, max, visibility, &limits, now)
        };
        self.change(work).await
    }

    /// Returns when a message may have become visible in `queue`; it may return early. One caller at a time is woken.
    pub async fn queue_changed(&self, queue: Queue) {
        self.state.signals.notified(queue).await;
    }

    /// Makes a message visible again that could not be worked on, because an account took no more calls: it keeps its place
    /// among those that wait for that account, and the delivery does not count as a failed one.
    ///
    /// # Errors
    /// When the database fails; then the message is visible again when its visibility timeout ends.
    pub async fn release(
        &self,
        queue: Queue,
        receipt: &str,
        account: Option<&AccountId>,
    ) -> Result<(), BackendError> {
        let Some(delivery) = DeliveryReceipt::parse(receipt) else { return Ok(()) };
        let account = account.map_or_else(String::new, |account| account.as_str().to_owned());
        let signals = self.state.signals.clone();
        let work = move |db: &Connection| {
            db.prepare_cached(
                "UPDATE messages SET in_flight = 0, hidden = 0, throttled_count = throttled_count + 1, account = ?4
                 WHERE id = ?1 AND receive_count = ?2 AND queue = ?3 AND in_flight = 1",
            )?
            .execute(params![delivery.id, delivery.count, queue.name(), account])?;
            Ok(())
        };
        self.state.writer.write(work, move |()| signals.notify(queue)).await
    }

    async fn enqueue(&self, messages: &[Message], delay: Duration) -> Result<(), BackendError> {
        let rows = messages.iter().map(MessageRow::of).collect::<Result<Vec<_>, _>>()?;
        let (state, signals) = (self.state.clone(), self.state.signals.clone());
        let work = move |db: &Connection| {
            let (hidden, visible_at) = (!delay.is_zero(), micros_after(state.now(db)?, delay));
            for row in &rows {
                row.insert(db, hidden, visible_at)?;
            }
            Ok(rows)
        };
        let notify = move |rows: &Vec<MessageRow>| rows.iter().for_each(|row| signals.notify(row.queue));
        self.state.writer.write(work, notify).await.map(drop)
    }
}

/// A message as its row, made before the writer's thread is involved.
pub(crate) struct MessageRow {
    pub(crate) queue: Queue,
    shop: String,
    order: Option<String>,
    body: String,
}

impl MessageRow {
    pub(crate) fn of(message: &Message) -> Result<Self, BackendError> {
        Ok(Self {
            queue: message.queue(),
            shop: message.shop().as_str().to_owned(),
            order: message.key().map(|key| key.order.as_str().to_owned()),
            body: to_json(message)?,
        })
    }

    /// Adds the message to its queue.
    pub(crate) fn insert(&self, db: &Connection, hidden: bool, visible_at: i64) -> rusqlite::Result<()> {
        let Self { queue, shop, order, body } = self;
        db.prepare_cached(
            "INSERT INTO messages (queue, body, visible_at, hidden, shop, order_id, deadline_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6,
                 (SELECT deadline_at FROM orders WHERE shop = ?5 AND order_id = ?6))",
        )?
        .execute(params![queue.name(), body, visible_at, hidden, shop, order])?;
        Ok(())
    }
}

/// Makes every message that was in flight visible at once; its receipts are void.
///
/// A message never becomes a dead letter for this alone, since it was the process that died. Otherwise a machine that goes
/// down five times in a row would lose the notifications of orders that are not stored yet and have no timer.
pub(crate) fn release_in_flight(db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    delete_old(db, now)?;
    db.execute(
        "UPDATE messages SET in_flight = 0, hidden = 0, receive_count = min(receive_count, throttled_count + ?1)
         WHERE in_flight = 1",
        [RECEIVES_MAX - 1],
    )?;
    // The clock may have been set back since.
    let latest = micros_after(now, DELAY_MAX);
    db.execute("UPDATE messages SET visible_at = min(visible_at, ?1) WHERE hidden = 1", [latest])?;
    Ok(())
}

/// Names one delivery of a message.
#[derive(Clone, Copy)]
pub(crate) struct DeliveryReceipt {
    pub(crate) id: i64,
    pub(crate) count: i64,
}

impl fmt::Display for DeliveryReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.id, self.count)
    }
}

impl DeliveryReceipt {
    fn parse(receipt: &str) -> Option<Self> {
        let (id, count) = receipt.split_once('-')?;
        Some(Self { id: id.parse().ok()?, count: count.parse().ok()? })
    }
}
