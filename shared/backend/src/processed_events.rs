//! What was taken already: notifications of webhooks, and links that serve once.

use async_trait::async_trait;
use domain::Timestamp;

use system::BackendError;

/// Remembers notifications, so that one that comes thrice is worked on once. That only saves work: a notification that
/// is taken twice changes nothing. What must not be taken twice is claimed.
#[async_trait]
pub trait ProcessedEventStore: Send + Sync + 'static {
    /// True when `id` was noted before and `now` is not past its keeping time.
    async fn is_processed(&self, id: &str, now: Timestamp) -> Result<bool, BackendError>;

    /// Notes `id` until `keep_until`. Called after what it asks for is in a queue: the other way round a crash
    /// between the two would lose it.
    async fn mark_processed(&self, id: &str, keep_until: Timestamp) -> Result<(), BackendError>;

    /// Notes `id` until `keep_until` unless it is noted at `now`; true when it was not. Of those who ask at once, one is
    /// told so: for what may happen once, and is claimed before it is done. It is durable when this returns.
    async fn claim(&self, id: &str, now: Timestamp, keep_until: Timestamp) -> Result<bool, BackendError>;
}
