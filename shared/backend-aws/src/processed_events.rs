//! Webhooks and links that were processed already.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use backend::{BackendError, ProcessedEventStore};
use domain::Timestamp;

use crate::error::{RequestFailed, ResourceFault};
use crate::item::{Item, number, read_number, text};
use crate::versioned::put_with_id;

/// Key: the id of the webhook or link.
const EVENT: &str = "event";
/// Until when the entry counts, in seconds since 1970. DynamoDB deletes it some time after that (its TTL), which is clean-up
/// only: readers compare the time.
const KEEP_UNTIL: &str = "keep_until";

/// Stores processed events in DynamoDB.
#[derive(Clone, Debug)]
pub struct ProcessedEventTable {
    client: Client,
    table: String,
}

impl ProcessedEventTable {
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

    /// An eventually consistent read, at half the price. An event that it misses is processed twice, which changes nothing.
    async fn get(&self, id: &str) -> Result<Option<Item>, RequestFailed> {
        let get = self.client.get_item().table_name(&self.table).key(EVENT, text(id));
        Ok(get.send().await.map_err(|error| RequestFailed::new("GetItem", &error))?.item)
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
        put.send().await.map_err(|error| RequestFailed::new("PutItem", &error))?;
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
        put_with_id(put, item).await
    }
}
