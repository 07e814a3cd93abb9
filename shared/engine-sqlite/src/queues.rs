//! Queues: one table, and timers in memory for those who wait.

use std::time::Duration;

use async_trait::async_trait;
use domain::Timestamp;
use domain::message::{Message, Queue};
use engine::queues::RECEIVES_MAX;
use engine::{DeadLetter, EngineError, Queues, Received};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tokio::time::{Instant, timeout_at};

use crate::SqliteEngine;
use crate::convert::{limit, micros, micros_after, to_json};
use crate::error::Fault;

/// The longest delay of a message, as at SQS.
const DELAY_MAX: Duration = Duration::from_secs(15 * 60);
/// The shortest sleep before the next look, so that a clock that stands still (in a test) makes no busy loop.
const NAP_MIN: Duration = Duration::from_millis(5);

#[async_trait]
impl Queues for SqliteEngine {
    async fn send(&self, message: &Message, delay: Duration) -> Result<(), EngineError> {
        let visible_at = micros_after(self.inner.clock.now(), delay.min(DELAY_MAX));
        self.enqueue(vec![(message.queue(), to_json(message)?)], visible_at).await
    }

    async fn send_all(&self, messages: &[Message]) -> Result<(), EngineError> {
        let bodies = messages.iter().map(|message| Ok((message.queue(), to_json(message)?)));
        let bodies = bodies.collect::<Result<_, EngineError>>()?;
        self.enqueue(bodies, micros(self.inner.clock.now())).await
    }

    async fn receive(
        &self,
        queue: Queue,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, EngineError> {
        let deadline = Instant::now() + wait;
        let mut taken = self.take(queue, max, visibility).await?;
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
            let _ = timeout_at(wake, turn.rung()).await;
            taken = self.take(queue, max, visibility).await?;
        }
        Ok(taken.received)
    }

