//! Wakes those who wait for a message.

use std::sync::Arc;

use domain::message::Queue;
use tokio::sync::Notify;

/// One signal per queue.
///
/// A signal wakes one waiter, and a waiter that leaves wakes the next ([`Waiter`]). So one signal is enough for any number
/// of messages, and a timer that one waiter was watching is taken over by another.
#[derive(Default)]
pub(crate) struct QueueSignals {
    order_changes: Notify,
    rate_requests: Notify,
    label_requests: Notify,
    tracking_uploads: Notify,
    parcel_checks: Notify,
    conversation_changes: Notify,
}

impl QueueSignals {
    fn signal(&self, queue: Queue) -> &Notify {
        match queue {
            Queue::OrderChanges => &self.order_changes,
            Queue::RateRequests => &self.rate_requests,
            Queue::LabelRequests => &self.label_requests,
            Queue::TrackingUploads => &self.tracking_uploads,
            Queue::ParcelChecks => &self.parcel_checks,
            Queue::ConversationChanges => &self.conversation_changes,
        }
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
