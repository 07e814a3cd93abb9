//! Queues: one table, and timers in memory for those who wait.

use std::time::Duration;

use async_trait::async_trait;
use backend::queues::RECEIVES_MAX;
use backend::{BackendError, DeadLetter, Queues, Received};
use domain::Timestamp;
use domain::message::{Message, Queue};
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::time::{Instant, timeout_at};

use crate::convert::{micros_after, to_json};
use crate::error::Fault;
use crate::taking::{Allowance, Taken, bury, take};
use crate::{Inner, SqliteBackend};

/// The longest delay of a message, as at SQS.
const DELAY_MAX: Duration = Duration::from_secs(15 * 60);
/// The shortest sleep before the next look, so that a clock that stands still (in a test) makes no busy loop.
const NAP_MIN: Duration = Duration::from_millis(5);

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
        let mut taken = self.take(queue, max, visibility, &Allowance::default()).await?;
        if !taken.received.is_empty() || wait.is_zero() || max == 0 {
            return Ok(taken.received);
        }
        let turn = self.inner.signals.turn(queue);
        while taken.received.is_empty() {
            let now = Instant::now();
            if now >= deadline {
                break;
            }
            let wake = taken.next_after.map_or(deadline, |nap| deadline.min(now + nap.max(NAP_MIN)));
            // Either way it is time to look.
            let _ = timeout_at(wake, turn.timer_fires()).await;
            taken = self.take(queue, max, visibility, &Allowance::default()).await?;
        }
        Ok(taken.received)
    }

    async fn ack(&self, queue: Queue, receipt: &str) -> Result<(), BackendError> {
        let Some(delivery) = Delivery::parse(receipt) else { return Ok(()) };
        self.change(move |db| {
            db.prepare_cached(
                "DELETE FROM messages WHERE id = ?1 AND receive_count = ?2 AND queue = ?3 AND taken = 1",
            )?
            .execute(params![delivery.id, delivery.count, queue.name()])?;
            Ok(())
        })
        .await
    }

    async fn nack(&self, queue: Queue, receipt: &str, delay: Duration) -> Result<(), BackendError> {
        let Some(delivery) = Delivery::parse(receipt) else { return Ok(()) };
        let (inner, signals) = (self.inner.clone(), self.inner.signals.clone());
        let work = move |db: &Connection| {
            let now = inner.now(db)?;
            let failed = db
                .prepare_cached(
                    "UPDATE messages SET taken = 0, waiting = 1, visible_at = ?4
                     WHERE id = ?1 AND receive_count = ?2 AND queue = ?3 AND taken = 1
                     RETURNING receive_count - paused_count",
                )?
                .query_row(
                    params![delivery.id, delivery.count, queue.name(), micros_after(now, delay)],
                    |row| row.get::<_, u32>(0),
                )
                .optional()?;
            if failed.is_some_and(|failed| failed >= RECEIVES_MAX) {
                bury(db, delivery.id, now)?;
            }
            Ok(())
        };
        self.inner.writer.write(work, move |()| signals.on_timer(queue)).await
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
        self.query(move |db| {
            let mut letters =
                db.prepare_cached("SELECT body, receive_count FROM dead_letters ORDER BY id")?;
            let letters = letters.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
            // What can't be read has no message to show; it was logged when it came here.
            let readable = letters.filter_map(|letter| match letter {
                Ok((body, receive_count)) => {
                    let message: Message = serde_json::from_str(&body).ok()?;
                    Some(Ok(DeadLetter { queue: message.queue(), message, receive_count }))
                }
                Err(error) => Some(Err(Fault::Database(error))),
            });
            readable.take(limit).collect()
        })
        .await
    }
}

impl Inner {
    /// The present instant, by which messages wait. It is read when the work begins, since a request may have waited, and
    /// a clock that was set moves those that wait with it.
    fn now(&self, db: &Connection) -> rusqlite::Result<Timestamp> {
        let now = self.clock.now();
        self.jumps.follow(db, now, self.clock.monotonic())?;
        Ok(now)
    }
}

