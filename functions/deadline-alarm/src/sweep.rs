//! What belongs to one sweep.

use std::time::{Duration, Instant};

use crate::delivery_watch::DeliveryWatch;
use crate::unreadable::UnreadableRecords;

/// A sweep under way: how long it may send, and what it has learned.
pub(crate) struct Sweep {
    sends_until: Instant,
    pub(crate) watch: DeliveryWatch,
    pub(crate) unreadable: UnreadableRecords,
}

impl Sweep {
    pub(crate) fn new(sending_time: Duration) -> Self {
        Self {
            sends_until: Instant::now() + sending_time,
            watch: DeliveryWatch::default(),
            unreadable: UnreadableRecords::default(),
        }
    }

    /// True once nothing more is to be sent.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.sends_until
    }
}
