//! One refresh among all processes that share a store.
//!
//! The stored record holds a lease. Whoever claims it, by a commit that names the version it read, asks TikTok and writes both
//! new tokens in one commit. Everybody else waits for the record to change, or for the lease to lapse because its holder
//! died.

use std::sync::Arc;
use std::time::Duration;

use system::{BackendError, Committed, SecretStore};

use super::record::{StoredTokens, TokenRecord};
use crate::auth;
use crate::call::CallName;
use crate::error::{Class, Error, Fault};
use crate::transport::TikTokTransport;

/// How often a waiter checks: a refresh takes well below a second.
const POLL_EVERY: Duration = Duration::from_millis(200);
/// How often a waiter checks in all: for longer than a lease, so that it sees it lapse.
const POLLS_MAX: u32 = 200;

/// Why a refresh is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// The token expires soon, but is still good.
    Ahead,
    /// The token is no longer good.
    Expired,
}

/// A refresh of one seller's tokens.
pub struct Refresh {
    pub transport: TikTokTransport,
    pub store: Arc<dyn SecretStore>,
    pub name: String,
    /// The record that is too old.
    pub old: StoredTokens,
    pub urgency: Urgency,
}

impl Refresh {
    /// A record whose tokens are good.
    pub async fn run(self) -> Result<StoredTokens, Error> {
        let mut stored = self.old.clone();
        for _ in 0..POLLS_MAX {
            if stored.is_newer_than(&self.old) {
                return Ok(stored);
            }
            if stored.record.is_leased(self.transport.clock.now()) {
                if self.urgency == Urgency::Ahead {
                    return Ok(stored);
                }
                tokio::time::sleep(POLL_EVERY).await;
            } else if let Some(mine) = self.claim(&stored).await? {
                return self.ask(mine).await;
            }
            stored = self.read().await?;
        }
        Err(busy())
    }

    /// Claims the lease; `None` when somebody else changed the record first.
    async fn claim(&self, stored: &StoredTokens) -> Result<Option<StoredTokens>, Error> {
        let record = stored.record.leased(self.transport.clock.now());
        let version = self.replace(&record, stored.version).await?;
        Ok(version.map(|version| StoredTokens { record, version }))
    }

    async fn ask(&self, mine: StoredTokens) -> Result<StoredTokens, Error> {
        match auth::refresh(&self.transport, &mine.record.tokens).await {
            Ok(tokens) => self.keep(TokenRecord::new(tokens, self.transport.clock.now()), mine).await,
            // The lease stays: nobody tries again until it lapses, and the token serves meanwhile.
            Err(error) if self.urgency == Urgency::Ahead && error.class() != Class::Reauthorize => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "tokens could not be refreshed ahead of time"
                );
                Ok(mine)
            }
            Err(error) => {
                // Lets the next one try at once. Where this fails the lease lapses by itself.
                let _ = self.replace(&mine.record.released(), mine.version).await;
                Err(error)
            }
        }
    }

    /// Stores the new pair. TikTok may have voided the old one, so that the new one must not be lost: it also replaces
    /// a record on which somebody else claimed a lapsed lease, but not the tokens of a newer authorization.
    async fn keep(&self, new: TokenRecord, mine: StoredTokens) -> Result<StoredTokens, Error> {
        let used = mine.record.tokens.refresh;
        let mut version = mine.version;
        for _ in 0..POLLS_MAX {
            match self.replace(&new, version).await {
                Ok(Some(version)) => return Ok(StoredTokens { record: new, version }),
                Ok(None) => {
                    let stored = self.read().await?;
                    if stored.record.tokens.refresh != used {
                        return Ok(stored);
                    }
                    version = stored.version;
                }
                Err(Error::Store(BackendError::Unavailable(_))) => tokio::time::sleep(POLL_EVERY).await,
                Err(error) => return Err(error),
            }
        }
        Err(busy())
    }

    /// The new version; `None` when somebody else was first.
    async fn replace(&self, record: &TokenRecord, version: u64) -> Result<Option<u64>, Error> {
        let secret = record.to_secret().map_err(Error::Store)?;
        match self.store.commit_secret(&self.name, secret, version).await.map_err(Error::Store)? {
            Committed::Stored(version) => Ok(Some(version)),
            Committed::LostRace => Ok(None),
        }
    }

    async fn read(&self) -> Result<StoredTokens, Error> {
        let secret =
            self.store.load_secret(&self.name).await.map_err(Error::Store)?.ok_or(Error::NotConnected)?;
        StoredTokens::read(&secret).map_err(Error::Store)?.ok_or(Error::NotConnected)
    }
}

/// Others kept the record busy for all the time that we may wait.
pub fn busy() -> Error {
    Error::lost(CallName::TOKEN_REFRESH, Fault::NotSent)
}