    async fn acknowledge(&self, queue: Queue, receipt: &str) -> Result<(), EngineError> {
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

    async fn give_back(&self, queue: Queue, receipt: &str, delay: Duration) -> Result<(), EngineError> {
        let Some(delivery) = Delivery::parse(receipt) else { return Ok(()) };
        let now = self.inner.clock.now();
        let signals = self.inner.signals.clone();
        let work = move |db: &Connection| {
            let given_back = db
                .prepare_cached(
                    "UPDATE messages SET taken = 0, visible_at = ?4
                     WHERE id = ?1 AND receive_count = ?2 AND queue = ?3 AND taken = 1",
                )?
                .execute(params![delivery.id, delivery.count, queue.name(), micros_after(now, delay)])?;
            if given_back > 0 && delivery.count >= i64::from(RECEIVES_MAX) {
                bury(db, delivery.id, now)?;
            }
            Ok(())
        };
        self.inner.writer.write(work, move |()| signals.ring(queue)).await
    }

    async fn depth(&self, queue: Queue) -> Result<usize, EngineError> {
        self.query(move |db| {
            let mut count = db.prepare_cached("SELECT count(*) FROM messages WHERE queue = ?1")?;
            let depth: i64 = count.query_row([queue.name()], |row| row.get(0))?;
            Ok(usize::try_from(depth).unwrap_or(0))
        })
        .await
    }

    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, EngineError> {
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

impl SqliteEngine {
    async fn enqueue(&self, bodies: Vec<(Queue, String)>, visible_at: i64) -> Result<(), EngineError> {
        let signals = self.inner.signals.clone();
        let work = move |db: &Connection| {
            let mut insert =
                db.prepare_cached("INSERT INTO messages (queue, body, visible_at) VALUES (?1, ?2, ?3)")?;
            for (queue, body) in &bodies {
                insert.execute(params![queue.name(), body, visible_at])?;
            }
            Ok(bodies)
        };
        let ring =
            move |bodies: &Vec<(Queue, String)>| bodies.iter().for_each(|(queue, _)| signals.ring(*queue));
        self.inner.writer.write(work, ring).await.map(drop)
    }

    async fn take(&self, queue: Queue, max: usize, visibility: Duration) -> Result<Taken, EngineError> {
        let clock = self.inner.clock.clone();
        // The clock is read when the work begins: a request may have waited.
        self.change(move |db| take(db, queue, max, visibility, clock.now())).await
    }
}

/// What a look into a queue found.
struct Taken {
    received: Vec<Received>,
    /// When nothing was found: how long until the next message is visible, if there is one.
    next_after: Option<Duration>,
}

/// Marks up to `max` visible messages as taken, the longest visible first.
fn take(
    db: &Connection,
    queue: Queue,
    max: usize,
    visibility: Duration,
    now: Timestamp,
) -> Result<Taken, Fault> {
    let mut received = Vec::new();
    // Messages that go to the dead letters make room for others.
    while received.is_empty() {
        let visible = visible(db, queue, max, now)?;
        if visible.is_empty() {
            break;
        }
        for stored in visible {
            received.extend(deliver(db, queue, stored, visibility, now)?);
        }
    }
    let next_after = if received.is_empty() { next_after(db, queue, now)? } else { None };
    Ok(Taken { received, next_after })
}

struct Stored {
    id: i64,
    body: String,
    receive_count: u32,
}

fn visible(db: &Connection, queue: Queue, max: usize, now: Timestamp) -> rusqlite::Result<Vec<Stored>> {
    let mut query = db.prepare_cached(
        "SELECT id, body, receive_count FROM messages WHERE queue = ?1 AND visible_at <= ?2
         ORDER BY visible_at, id LIMIT ?3",
    )?;
    let stored =
        |row: &Row<'_>| Ok(Stored { id: row.get(0)?, body: row.get(1)?, receive_count: row.get(2)? });
    query.query_map(params![queue.name(), micros(now), limit(max)], stored)?.collect()
}

/// Delivers a message, or buries it where it was delivered too often or can't be read any more.
fn deliver(
    db: &Connection,
    queue: Queue,
    stored: Stored,
    visibility: Duration,
    now: Timestamp,
) -> rusqlite::Result<Option<Received>> {
    let Stored { id, body, receive_count } = stored;
    let message = match serde_json::from_str(&body) {
        Ok(message) if receive_count < RECEIVES_MAX => message,
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
    db.prepare_cached("UPDATE messages SET taken = 1, receive_count = ?2, visible_at = ?3 WHERE id = ?1")?
        .execute(params![id, receive_count, micros_after(now, visibility)])?;
    let receipt = Delivery { id, count: i64::from(receive_count) }.receipt();
    Ok(Some(Received { message, receipt, receive_count }))
}

fn next_after(db: &Connection, queue: Queue, now: Timestamp) -> rusqlite::Result<Option<Duration>> {
    let mut query = db.prepare_cached("SELECT min(visible_at) FROM messages WHERE queue = ?1")?;
    let next: Option<i64> = query.query_row([queue.name()], |row| row.get(0)).optional()?.flatten();
    let after = |next: i64| u64::try_from(next.saturating_sub(micros(now))).unwrap_or(0);
    Ok(next.map(|next| Duration::from_micros(after(next))))
}

/// Moves a message to the dead letters as it is.
fn bury(db: &Connection, id: i64, now: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO dead_letters (queue, body, receive_count, died_at)
         SELECT queue, body, receive_count, ?2 FROM messages WHERE id = ?1",
    )?
    .execute(params![id, micros(now)])?;
    db.prepare_cached("DELETE FROM messages WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Makes every message that someone was working on visible at once; its receipts are void.
///
/// A message is never a dead letter for this alone: it was the process that died. Else a machine that goes down five
/// times in a row would lose the hints of orders that are not stored yet, which have no timer.
pub(crate) fn release_all(db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE messages SET taken = 0, visible_at = min(visible_at, ?1), receive_count = min(receive_count, ?2)
         WHERE taken = 1",
        params![micros(now), RECEIVES_MAX - 1],
    )?;
    Ok(())
}

/// One delivery of a message: the receipt's content.
#[derive(Clone, Copy)]
struct Delivery {
    id: i64,
    count: i64,
}

impl Delivery {
    fn receipt(self) -> String {
        format!("{}-{}", self.id, self.count)
    }

    fn parse(receipt: &str) -> Option<Self> {
        let (id, count) = receipt.split_once('-')?;
        Some(Self { id: id.parse().ok()?, count: count.parse().ok()? })
    }
}
