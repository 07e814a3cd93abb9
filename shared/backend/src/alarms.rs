//! Alarms: raised once, and told to the end.

use async_trait::async_trait;
use domain::alarm::Alarm;
use domain::{AlarmId, Timestamp};

use system::BackendError;
use system::{Committed, Versioned};

/// Keeps alarms. One that is done may be forgotten after three months.
#[async_trait]
pub trait AlarmStore: Send + Sync + 'static {
    /// The alarm, or `None`.
    async fn load_alarm(&self, id: &AlarmId) -> Result<Option<Versioned<Alarm>>, BackendError>;

    /// Stores `alarm` if the stored version still is `expected` (0: there is none yet). It is durable when this
    /// returns.
    async fn commit_alarm(&self, alarm: &Alarm, expected: u64) -> Result<Committed, BackendError>;

    /// The alarms that have to be looked at at `now` ([`Alarm::next_at`]), the longest due first. Its work grows with
    /// what is due, not with what is stored.
    async fn list_unfinished_alarms(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<AlarmId>, BackendError>;
}
