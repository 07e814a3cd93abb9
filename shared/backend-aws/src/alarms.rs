//! The table of alarms.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use backend::{AlarmStore, BackendError, Committed, Versioned};
use domain::alarm::Alarm;
use domain::{AlarmId, Timestamp};
use jiff::SignedDuration;

use crate::error::{RequestFailed, ResourceFault};
use crate::item::{Item, number, read_json, read_number, read_text, text, to_json};
use crate::versioned::{self, VERSION};

/// Key: the alarm's id.
const ALARM: &str = "alarm";
const DOCUMENT: &str = "document";
/// The index of unfinished alarms. It has one partition: there is at most one alarm for each shop, kind and minute.
const UNFINISHED: &str = "unfinished";
const OPEN: &str = "open";
const NEXT_AT: &str = "next_at";
const YES: &str = "yes";
/// When DynamoDB may delete the item, in seconds since 1970.
const EXPIRES_AT: &str = "expires_at";
const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 92);

/// Stores alarms in DynamoDB.
#[derive(Clone, Debug)]
pub struct AlarmTable {
    client: Client,
    table: String,
}

impl AlarmTable {
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

    async fn get(&self, id: &str) -> Result<Option<Item>, RequestFailed> {
        let get = self.client.get_item().table_name(&self.table).key(ALARM, text(id)).consistent_read(true);
        Ok(get.send().await.map_err(|error| RequestFailed::new("GetItem", &error))?.item)
    }
}

#[async_trait]
impl AlarmStore for AlarmTable {
    async fn load_alarm(&self, id: &AlarmId) -> Result<Option<Versioned<Alarm>>, BackendError> {
        let Some(item) = self.get(id.as_str()).await? else { return Ok(None) };
        let what = || format!("alarm {id}");
        let value = read_json(&item, DOCUMENT, what)?;
        Ok(Some(Versioned { value, version: read_number(&item, VERSION, what)? }))
    }

    async fn commit_alarm(&self, alarm: &Alarm, expected: u64) -> Result<Committed, BackendError> {
        let expires_at = alarm.minute.saturating_add(RETENTION).unwrap_or(Timestamp::MAX);
        let mut item = Item::from([
            (ALARM.to_owned(), text(alarm.id.as_str())),
            (DOCUMENT.to_owned(), to_json(alarm)?),
            (EXPIRES_AT.to_owned(), number(expires_at.as_second())),
        ]);
        if let Some(next_at) = alarm.next_at() {
            item.insert(OPEN.to_owned(), text(YES));
            item.insert(NEXT_AT.to_owned(), number(next_at.as_microsecond()));
        }
        versioned::put(&self.client, &self.table, item, expected).await
    }

    /// The index lags behind the table by moments, so an alarm that was just finished may be listed.
    async fn list_unfinished_alarms(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<AlarmId>, BackendError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(UNFINISHED)
            .key_condition_expression("#open = :yes AND #at <= :now")
            .expression_attribute_names("#open", OPEN)
            .expression_attribute_names("#at", NEXT_AT)
            .expression_attribute_values(":yes", text(YES))
            .expression_attribute_values(":now", number(now.as_microsecond()));
        let page = i32::try_from(limit).unwrap_or(i32::MAX);
        let mut items = query.into_paginator().page_size(page).items().send();
        let mut ids = Vec::new();
        while ids.len() < limit
            && let Some(item) = items.next().await
        {
            let item = item.map_err(|error| RequestFailed::new("Query", &error))?;
            ids.push(AlarmId::new(read_text(&item, ALARM, || "an alarm".to_owned())?));
        }
        Ok(ids)
    }
}
