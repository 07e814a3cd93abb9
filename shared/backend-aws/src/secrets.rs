//! Secrets in Secrets Manager: JSON objects whose fields are named after the variables that they stand for.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use domain::{Private, Timestamp};

use crate::error::{RequestFailed, ResourceFault};

/// A secret's fields and its version.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub fields: BTreeMap<String, Private<String>>,
    /// Changes whenever a new value is stored.
    pub version: String,
    /// When the version was stored.
    pub stored_at: Option<Timestamp>,
}

/// Which version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Current,
    /// The one before the current one.
    Previous,
}

impl Version {
    /// The name that Secrets Manager has for it.
    fn stage(self) -> &'static str {
        match self {
            Self::Current => "AWSCURRENT",
            Self::Previous => "AWSPREVIOUS",
        }
    }
}

/// Why a secret can't be used. Its content is not shown.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    #[error(transparent)]
    Fault(#[from] ResourceFault),
    #[error("names a secret that is not a JSON object of strings")]
    Malformed,
}

/// Reads a version of the secret with this name or ARN.
///
/// # Errors
/// When there is none, or it can't be read, or it is not a JSON object of strings.
pub async fn read_credentials(
    client: &Client,
    id: &str,
    version: Version,
) -> Result<Credentials, CredentialsError> {
    let answer = client.get_secret_value().secret_id(id).version_stage(version.stage()).send().await;
    let secret = answer.map_err(|error| RequestFailed::new("GetSecretValue", &error).into_fault())?;
    let text = secret.secret_string.unwrap_or_default();
    let fields: BTreeMap<String, String> =
        serde_json::from_str(&text).map_err(|_| CredentialsError::Malformed)?;
    let fields = fields.into_iter().map(|(name, value)| (name, Private::new(value))).collect();
    let stored_at = secret.created_date.and_then(|at| Timestamp::from_second(at.secs()).ok());
    Ok(Credentials { fields, version: secret.version_id.unwrap_or_default(), stored_at })
}
