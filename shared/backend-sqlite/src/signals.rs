//! Wakes those who wait for a message.

use std::sync::Arc;

use domain::message::Queue;
use tokio::sync::Notify;

/// One signal per queue, in the order of [`Queue::ALL`].
///
/// A signal wakes one waiter, and a waiter that leaves wakes the next ([`Waiter`]). So one signal is enough for any number
/// of messages, and a timer that one waiter was watching is taken over by another.
#[derive(Default)]
pub(crate) struct QueueSignals([Notify; Queue::ALL.len()]);

impl QueueSignals {
    fn signal(&self, queue: Queue) -> &Notify {
        &self.0[queue as usize]
    }

    /// Something changed in `queue`.
    pub(crate) fn notify(&self, queue: Queue) {
        self.signal(queue).notify_one();
    }

    /// Returns when something changes in `queue`.
    pub(crate) async fn notified(&self, queue: Queue) {
        self.signal(queue).notified().await;
    }

    /// Begins to wait for `queue`.
    pub(crate) fn waiter(self: &Arc<Self>, queue: Queue) -> Waiter {
        Waiter { signals: Arc::clone(self), queue }
    }
}

/// Someone who waits for a queue. Dropping it wakes the next one.
pub(crate) struct Waiter {
    signals: Arc<QueueSignals>,
    queue: Queue,
}

impl Waiter {
    /// Returns when this waiter is woken.
    pub(crate) async fn notified(&self) {
        self.signals.notified(self.queue).await;
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.signals.notify(self.queue);
    }
}