impl SqliteBackend {
    /// Receives what is ready now, at most `max` messages and of each shop no more than its allowance; the shops take
    /// turns, and of a shop the orders with the earliest deadlines come first. Nobody else receives it for `visibility`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(
        &self,
        queue: Queue,
        max: usize,
        visibility: Duration,
        allowance: &Allowance,
    ) -> Result<Taken, BackendError> {
        let (inner, allowance) = (self.inner.clone(), allowance.clone());
        let work = move |db: &Connection| {
            let now = inner.now(db)?;
            take(db, queue, max, visibility, &allowance, now)
        };
        self.change(work).await
    }

    /// Returns when something may have become ready in `queue`; it may return early. One caller at a time is woken.
    pub async fn changed(&self, queue: Queue) {
        self.inner.signals.timer_fires(queue).await;
    }

    /// There was no turn for a message that was received: it is ready again, in its place, and the delivery does not
    /// count.
    ///
    /// # Errors
    /// When the database fails; then the message is ready again when its visibility ends.
    pub async fn put_back(&self, queue: Queue, receipt: &str) -> Result<(), BackendError> {
        let Some(delivery) = Delivery::parse(receipt) else { return Ok(()) };
        let signals = self.inner.signals.clone();
        let work = move |db: &Connection| {
            db.prepare_cached(
                "UPDATE messages SET taken = 0, waiting = 0, paused_count = paused_count + 1
                 WHERE id = ?1 AND receive_count = ?2 AND queue = ?3 AND taken = 1",
            )?
            .execute(params![delivery.id, delivery.count, queue.name()])?;
            Ok(())
        };
        self.inner.writer.write(work, move |()| signals.on_timer(queue)).await
    }

    async fn enqueue(&self, messages: &[Message], delay: Duration) -> Result<(), BackendError> {
        let rows = messages.iter().map(MessageRow::of).collect::<Result<Vec<_>, _>>()?;
        let (inner, signals) = (self.inner.clone(), self.inner.signals.clone());
        let work = move |db: &Connection| {
            let (waiting, visible_at) = (!delay.is_zero(), micros_after(inner.now(db)?, delay));
            let mut insert = db.prepare_cached(
                "INSERT INTO messages (queue, body, visible_at, waiting, shop, deadline_at) VALUES (?1, ?2, ?3, ?4, ?5,
                     (SELECT deadline_at FROM orders WHERE shop = ?5 AND order_id = ?6))",
            )?;
            for MessageRow { queue, shop, order, body } in &rows {
                insert.execute(params![queue.name(), body, visible_at, waiting, shop, order])?;
            }
            Ok(rows)
        };
        let ring = move |rows: &Vec<MessageRow>| rows.iter().for_each(|row| signals.on_timer(row.queue));
        self.inner.writer.write(work, ring).await.map(drop)
    }
}

/// A message as its row, made before the writer's thread is bothered.
struct MessageRow {
    queue: Queue,
    shop: String,
    order: Option<String>,
    body: String,
}

impl MessageRow {
    fn of(message: &Message) -> Result<Self, BackendError> {
        Ok(Self {
            queue: message.queue(),
            shop: message.shop().as_str().to_owned(),
            order: message.key().map(|key| key.order.as_str().to_owned()),
            body: to_json(message)?,
        })
    }
}

/// Makes every message that someone was working on visible at once; its receipts are void.
///
/// A message is never a dead letter for this alone: it was the process that died. Else a machine that goes down five
/// times in a row would lose the hints of orders that are not stored yet, which have no timer.
pub(crate) fn release_all(db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE messages SET taken = 0, waiting = 0, receive_count = min(receive_count, paused_count + ?1)
         WHERE taken = 1",
        [RECEIVES_MAX - 1],
    )?;
    // The clock may have been set back since.
    let latest = micros_after(now, DELAY_MAX);
    db.execute("UPDATE messages SET visible_at = min(visible_at, ?1) WHERE waiting = 1", [latest])?;
    Ok(())
}

/// One delivery of a message: the receipt's content.
#[derive(Clone, Copy)]
pub(crate) struct Delivery {
    pub(crate) id: i64,
    pub(crate) count: i64,
}

impl Delivery {
    pub(crate) fn receipt(self) -> String {
        format!("{}-{}", self.id, self.count)
    }

    fn parse(receipt: &str) -> Option<Self> {
        let (id, count) = receipt.split_once('-')?;
        Some(Self { id: id.parse().ok()?, count: count.parse().ok()? })
    }
}
