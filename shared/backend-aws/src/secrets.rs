//! The credentials of outside services, as an operator keeps them in Secrets Manager: a JSON object whose fields are
//! named like the variables that they stand for.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use domain::Private;

use crate::error::{Failed, Fault};

/// A secret's fields, with the name of the version that they are of.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The fields.
    pub fields: BTreeMap<String, Private<String>>,
    /// Changes whenever the secret is rotated.
    pub version: String,
}

/// Which version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// The one that was stored last.
    Current,
    /// The one before.
    Previous,
}

impl Version {
    /// Secrets Manager's name of it.
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
    /// It can't be had.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It is something else than an object of texts.
    #[error("names a secret that is not a JSON object of texts")]
    Malformed,
}

/// Reads this version of the secret `id`, a name or an ARN.
///
/// # Errors
/// When there is none, or it can't be had or is no JSON object of texts.
pub async fn read_credentials(
    client: &Client,
    id: &str,
    version: Version,
) -> Result<Credentials, CredentialsError> {
    let answer = client.get_secret_value().secret_id(id).version_stage(version.stage()).send().await;
    let secret = answer.map_err(|error| Failed::new("GetSecretValue", &error).into_fault())?;
    let text = secret.secret_string.unwrap_or_default();
    let fields: BTreeMap<String, String> =
        serde_json::from_str(&text).map_err(|_| CredentialsError::Malformed)?;
    let fields = fields.into_iter().map(|(name, value)| (name, Private::new(value))).collect();
    Ok(Credentials { fields, version: secret.version_id.unwrap_or_default() })
}
