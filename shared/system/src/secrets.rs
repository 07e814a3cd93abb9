//! A store for secrets.

use async_trait::async_trait;
use domain::Private;

use crate::error::BackendError;
use crate::{Committed, Versioned};

/// A secret with the version that a commit must name.
pub type Secret = Versioned<Private<String>>;

/// Stores secrets that change while the program runs: the tokens of the shops.
#[async_trait]
pub trait SecretStore: Send + Sync + 'static {
    /// `None` where there is none of this name.
    async fn load_secret(&self, name: &str) -> Result<Option<Secret>, BackendError>;

    /// Stores `value` if the stored version still is `expected` (0: there is none yet).
    async fn commit_secret(
        &self,
        name: &str,
        value: Private<String>,
        expected: u64,
    ) -> Result<Committed, BackendError>;
}
