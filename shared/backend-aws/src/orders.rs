//! The table of orders: one item for each order, with the attributes that lists and timers need, and items for its rate
//! decisions.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use backend::{
    BackendError, Committed, OrderFilter, OrderPage, OrderStore, Position, RateOutcome, Versioned,
};
use domain::order::OrderStatus;
use domain::record::OrderRecord;
use domain::{CombineGroupId, OrderId, OrderKey, ShipmentId, ShopId, Timestamp, TrackingNumber};
use futures_util::future::try_join_all;

use crate::ShopTable;
use crate::error::{RequestFailed, ResourceFault, lacking};
use crate::item::{Item, number, read_json, read_number, read_text, text, to_json};
use crate::versioned::{self, VERSION};

/// Key: shop and order, separated by a slash.
pub(crate) const ORDER: &str = "order";
/// Sort key: which part of an order the item holds.
pub(crate) const PART: &str = "part";
/// The part with the order's record.
pub(crate) const RECORD: &str = "record";
pub(crate) const DOCUMENT: &str = "document";

/// The shop, in the indexes that lists are read from.
pub(crate) const SHOP: &str = "shop";
/// When the order was first seen, then its id: the order of a shop's list.
pub(crate) const SEEN: &str = "seen";
/// The distinct stages of the order's shipments.
pub(crate) const STAGES: &str = "stages";
pub(crate) const STATUS: &str = "status";
/// The shop, on an order that is not over.
pub(crate) const OPEN_IN: &str = "open_in";
/// The shop, on an order with an open exception.
pub(crate) const TROUBLED_IN: &str = "troubled_in";

/// An index of timers: its name, its partition key, and its sort key, an instant in microseconds.
struct TimerIndex {
    name: &'static str,
    shard: &'static str,
    at: &'static str,
}

/// When a shipment's timer expires.
const DUE: TimerIndex = TimerIndex { name: "due", shard: "due_shard", at: "due_at" };
/// When the next alarm is due.
const ALARMS: TimerIndex = TimerIndex { name: "alarms", shard: "alarm_shard", at: "alarm_at" };
/// The number of partitions of an index of timers. A partition takes 1,000 writes a second, and a commit writes an order there
/// twice, some fifteen times in its first minute. Four partitions carry 250 new orders a second.
const SHARDS: u32 = 4;

/// The index by the tracking number of the order's latest label, then by when the order was first seen.
const PARCELS: &str = "parcels";
const TRACKING: &str = "tracking";

/// The index by the group in which an order waits for others, with its shop.
const GROUPS: &str = "groups";
const GROUPED_IN: &str = "grouped_in";

/// Stores orders in DynamoDB.
#[derive(Clone, Debug)]
pub struct OrderTable {
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) shops: Option<ShopTable>,
}

impl OrderTable {
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into(), shops: None }
    }

    /// Adds the shops, which lists of all shops' orders need.
    #[must_use]
    pub fn with_shops(self, shops: ShopTable) -> Self {
        Self { shops: Some(shops), ..self }
    }

    /// Checks that the table exists and may be read, by reading an item.
    ///
    /// # Errors
    /// When it does not exist, may not be read, or does not answer.
    pub async fn check(&self) -> Result<(), ResourceFault> {
        self.get("check", RECORD).await.map(drop).map_err(RequestFailed::into_fault)
    }

    async fn get(&self, order: &str, part: &str) -> Result<Option<Item>, RequestFailed> {
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(ORDER, text(order))
            .key(PART, text(part))
            .consistent_read(true);
        Ok(get.send().await.map_err(|error| RequestFailed::new("GetItem", &error))?.item)
    }

    /// What is due in one partition of an index of timers, longest due first.
    async fn due_in(
        &self,
        index: &TimerIndex,
        shard: u32,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(i64, OrderKey)>, BackendError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index.name)
            .key_condition_expression("#shard = :shard AND #at <= :until")
            .expression_attribute_names("#shard", index.shard)
            .expression_attribute_names("#at", index.at)
            .expression_attribute_values(":shard", text(shard.to_string()))
            .expression_attribute_values(":until", number(until.as_microsecond()));
        let page = i32::try_from(limit).unwrap_or(i32::MAX);
        let mut items = query.into_paginator().page_size(page).items().send();
        let mut due = Vec::new();
        while due.len() < limit
            && let Some(item) = items.next().await
        {
            let item = item.map_err(|error| RequestFailed::new("Query", &error))?;
            let what = || "an entry of an index of timers".to_owned();
            due.push((read_number(&item, index.at, what)?, read_key(&item)?));
        }
        Ok(due)
    }

    /// What is due in all partitions of an index of timers.
    ///
    /// The index lags behind the table by moments, so an order whose timer was just moved may be listed. Whoever handles it
    /// reads the order itself.
    async fn due_by(
        &self,
        index: &TimerIndex,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OrderKey>, BackendError> {
        let shards = (0..SHARDS).map(|shard| self.due_in(index, shard, until, limit));
        let mut due = try_join_all(shards).await?.concat();
        due.sort_unstable();
        due.truncate(limit);
        Ok(due.into_iter().map(|(_, key)| key).collect())
    }
}

