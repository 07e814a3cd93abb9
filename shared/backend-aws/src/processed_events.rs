//! What was taken already.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use backend::{BackendError, ProcessedEventStore};
use domain::Timestamp;

use crate::error::{Failed, Fault};
use crate::item::{Item, number, read_number, text};
use crate::versioned::put_named;

/// Key: the notification.
const EVENT: &str = "event";
/// Until when it counts, in seconds since 1970. DynamoDB removes it some time after that (its TTL), which only cleans up:
/// whoever reads it compares.
const KEEP_UNTIL: &str = "keep_until";

/// The table of processed_events.
#[derive(Clone, Debug)]
pub struct ProcessedEventTable {
    client: Client,
    table: String,
}

impl ProcessedEventTable {
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

    /// An eventually consistent read, at half the price: what it misses is worked on twice.
    async fn get(&self, id: &str) -> Result<Option<Item>, Failed> {
        let get = self.client.get_item().table_name(&self.table).key(EVENT, text(id));
        Ok(get.send().await.map_err(|error| Failed::new("GetItem", &error))?.item)
    }
}

#[async_trait]
impl ProcessedEventStore for ProcessedEventTable {
    async fn is_processed(&self, id: &str, now: Timestamp) -> Result<bool, BackendError> {
        let Some(item) = self.get(id).await? else { return Ok(false) };
        let keep_until: i64 = read_number(&item, KEEP_UNTIL, || format!("event {id}"))?;
        Ok(keep_until >= now.as_second())
    }

    async fn mark_processed(&self, id: &str, keep_until: Timestamp) -> Result<(), BackendError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(EVENT, text(id))
            .item(KEEP_UNTIL, number(keep_until.as_second()));
        put.send().await.map_err(|error| Failed::new("PutItem", &error))?;
        Ok(())
    }

    async fn claim(&self, id: &str, now: Timestamp, keep_until: Timestamp) -> Result<bool, BackendError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .condition_expression("attribute_not_exists(#event) OR #keep_until < :now")
            .expression_attribute_names("#event", EVENT)
            .expression_attribute_names("#keep_until", KEEP_UNTIL)
            .expression_attribute_values(":now", number(now.as_second()));
        let keep_until = number(keep_until.as_second());
        let item = Item::from([(EVENT.to_owned(), text(id)), (KEEP_UNTIL.to_owned(), keep_until)]);
        put_named(put, item).await
    }
}
