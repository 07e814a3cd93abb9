//! Queues of SQS that follow the test's clock.
//!
//! SQS keeps real time. Here a delayed message is sent when the test's clock says so, and one that is being worked on is
//! returned when its visibility has ended by that clock. This is part of SQS, not of the process that works: what it holds
//! survives a crash.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use backend::{BackendError, DeadLetter, Queues, Received};
use domain::message::{Message, Queue};
use domain::{OrderKey, Timestamp};
use system::Clock as _;
use test_world::TestClock;

/// Longer than any test.
const FOREVER: Duration = Duration::from_secs(3_600);

pub struct VirtualTimeQueues {
    queues: Arc<dyn Queues>,
    clock: Arc<TestClock>,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    delayed: Vec<(Timestamp, Message)>,
    taken: Vec<InVisibilityTimeout>,
}

struct InVisibilityTimeout {
    queue: Queue,
    receipt: String,
    visible_at: Timestamp,
}

impl VirtualTimeQueues {
    pub fn new(queues: Arc<dyn Queues>, clock: Arc<TestClock>) -> Self {
        Self { queues, clock, held: Arc::default() }
    }

    /// The same queues, reached in another way.
    #[must_use]
    pub fn through(&self, queues: Arc<dyn Queues>) -> Self {
        Self { queues, clock: self.clock.clone(), held: self.held.clone() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn after(&self, span: Duration) -> Timestamp {
        self.clock.now().saturating_add(span).unwrap_or(Timestamp::MAX)
    }

    /// Releases everything whose time has come.
    async fn release_due(&self) -> Result<(), BackendError> {
        let now = self.clock.now();
        let (delayed, taken): (Vec<_>, Vec<_>) = {
            let mut held = self.held();
            let delayed = held.delayed.extract_if(.., |(at, _)| *at <= now).collect();
            (delayed, held.taken.extract_if(.., |taken| taken.visible_at <= now).collect())
        };
        for (_, message) in delayed {
            self.queues.send(&message, Duration::ZERO).await?;
        }
        for InVisibilityTimeout { queue, receipt, .. } in taken {
            self.queues.nack(queue, &receipt, Duration::ZERO).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Queues for VirtualTimeQueues {
    async fn send(&self, message: &Message, delay: Duration) -> Result<(), BackendError> {
        if delay.is_zero() {
            return self.queues.send(message, delay).await;
        }
        let at = self.after(delay);
        self.held().delayed.push((at, message.clone()));
        Ok(())
    }

    async fn send_all(&self, messages: &[Message]) -> Result<(), BackendError> {
        self.queues.send_all(messages).await
    }

    async fn receive(
        &self,
        queue: Queue,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, BackendError> {
        self.release_due().await?;
        let received = self.queues.receive(queue, max, FOREVER, wait).await?;
        let visible_at = self.after(visibility);
        let taken = received.iter().map(|one| InVisibilityTimeout {
            queue,
            receipt: one.receipt.clone(),
            visible_at,
        });
        self.held().taken.extend(taken);
        Ok(received)
    }

    async fn ack(&self, queue: Queue, receipt: &str) -> Result<(), BackendError> {
        self.queues.ack(queue, receipt).await?;
        self.held().taken.retain(|taken| taken.receipt != receipt);
        Ok(())
    }

    async fn nack(&self, _: Queue, receipt: &str, delay: Duration) -> Result<(), BackendError> {
        let at = self.after(delay);
        for taken in self.held().taken.iter_mut().filter(|taken| taken.receipt == receipt) {
            taken.visible_at = at;
        }
        Ok(())
    }

    async fn has_message(&self, order: &OrderKey) -> Result<bool, BackendError> {
        self.queues.has_message(order).await
    }

    async fn depth(&self, queue: Queue) -> Result<usize, BackendError> {
        let delayed = self.held().delayed.iter().filter(|(_, message)| message.queue() == queue).count();
        Ok(self.queues.depth(queue).await? + delayed)
    }

    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BackendError> {
        self.queues.dead_letters(limit).await
    }
}