/// The order of an item. TikTok's shop ids contain no slash.
pub(crate) fn read_key(item: &Item) -> Result<OrderKey, BackendError> {
    let what = || "an order".to_owned();
    let (shop, order) =
        read_text(item, ORDER, what)?.split_once('/').ok_or_else(|| lacking(what(), ORDER))?;
    Ok(OrderKey::new(ShopId::new(shop), OrderId::new(order)))
}

/// The key of an order's items.
pub(crate) fn key_text(key: &OrderKey) -> String {
    format!("{}/{}", key.shop, key.order)
}

/// The sort key of an order in its shop: the instant with leading zeros, so that strings sort like numbers, then the order.
pub(crate) fn seen_text(position: &Position) -> String {
    format!("{}/{}", seen_at_text(position.first_seen_at), position.order)
}

/// The prefix of the sort keys of all orders that were first seen at this instant.
pub(crate) fn seen_at_text(micros: i64) -> String {
    format!("{:020}", micros.max(0))
}

fn group_text(shop: &ShopId, group: &CombineGroupId) -> String {
    format!("{shop}/{group}")
}

fn decision_part(shipment: &ShipmentId) -> String {
    format!("decision/{shipment}")
}

/// Whether an order with this status is over at TikTok. Its shipment may still be under way.
pub(crate) fn is_over(status: &OrderStatus) -> bool {
    matches!(status, OrderStatus::Delivered | OrderStatus::Completed | OrderStatus::Cancelled)
}

/// Whether no shipment leaves this stage.
pub(crate) fn is_last(stage: &str) -> bool {
    matches!(stage, "delivered" | "cancelled" | "shipped_elsewhere")
}

fn item_of(record: &OrderRecord) -> Result<Item, BackendError> {
    let key = key_text(&record.key());
    let shard = shard_of(&key);
    let stages: BTreeSet<&str> = record.shipments.iter().map(|shipment| shipment.stage.name()).collect();
    let open = !is_over(&record.order.status) || stages.iter().any(|stage| !is_last(stage));
    let mut item = Item::from([
        (ORDER.to_owned(), text(key)),
        (PART.to_owned(), text(RECORD)),
        (DOCUMENT.to_owned(), to_json(record)?),
        (SHOP.to_owned(), text(record.shop.as_str())),
        (SEEN.to_owned(), text(seen_text(&Position::of(record)))),
        (STATUS.to_owned(), text(String::from(record.order.status.clone()))),
    ]);
    if !stages.is_empty() {
        let stages = stages.into_iter().map(str::to_owned).collect();
        item.insert(STAGES.to_owned(), AttributeValue::Ss(stages));
    }
    if open {
        item.insert(OPEN_IN.to_owned(), text(record.shop.as_str()));
    }
    if record.open_exceptions().next().is_some() {
        item.insert(TROUBLED_IN.to_owned(), text(record.shop.as_str()));
    }
    for (index, at) in [(DUE, record.due_at()), (ALARMS, record.alarm_at())] {
        if let Some(at) = at {
            item.insert(index.shard.to_owned(), text(shard.to_string()));
            item.insert(index.at.to_owned(), number(at.as_microsecond()));
        }
    }
    if let Some(tracking) = record.tracking() {
        item.insert(TRACKING.to_owned(), text(tracking.as_str()));
    }
    if let Some(group) = record.listed_group() {
        item.insert(GROUPED_IN.to_owned(), text(group_text(&record.shop, group)));
    }
    Ok(item)
}

