//! Secrets by name, replaced as a whole.

use async_trait::async_trait;
use domain::Private;

use crate::error::EngineError;

/// A secret with the version that a replacement must name.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The value.
    pub value: Private<String>,
    /// Grows with every replacement; the first is 1.
    pub version: u64,
}

/// What became of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is stored under this version.
    Stored(u64),
    /// Someone else replaced the secret first; nothing was stored.
    LostRace,
}

/// Keeps secrets: the tokens of the shops.
#[async_trait]
pub trait SecretStore: Send + Sync + 'static {
    /// The secret, or `None` where there is none.
    async fn read(&self, name: &str) -> Result<Option<Secret>, EngineError>;

    /// Stores `value` if the stored version still is `expected` (0: there is none yet).
    async fn replace(
        &self,
        name: &str,
        value: Private<String>,
        expected: u64,
    ) -> Result<Replaced, EngineError>;
}
