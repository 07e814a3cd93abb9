//! Wakes those who wait for a message.

use std::sync::Arc;

use domain::message::Queue;
use tokio::sync::Notify;

/// One bell a queue.
///
/// A bell wakes one of those who wait; whoever stops waiting rings for the next ([`Turn`]). So one ring is enough for
/// any number of messages, and a timer that one of them watched is taken over by another.
#[derive(Default)]
pub(crate) struct Signals {
    order_changes: Notify,
    rate_requests: Notify,
    label_requests: Notify,
    tracking_uploads: Notify,
    parcel_checks: Notify,
    conversation_changes: Notify,
}

impl Signals {
    fn bell(&self, queue: Queue) -> &Notify {
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
    pub(crate) fn on_timer(&self, queue: Queue) {
        self.bell(queue).notify_one();
    }

    /// Returns when something changes in `queue`.
    pub(crate) async fn timer_fires(&self, queue: Queue) {
        self.bell(queue).notified().await;
    }

    /// Begins to wait for `queue`.
    pub(crate) fn turn(self: &Arc<Self>, queue: Queue) -> Turn {
        Turn { signals: Arc::clone(self), queue }
    }
}

/// Someone who waits. Dropping it wakes the next one.
pub(crate) struct Turn {
    signals: Arc<Signals>,
    queue: Queue,
}

impl Turn {
    /// Returns when the bell rings for this one.
    pub(crate) async fn timer_fires(&self) {
        self.signals.timer_fires(self.queue).await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.signals.on_timer(self.queue);
    }
}
