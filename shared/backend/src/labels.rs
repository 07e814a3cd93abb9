//! The store of label files.

use async_trait::async_trait;
use domain::LabelDocument;

use system::BackendError;

/// Stores label files by name.
#[async_trait]
pub trait LabelStore: Send + Sync + 'static {
    /// Stores `file` under `name`, replacing an earlier one. It is durable when this returns.
    async fn put_label(&self, name: &str, file: &LabelDocument) -> Result<(), BackendError>;

    /// Deletes the file under `name`, if there is one.
    async fn delete_label(&self, name: &str) -> Result<(), BackendError>;

    /// The file under `name`, or `None`.
    async fn get_label(&self, name: &str) -> Result<Option<LabelDocument>, BackendError>;
}
