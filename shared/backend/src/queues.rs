//! Queues with at-least-once delivery: visibility timeout, delay, receive count, dead letters.

use std::time::Duration;

use async_trait::async_trait;
use domain::message::{Message, Queue};

use system::BackendError;

/// A message that was received and must be acknowledged before its visibility ends, else it comes again.
#[derive(Clone, Debug)]
pub struct Received {
    /// The message.
    pub message: Message,
    /// Names this delivery; a later delivery of the same message has another one.
    pub receipt: String,
    /// How often it has been delivered, this time included.
    pub receive_count: u32,
}

/// A message that was delivered too often without being acknowledged.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The queue it was in.
    pub queue: Queue,
    /// The message.
    pub message: Message,
    /// How often it was delivered. Backends may count looks into the dead letters as well.
    pub receive_count: u32,
}

/// How often a message is delivered before it becomes a dead letter.
pub const RECEIVES_MAX: u32 = 5;

/// Sends and receives messages.
#[async_trait]
pub trait Queues: Send + Sync + 'static {
    /// Sends `message` to its queue; it is durable when this returns. It is not delivered before `delay` is over
    /// (at most 15 minutes, SQS's limit; a longer one is cut to that, since every message may come early).
    async fn send(&self, message: &Message, delay: Duration) -> Result<(), BackendError>;

    /// Sends several messages; all are durable when this returns. After an error some may have been sent.
    async fn send_all(&self, messages: &[Message]) -> Result<(), BackendError> {
        for message in messages {
            self.send(message, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// Receives up to `max` messages, which nobody else receives for `visibility`. Waits up to `wait` for the first.
    async fn receive(
        &self,
        queue: Queue,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, BackendError>;

    /// The message is done. A receipt of an earlier delivery does nothing.
    async fn ack(&self, queue: Queue, receipt: &str) -> Result<(), BackendError>;

    /// The message failed: it is delivered again after `delay`, or becomes a dead letter when it has been delivered
    /// [`RECEIVES_MAX`] times.
    async fn nack(&self, queue: Queue, receipt: &str, delay: Duration) -> Result<(), BackendError>;

    /// How many messages wait or are being worked on.
    async fn depth(&self, queue: Queue) -> Result<usize, BackendError>;

    /// Up to `limit` dead letters, the oldest first; they stay.
    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BackendError>;
}
