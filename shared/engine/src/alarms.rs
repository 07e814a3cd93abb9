//! Alarms: raised once, and told to the end.

use async_trait::async_trait;
use domain::alarm::Alarm;
use domain::{AlarmId, Timestamp};

use crate::error::EngineError;
use crate::{Committed, Versioned};

/// Keeps alarms. One that is done may be forgotten after three months.
#[async_trait]
pub trait AlarmStore: Send + Sync + 'static {
    /// The alarm, or `None`.
    async fn alarm(&self, id: &AlarmId) -> Result<Option<Versioned<Alarm>>, EngineError>;

    /// Stores `alarm` if the stored version still is `expected` (0: there is none yet). It is durable when this
    /// returns.
    async fn commit_alarm(&self, alarm: &Alarm, expected: u64) -> Result<Committed, EngineError>;

    /// The alarms that have to be looked at at `now` ([`Alarm::next_at`]), the longest due first. Its work grows with
    /// what is due, not with what is stored.
    async fn alarms_unfinished(&self, now: Timestamp, limit: usize) -> Result<Vec<AlarmId>, EngineError>;
}
