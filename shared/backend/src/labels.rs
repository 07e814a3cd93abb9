//! Label files.

use async_trait::async_trait;

use system::BackendError;

/// A label's file, as it is printed.
#[derive(Clone, PartialEq, Eq)]
pub struct LabelFile {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// For example `application/pdf`.
    pub content_type: String,
}

impl std::fmt::Debug for LabelFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LabelFile({} bytes of {})", self.bytes.len(), self.content_type)
    }
}

/// Stores label files.
#[async_trait]
pub trait LabelStore: Send + Sync + 'static {
    /// Stores `file` under `name`, replacing an earlier one. It is durable when this returns.
    async fn put_label(&self, name: &str, file: &LabelFile) -> Result<(), BackendError>;

    /// Deletes the file under `name`, if there is one.
    async fn delete_label(&self, name: &str) -> Result<(), BackendError>;

    /// The file under `name`, or `None`.
    async fn get_label(&self, name: &str) -> Result<Option<LabelFile>, BackendError>;
}
