//! Queues with at-least-once delivery, visibility timeout, delay, receive count and dead letters.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use domain::message::{Message, Queue};
use domain::{OrderKey, ShopId};

use system::BackendError;

/// A received message. It is delivered again unless it is acknowledged before its visibility ends.
#[derive(Clone, Debug)]
pub struct Received {
    pub message: Message,
    /// Identifies this delivery; a later delivery of the same message has another receipt.
    pub receipt: String,
    /// How often it has been delivered, including this time.
    pub receive_count: u32,
}

/// A message that was delivered too often without an acknowledgement.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The queue it was in.
    pub queue: Queue,
    pub message: Message,
    /// How often it was delivered. Backends may count inspections of the dead letters as well.
    pub receive_count: u32,
}

/// How often a message is delivered before it becomes a dead letter.
pub const RECEIVES_MAX: u32 = 5;

/// How many dead letters each shop has, by the name of their queue.
pub type DeadLetterCounts = BTreeMap<ShopId, BTreeMap<&'static str, usize>>;

/// As many dead letters are counted by a backend that can only read them one by one.
const COUNTED_MAX: usize = 1_000;

/// Sends and receives messages.
#[async_trait]
pub trait Queues: Send + Sync + 'static {
    /// Sends `message` to its queue. It is durable when this returns, and not delivered before `delay` is over. A delay of more
    /// than 15 minutes, SQS's limit, is shortened to that, because a message may always arrive early.
    async fn send(&self, message: &Message, delay: Duration) -> Result<(), BackendError>;

    /// Sends several messages. All are durable when this returns; after an error some may have been sent.
    async fn send_all(&self, messages: &[Message]) -> Result<(), BackendError> {
        for message in messages {
            self.send(message, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// Receives up to `max` messages, which nobody else receives for `visibility`. Waits up to `wait` for the first one.
    async fn receive(
        &self,
        queue: Queue,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, BackendError>;

    /// Acknowledges a message, which deletes it. The receipt of an earlier delivery does nothing.
    async fn ack(&self, queue: Queue, receipt: &str) -> Result<(), BackendError>;

    /// Returns a failed message: it is delivered again after `delay`, or becomes a dead letter when it has been delivered
    /// [`RECEIVES_MAX`] times.
    async fn nack(&self, queue: Queue, receipt: &str, delay: Duration) -> Result<(), BackendError>;

    /// True when some message that names this order is in a queue for certain, delayed or in flight included. SQS can't be
    /// asked, so there it is never certain.
    async fn has_message(&self, order: &OrderKey) -> Result<bool, BackendError>;

    /// The number of messages, including those in flight.
    async fn depth(&self, queue: Queue) -> Result<usize, BackendError>;

    /// Up to `limit` dead letters, oldest first. They stay where they are.
    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BackendError>;

    /// Counts the dead letters. A backend that can only read them counts the oldest thousand.
    async fn count_dead_letters(&self) -> Result<DeadLetterCounts, BackendError> {
        let mut counts = DeadLetterCounts::new();
        for letter in self.dead_letters(COUNTED_MAX).await? {
            let of_shop = counts.entry(letter.message.shop().clone()).or_default();
            *of_shop.entry(letter.queue.name()).or_default() += 1;
        }
        Ok(counts)
    }
}
