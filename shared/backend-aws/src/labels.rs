//! Label files, as objects of a bucket. The bucket encrypts them and lets nobody in from outside.

use std::time::Duration;

use async_trait::async_trait;
use backend::{BackendError, LabelStore};
use domain::LabelDocument;
use system::{Clock as _, SystemClock};

use crate::bucket::{Bucket, NO_SUCH_KEY};
use crate::error::Fault;

/// The bucket of labels.
#[derive(Clone, Debug)]
pub struct LabelBucket {
    bucket: Bucket,
}

impl LabelBucket {
    /// Uses this bucket.
    pub fn new(bucket: Bucket) -> Self {
        Self { bucket }
    }

    /// Asks for an object that is not there, to see that the bucket is and may be read. Without the right to list a
    /// bucket S3 would answer this as it answers those who may not read at all.
    ///
    /// # Errors
    /// With what is wrong.
    pub async fn check(&self) -> Result<(), Fault> {
        match self.bucket.get("check").await {
            Ok(_) => Ok(()),
            Err(failed) if failed.is(NO_SUCH_KEY) => Ok(()),
            Err(failed) => Err(failed.into_fault()),
        }
    }

    /// A link to the file kept under `name`, for whoever has it, for as long as it is valid (at most seven days, and no
    /// longer than the credentials it is signed with). It is made without asking S3: whether there is such a file shows
    /// when it is followed.
    ///
    /// # Errors
    /// When it can't be signed.
    pub fn read_link(&self, name: &str, valid_for: Duration) -> Result<String, BackendError> {
        Ok(self.bucket.link(name, valid_for, SystemClock.now())?)
    }
}

#[async_trait]
impl LabelStore for LabelBucket {
    async fn put_label(&self, name: &str, file: &LabelDocument) -> Result<(), BackendError> {
        Ok(self.bucket.put(name, &file.content_type, &file.bytes).await?)
    }

    async fn delete_label(&self, name: &str) -> Result<(), BackendError> {
        // S3 answers the same whether there was such an object or not.
        Ok(self.bucket.delete(name).await?)
    }

    async fn get_label(&self, name: &str) -> Result<Option<LabelDocument>, BackendError> {
        match self.bucket.get(name).await {
            Ok(object) => {
                let content_type = object.content_type.unwrap_or_else(|| "application/octet-stream".into());
                Ok(Some(LabelDocument { bytes: object.bytes, content_type }))
            }
            Err(failed) if failed.is(NO_SUCH_KEY) => Ok(None),
            Err(failed) => Err(failed.into()),
        }
    }
}
