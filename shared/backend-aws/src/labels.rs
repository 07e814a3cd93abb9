//! Label files, as objects of a bucket that encrypts them and is not public.

use async_trait::async_trait;
use backend::{BackendError, LabelStore};
use domain::LabelDocument;

use crate::bucket::{Bucket, NO_SUCH_KEY};
use crate::error::ResourceFault;

/// The bucket of labels.
#[derive(Clone, Debug)]
pub struct LabelBucket {
    bucket: Bucket,
}

impl LabelBucket {
    pub fn new(bucket: Bucket) -> Self {
        Self { bucket }
    }

    /// Checks that the bucket exists and may be read, by asking for an object that does not exist. It takes the right to list
    /// the bucket: without it S3 answers the same to those who may not read at all.
    ///
    /// # Errors
    /// When it does not exist, may not be read, or does not answer.
    pub async fn check(&self) -> Result<(), ResourceFault> {
        match self.bucket.get("check").await {
            Ok(_) => Ok(()),
            Err(failed) if failed.is(NO_SUCH_KEY) => Ok(()),
            Err(failed) => Err(failed.into_fault()),
        }
    }
}

#[async_trait]
impl LabelStore for LabelBucket {
    async fn put_label(&self, name: &str, file: &LabelDocument) -> Result<(), BackendError> {
        Ok(self.bucket.put(name, &file.content_type, &file.bytes).await?)
    }

    async fn delete_label(&self, name: &str) -> Result<(), BackendError> {
        // S3 answers the same whether the object existed or not.
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
