//! A secret store in memory.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use domain::Private;
use system::SecretStore;
use system::{BackendError, Committed, Secret};

#[derive(Default)]
pub struct MemorySecrets {
    secrets: Mutex<HashMap<String, Secret>>,
    /// Every value that was ever stored.
    pub history: Mutex<Vec<String>>,
}

impl MemorySecrets {
    pub fn value(&self, name: &str) -> Option<serde_json::Value> {
        let secrets = self.secrets.lock().unwrap();
        secrets.get(name).map(|secret| serde_json::from_str(secret.value.expose()).unwrap())
    }
}

#[async_trait]
impl SecretStore for MemorySecrets {
    async fn load_secret(&self, name: &str) -> Result<Option<Secret>, BackendError> {
        // Lets others run between a read and the replacement that follows.
        tokio::task::yield_now().await;
        Ok(self.secrets.lock().unwrap().get(name).cloned())
    }

    async fn commit_secret(
        &self,
        name: &str,
        value: Private<String>,
        expected: u64,
    ) -> Result<Committed, BackendError> {
        tokio::task::yield_now().await;
        let mut secrets = self.secrets.lock().unwrap();
        if secrets.get(name).map_or(0, |secret| secret.version) != expected {
            return Ok(Committed::LostRace);
        }
        self.history.lock().unwrap().push(value.expose().clone());
        secrets.insert(name.to_owned(), Secret { value, version: expected + 1 });
        Ok(Committed::Stored(expected + 1))
    }
}