/// The partition of an order's timers, which never changes (FNV-1a of its key).
fn shard_of(key: &str) -> u32 {
    let hash =
        key.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % SHARDS
}

#[async_trait]
impl OrderStore for OrderTable {
    async fn load_order(&self, key: &OrderKey) -> Result<Option<Versioned<OrderRecord>>, BackendError> {
        let Some(item) = self.get(&key_text(key), RECORD).await? else { return Ok(None) };
        let what = || format!("order {key}");
        let value = read_json(&item, DOCUMENT, what)?;
        Ok(Some(Versioned { value, version: read_number(&item, VERSION, what)? }))
    }

    async fn commit_order(&self, record: &OrderRecord, expected: u64) -> Result<Committed, BackendError> {
        versioned::put(&self.client, &self.table, item_of(record)?, expected).await
    }

    async fn list_due(&self, now: Timestamp, limit: usize) -> Result<Vec<OrderKey>, BackendError> {
        self.due_by(&DUE, now, limit).await
    }

    async fn list_alarms_due(&self, until: Timestamp, limit: usize) -> Result<Vec<OrderKey>, BackendError> {
        self.due_by(&ALARMS, until, limit).await
    }

    async fn find_by_tracking(&self, tracking: &TrackingNumber) -> Result<Option<OrderKey>, BackendError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(PARCELS)
            .key_condition_expression("#tracking = :tracking")
            .expression_attribute_names("#tracking", TRACKING)
            .expression_attribute_values(":tracking", text(tracking.as_str()))
            .scan_index_forward(false)
            .limit(1);
        let page = query.send().await.map_err(|error| RequestFailed::new("Query", &error))?;
        page.items.unwrap_or_default().first().map(read_key).transpose()
    }

    async fn list_group(&self, shop: &ShopId, group: &CombineGroupId) -> Result<Vec<OrderKey>, BackendError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(GROUPS)
            .key_condition_expression("#group = :group")
            .expression_attribute_names("#group", GROUPED_IN)
            .expression_attribute_values(":group", text(group_text(shop, group)));
        let mut items = query.into_paginator().items().send();
        let mut keys = Vec::new();
        while let Some(item) = items.next().await {
            keys.push(read_key(&item.map_err(|error| RequestFailed::new("Query", &error))?)?);
        }
        Ok(keys)
    }

    async fn list_orders(
        &self,
        filter: &OrderFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<OrderPage, BackendError> {
        self.page(filter, cursor.map(Position::parse).transpose()?, limit.max(1)).await
    }

    async fn put_decision(
        &self,
        key: &OrderKey,
        shipment: &ShipmentId,
        decision: &RateOutcome,
    ) -> Result<(), BackendError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(ORDER, text(key_text(key)))
            .item(PART, text(decision_part(shipment)))
            .item(DOCUMENT, to_json(decision)?);
        put.send().await.map_err(|error| RequestFailed::new("PutItem", &error))?;
        Ok(())
    }

    async fn get_decision(
        &self,
        key: &OrderKey,
        shipment: &ShipmentId,
    ) -> Result<Option<RateOutcome>, BackendError> {
        let Some(item) = self.get(&key_text(key), &decision_part(shipment)).await? else { return Ok(None) };
        read_json(&item, DOCUMENT, || format!("decision on {key} {shipment}")).map(Some)
    }
}
