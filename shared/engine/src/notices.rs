//! Webhook notifications that were taken already.

use async_trait::async_trait;
use domain::Timestamp;

use crate::error::EngineError;

/// Remembers notifications, so that one that comes thrice is worked on once. It only saves work: a notification that
/// is taken twice changes nothing.
#[async_trait]
pub trait NoticeStore: Send + Sync + 'static {
    /// True when `id` was noted before and `now` is not past its keeping time.
    async fn is_noted(&self, id: &str, now: Timestamp) -> Result<bool, EngineError>;

    /// Notes `id` until `keep_until`. Called after what it asks for is in a queue: the other way round a crash
    /// between the two would lose it.
    async fn note(&self, id: &str, keep_until: Timestamp) -> Result<(), EngineError>;
}
