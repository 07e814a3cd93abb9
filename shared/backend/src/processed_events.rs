//! Events that were processed already: webhooks, and links that work once.

use async_trait::async_trait;
use domain::Timestamp;

use system::BackendError;

/// Remembers events, so that one that arrives three times is processed once. That only saves work: processing a webhook twice
/// changes nothing. Whatever must not be processed twice is claimed.
#[async_trait]
pub trait ProcessedEventStore: Send + Sync + 'static {
    /// Whether `id` was marked before and is still remembered at `now`.
    async fn is_processed(&self, id: &str, now: Timestamp) -> Result<bool, BackendError>;

    /// Remembers `id` until `keep_until`. Called after the event's messages are in a queue; otherwise a crash between the two
    /// would lose it.
    async fn mark_processed(&self, id: &str, keep_until: Timestamp) -> Result<(), BackendError>;

    /// Remembers `id` until `keep_until` unless it is remembered at `now`, and returns whether it did. Of concurrent claims exactly
    /// one succeeds, so this guards what may happen only once. It is durable when this returns.
    async fn claim(&self, id: &str, now: Timestamp, keep_until: Timestamp) -> Result<bool, BackendError>;
}
