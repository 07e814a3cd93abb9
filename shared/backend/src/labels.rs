//! Label files.

use async_trait::async_trait;

use domain::LabelDocument;
use system::BackendError;

/// Keeps label files.
#[async_trait]
pub trait LabelStore: Send + Sync + 'static {
    /// Keeps `file` under `name`, replacing what was there; durable when this returns.
    async fn put_label(&self, name: &str, file: &LabelDocument) -> Result<(), BackendError>;

    /// Removes the file kept under `name`, if there is one.
    async fn delete_label(&self, name: &str) -> Result<(), BackendError>;

    /// The file kept under `name`, or `None`.
    async fn get_label(&self, name: &str) -> Result<Option<LabelDocument>, BackendError>;
}
