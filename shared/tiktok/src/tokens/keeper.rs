//! Provides access tokens, and refreshes them in time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Private, Timestamp};
use system::Committed;
use system::SecretStore;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::record::{StoredTokens, TokenRecord, name};
use super::refresh::{Refresh, Urgency};
use super::{TokenSet, record, refresh};
use crate::call::CallName;
use crate::error::{Error, Fault};
use crate::transport::TikTokTransport;

/// How often a write is tried that keeps losing races. A writer writes a handful of times, so more is a defect.
const RACES_MAX: usize = 10;

/// The record that this process read last; `None` when it has to be read.
type Cached = Option<StoredTokens>;

/// The tokens of all sellers. Cheap to clone; clones share what they know.
#[derive(Clone)]
pub struct Tokens {
    store: Arc<dyn SecretStore>,
    accounts: Arc<Mutex<HashMap<String, Arc<AsyncMutex<Cached>>>>>,
}

impl Tokens {
    pub fn new(store: Arc<dyn SecretStore>) -> Self {
        Self { store, accounts: Arc::default() }
    }

    /// An access token of `account`, refreshed if it expires soon.
    pub async fn access(&self, transport: &TikTokTransport, account: &str) -> Result<Private<String>, Error> {
        let mut cached = self.lock(account).await;
        let now = transport.clock.now();
        if let Some(stored) = cached.as_ref().filter(|stored| now < stored.record.refresh_at()) {
            return Ok(stored.access());
        }
        let stored = self.read(account).await?;
        if now < stored.record.refresh_at() {
            return Ok(cached.insert(stored).access());
        }
        let urgency = if stored.record.is_expired(now) { Urgency::Expired } else { Urgency::Ahead };
        self.refresh(transport, account, cached, stored, urgency).await
    }

    /// Renews the tokens of `account` if the access token expires soon, and returns when the seller's authorization ends. Unlike
    /// [`Tokens::access`] it fails even while the old token is still good.
    pub async fn keep(&self, transport: &TikTokTransport, account: &str) -> Result<Timestamp, Error> {
        let cached = self.lock(account).await;
        let stored = self.read(account).await?;
        if transport.clock.now() < stored.record.refresh_at() {
            return Ok(stored.record.tokens.refresh_expires_at);
        }
        self.refresh(transport, account, cached, stored, Urgency::Expired).await?;
        Ok(self.read(account).await?.record.tokens.refresh_expires_at)
    }

    /// An access token in place of `rejected`, which TikTok calls expired: the stored one if somebody refreshed it already, or
    /// a new one.
    pub async fn renewed(
        &self,
        transport: &TikTokTransport,
        account: &str,
        rejected: &Private<String>,
    ) -> Result<Private<String>, Error> {
        let mut cached = self.lock(account).await;
        let stored = self.read(account).await?;
        if stored.record.tokens.access != *rejected {
            return Ok(cached.insert(stored).access());
        }
        self.refresh(transport, account, cached, stored, Urgency::Expired).await
    }

    /// The stored access token if it differs from `rejected`, which TikTok does not accept: the seller may have authorized the
    /// app again since this process last read it.
    pub async fn replacement(
        &self,
        account: &str,
        rejected: &Private<String>,
    ) -> Result<Option<Private<String>>, Error> {
        let mut cached = self.lock(account).await;
        let access = cached.insert(self.read(account).await?).access();
        Ok((access != *rejected).then_some(access))
    }

    /// Stores the tokens of a new authorization in place of the former ones.
    pub async fn put(&self, transport: &TikTokTransport, tokens: &TokenSet) -> Result<(), Error> {
        let mut cached = self.lock(&tokens.open_id).await;
        let name = name(&tokens.open_id);
        let record = TokenRecord::new(tokens.clone(), transport.clock.now());
        for _ in 0..RACES_MAX {
            let version =
                self.store.load_secret(&name).await.map_err(Error::Store)?.map_or(0, |secret| secret.version);
            let secret = record.to_secret().map_err(Error::Store)?;
            if let Committed::Stored(version) =
                self.store.commit_secret(&name, secret, version).await.map_err(Error::Store)?
            {
                *cached = Some(StoredTokens { record, version });
                return Ok(());
            }
        }
        Err(refresh::busy())
    }

    /// Deletes the tokens of `account`. The record stays without them, so that its version keeps growing and a refresh in
    /// progress loses its race.
    pub async fn forget(&self, account: &str) -> Result<(), Error> {
        let mut cached = self.lock(account).await;
        *cached = None;
        let name = name(account);
        for _ in 0..RACES_MAX {
            let Some(secret) = self.store.load_secret(&name).await.map_err(Error::Store)? else {
                return Ok(());
            };
            let forgotten = self.store.commit_secret(&name, record::deleted(), secret.version).await;
            if let Committed::Stored(_) = forgotten.map_err(Error::Store)? {
                return Ok(());
            }
        }
        Err(refresh::busy())
    }

    /// Runs in a task of its own: a caller that gives up must not lose a new pair that TikTok has issued.
    async fn refresh(
        &self,
        transport: &TikTokTransport,
        account: &str,
        mut cached: OwnedMutexGuard<Cached>,
        stored: StoredTokens,
        urgency: Urgency,
    ) -> Result<Private<String>, Error> {
        let refresh = Refresh {
            transport: transport.clone(),
            store: Arc::clone(&self.store),
            name: name(account),
            old: stored,
            urgency,
        };
        let task = tokio::spawn(async move {
            *cached = None;
            let stored = refresh.run().await?;
            Ok(cached.insert(stored).access())
        });
        task.await.unwrap_or_else(|_| Err(Error::lost(CallName::TOKEN_REFRESH, Fault::NoAnswer)))
    }

    async fn read(&self, account: &str) -> Result<StoredTokens, Error> {
        let secret =
            self.store.load_secret(&name(account)).await.map_err(Error::Store)?.ok_or(Error::NotConnected)?;
        StoredTokens::read(&secret).map_err(Error::Store)?.ok_or(Error::NotConnected)
    }

    async fn lock(&self, account: &str) -> OwnedMutexGuard<Cached> {
        let account = {
            // A panic cannot leave an entry half made, so a poisoned lock is sound.
            let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(accounts.entry(account.to_owned()).or_default())
        };
        account.lock_owned().await
    }
}
