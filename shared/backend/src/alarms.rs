//! Alarms: raised once, and sent until somebody was notified.

use async_trait::async_trait;
use domain::alarm::Alarm;
use domain::{AlarmId, Timestamp};

use system::BackendError;
use system::{Committed, Versioned};

/// Stores alarms. A finished one may be deleted after three months.
#[async_trait]
pub trait AlarmStore: Send + Sync + 'static {
    /// The alarm, or `None`.
    async fn load_alarm(&self, id: &AlarmId) -> Result<Option<Versioned<Alarm>>, BackendError>;

    /// Stores `alarm` if the stored version still is `expected` (0: there is none yet). It is durable when this
    /// returns.
    async fn commit_alarm(&self, alarm: &Alarm, expected: u64) -> Result<Committed, BackendError>;

    /// The unfinished alarms that are due at `now` ([`Alarm::next_at`]), longest due first. Its cost grows with what is due, not
    /// with what is stored.
    async fn list_unfinished_alarms(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<AlarmId>, BackendError>;
}
