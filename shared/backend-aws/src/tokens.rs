//! The sellers' tokens.
//!
//! They are in DynamoDB and not in Secrets Manager because of how they are renewed: one of many processes claims the renewal
//! by a write under the version that it read. DynamoDB guarantees that only one such write succeeds; Secrets Manager is
//! "eventually consistent" and has no such version. The table is encrypted with a KMS key, and only the functions that call
//! TikTok may read it.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use domain::Private;
use system::{BackendError, Committed, Secret, SecretStore};

use crate::error::{RequestFailed, ResourceFault};
use crate::item::{Item, read_number, read_text, text};
use crate::versioned::{self, VERSION};

/// Key: the secret's name.
const NAME: &str = "name";
const VALUE: &str = "value";

/// Stores tokens in DynamoDB.
#[derive(Clone, Debug)]
pub struct TokenTable {
    client: Client,
    table: String,
}

impl TokenTable {
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Checks that the table exists and may be read, by reading an item.
    ///
    /// # Errors
    /// When it does not exist, may not be read, or does not answer.
    pub async fn check(&self) -> Result<(), ResourceFault> {
        self.get("check").await.map(drop).map_err(RequestFailed::into_fault)
    }

    async fn get(&self, name: &str) -> Result<Option<Item>, RequestFailed> {
        let get = self.client.get_item().table_name(&self.table).key(NAME, text(name)).consistent_read(true);
        Ok(get.send().await.map_err(|error| RequestFailed::new("GetItem", &error))?.item)
    }
}

#[async_trait]
impl SecretStore for TokenTable {
    async fn load_secret(&self, name: &str) -> Result<Option<Secret>, BackendError> {
        let Some(item) = self.get(name).await? else { return Ok(None) };
        let what = || "a seller's tokens".to_owned();
        let value = read_text(&item, VALUE, what)?.to_owned();
        Ok(Some(Secret { value: Private::new(value), version: read_number(&item, VERSION, what)? }))
    }

    async fn commit_secret(
        &self,
        name: &str,
        value: Private<String>,
        expected: u64,
    ) -> Result<Committed, BackendError> {
        let item =
            Item::from([(NAME.to_owned(), text(name)), (VALUE.to_owned(), text(value.expose().as_str()))]);
        versioned::put(&self.client, &self.table, item, expected).await
    }
}
