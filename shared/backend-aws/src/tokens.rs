//! The sellers' tokens.
//!
//! They are in DynamoDB and not in Secrets Manager because of how they are renewed: one process of many claims the
//! renewal by a write that names the version it read. DynamoDB promises that such a write wins once; Secrets Manager
//! is "eventually consistent" and counts no versions. The table is encrypted with a key of KMS, and only the functions
//! that call TikTok may read it.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use domain::Private;
use system::SecretStore;
use system::{BackendError, Committed, Secret};

use crate::error::{Failed, Fault};
use crate::item::{Item, read_number, read_text, text};
use crate::versioned::{self, VERSION};

/// Key: the secret's name.
const NAME: &str = "name";
const VALUE: &str = "value";

/// The table of tokens.
#[derive(Clone, Debug)]
pub struct TokenTable {
    client: Client,
    table: String,
}

impl TokenTable {
    /// Uses this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Asks for an item, to see that the table is there and may be read.
    ///
    /// # Errors
    /// With what is wrong.
    pub async fn check(&self) -> Result<(), Fault> {
        self.get("check").await.map(drop).map_err(Failed::into_fault)
    }

    async fn get(&self, name: &str) -> Result<Option<Item>, Failed> {
        let get = self.client.get_item().table_name(&self.table).key(NAME, text(name)).consistent_read(true);
        Ok(get.send().await.map_err(|error| Failed::new("GetItem", &error))?.item)
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
