//! Label files, as objects of a bucket. The bucket encrypts them and lets nobody in from outside.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use engine::{EngineError, LabelFile, LabelStore};

use crate::error::{Failed, Fault};

/// The name of an object that is not there.
const NO_SUCH_KEY: &str = "NoSuchKey";

/// The bucket of labels.
#[derive(Clone, Debug)]
pub struct Labels {
    client: Client,
    bucket: String,
}

impl Labels {
    /// Uses this bucket.
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self { client, bucket: bucket.into() }
    }

    /// Asks for an object that is not there, to see that the bucket is and may be read. Without the right to list a
    /// bucket S3 would answer this as it answers those who may not read at all.
    ///
    /// # Errors
    /// With what is wrong.
    pub async fn check(&self) -> Result<(), Fault> {
        match self.client.get_object().bucket(&self.bucket).key("check").send().await {
            Ok(_) => Ok(()),
            Err(error) => match Failed::new("GetObject", &error) {
                failed if failed.is(NO_SUCH_KEY) => Ok(()),
                failed => Err(failed.into_fault()),
            },
        }
    }

    /// A link to the file kept under `name`, for whoever has it, for as long as it is valid (at most seven days). It is
    /// made without asking S3: whether there is such a file shows when it is followed.
    ///
    /// # Errors
    /// When `valid_for` is longer than S3 allows.
    pub async fn read_link(&self, name: &str, valid_for: Duration) -> Result<String, EngineError> {
        let valid = PresigningConfig::expires_in(valid_for).map_err(EngineError::unavailable)?;
        let get = self.client.get_object().bucket(&self.bucket).key(name);
        let signed = get.presigned(valid).await.map_err(|error| Failed::new("GetObject", &error))?;
        Ok(signed.uri().to_owned())
    }
}

#[async_trait]
impl LabelStore for Labels {
    async fn keep_label(&self, name: &str, file: &LabelFile) -> Result<(), EngineError> {
        let put = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(name)
            .content_type(&file.content_type)
            .body(ByteStream::from(file.bytes.clone()));
        put.send().await.map_err(|error| Failed::new("PutObject", &error))?;
        Ok(())
    }

    async fn fetch_label(&self, name: &str) -> Result<Option<LabelFile>, EngineError> {
        let object = match self.client.get_object().bucket(&self.bucket).key(name).send().await {
            Ok(object) => object,
            Err(error) => match Failed::new("GetObject", &error) {
                failed if failed.is(NO_SUCH_KEY) => return Ok(None),
                failed => return Err(failed.into()),
            },
        };
        let content_type = object.content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        let bytes = object.body.collect().await.map_err(EngineError::unavailable)?;
        Ok(Some(LabelFile { bytes: bytes.to_vec(), content_type }))
    }
}
