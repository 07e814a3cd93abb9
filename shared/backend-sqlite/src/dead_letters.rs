//! Dead letters: listed, sent again and dropped.

use std::collections::BTreeMap;

use backend::BackendError;
use backend::queues::DeadLetterCounts;
use domain::message::{Message, Queue};
use domain::{ShopId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};

use crate::SqliteBackend;
use crate::convert::micros;
use crate::error::SqlFault;
use crate::queues::MessageRow;

/// A dead letter is kept for this long, as at SQS. What it was about has a timer or is found by polling.
const KEPT_MICROS: i64 = 14 * 24 * 3_600 * 1_000_000;

/// A dead letter as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct StoredDeadLetter {
    /// Names it to [`SqliteBackend::retry_dead_letters`] and [`SqliteBackend::drop_dead_letters`].
    pub id: i64,
    /// The name of the queue it was in.
    pub queue: String,
    /// `None` when this version cannot read it.
    pub message: Option<Message>,
    /// How often it was delivered.
    pub receive_count: u32,
    /// When it was given up.
    pub died_at: Timestamp,
}

/// What became of a dead letter that was to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retried {
    Sent,
    /// There is no such dead letter (any more).
    NotFound,
    /// This version cannot read the message, and would give it up again.
    Unreadable,
}

impl SqliteBackend {
    /// The dead letters with the lowest ids, of one shop or of all. Those that cannot be read belong to no shop.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_dead_letters(
        &self,
        shop: Option<ShopId>,
        max: usize,
    ) -> Result<Vec<StoredDeadLetter>, BackendError> {
        let since = self.kept_since();
        self.query(move |db| {
            let mut letters = Vec::new();
            for_each(db, since, |letter| {
                let of_shop = |shop| letter.message.as_ref().is_some_and(|message| message.shop() == shop);
                if letters.len() < max && shop.as_ref().is_none_or(of_shop) {
                    letters.push(letter);
                }
            })?;
            Ok(letters)
        })
        .await
    }

    /// Sends dead letters to their queues again, as new messages. Returns what became of each, in their order.
    ///
    /// # Errors
    /// When the database fails; then none was sent.
    pub async fn retry_dead_letters(&self, ids: Vec<i64>) -> Result<Vec<Retried>, BackendError> {
        let signals = self.state.signals.clone();
        let now = micros(self.state.clock.now());
        let work = move |db: &Connection| {
            let mut queues = Vec::new();
            let mut retried = Vec::with_capacity(ids.len());
            for id in ids {
                retried.push(retry(db, id, now, &mut queues)?);
            }
            Ok((retried, queues))
        };
        let notify =
            move |(_, queues): &(_, Vec<Queue>)| queues.iter().for_each(|queue| signals.notify(*queue));
        self.state.writer.write(work, notify).await.map(|(retried, _)| retried)
    }

    /// Drops dead letters. Returns, in their order, whether there was one of each id.
    ///
    /// # Errors
    /// When the database fails; then none was dropped.
    pub async fn drop_dead_letters(&self, ids: Vec<i64>) -> Result<Vec<bool>, BackendError> {
        self.change(move |db| Ok(ids.iter().map(|id| remove(db, *id)).collect::<Result<_, _>>()?)).await
    }

    pub(crate) async fn count_stored_dead_letters(&self) -> Result<DeadLetterCounts, BackendError> {
        let since = self.kept_since();
        self.query(move |db| {
            let mut counts = DeadLetterCounts::new();
            for_each(db, since, |letter| {
                if let Some(message) = letter.message {
                    let of_shop: &mut BTreeMap<_, _> = counts.entry(message.shop().clone()).or_default();
                    *of_shop.entry(message.queue().name()).or_default() += 1;
                }
            })?;
            Ok(counts)
        })
        .await
    }

    /// Dead letters from before that are over.
    pub(crate) fn kept_since(&self) -> i64 {
        micros(self.state.clock.now()).saturating_sub(KEPT_MICROS)
    }
}

fn retry(db: &Connection, id: i64, now: i64, queues: &mut Vec<Queue>) -> rusqlite::Result<Retried> {
    let mut find = db.prepare_cached("SELECT body FROM dead_letters WHERE id = ?1")?;
    let Some(body) = find.query_row([id], |row| row.get::<_, String>(0)).optional()? else {
        return Ok(Retried::NotFound);
    };
    let message = serde_json::from_str::<Message>(&body).ok();
    let Some(row) = message.and_then(|message| MessageRow::of(&message).ok()) else {
        return Ok(Retried::Unreadable);
    };
    row.insert(db, false, now)?;
    remove(db, id)?;
    queues.push(row.queue);
    Ok(Retried::Sent)
}

fn remove(db: &Connection, id: i64) -> rusqlite::Result<bool> {
    Ok(db.prepare_cached("DELETE FROM dead_letters WHERE id = ?1")?.execute([id])? > 0)
}

/// Calls `take` with each dead letter that was given up after `since`.
pub(crate) fn for_each(
    db: &Connection,
    since: i64,
    mut take: impl FnMut(StoredDeadLetter),
) -> Result<(), SqlFault> {
    let mut letters = db.prepare_cached(
        "SELECT id, queue, body, receive_count, died_at FROM dead_letters WHERE died_at > ?1 ORDER BY id",
    )?;
    let stored = |row: &Row<'_>| {
        Ok(StoredDeadLetter {
            id: row.get(0)?,
            queue: row.get(1)?,
            // One that cannot be read was logged when it became a dead letter.
            message: serde_json::from_str(&row.get::<_, String>(2)?).ok(),
            receive_count: row.get(3)?,
            died_at: Timestamp::from_microsecond(row.get(4)?).unwrap_or(Timestamp::MIN),
        })
    };
    for letter in letters.query_map([since], stored)? {
        take(letter?);
    }
    Ok(())
}

/// Deletes the dead letters that are over at `now`.
pub(crate) fn delete_old(db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM dead_letters WHERE died_at <= ?1")?
        .execute([micros(now).saturating_sub(KEPT_MICROS)])?;
    Ok(())
}
