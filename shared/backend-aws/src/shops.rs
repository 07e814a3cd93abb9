//! Connected shops in DynamoDB.

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use backend::{BackendError, Committed, ShopList, ShopStore, Versioned};
use domain::shop::{Authorization, Shop};
use domain::{ShopId, Timestamp};

use crate::error::{RequestFailed, ResourceFault};
use crate::item::{Item, number, read_json, read_number, read_text, text, to_json};
use crate::versioned::{self, VERSION};

/// Key: the shop's id.
const SHOP: &str = "shop";
const DOCUMENT: &str = "document";
/// The index of the shops that are polled. It has one partition: there are far fewer shops than orders.
const POLLS: &str = "polls";
const POLL: &str = "poll";
const POLL_AT: &str = "poll_at";
const POLLED: &str = "polled";

/// Stores shops in DynamoDB.
#[derive(Clone, Debug)]
pub struct ShopTable {
    client: Client,
    table: String,
}

impl ShopTable {
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
        let get = self.client.get_item().table_name(&self.table).key(SHOP, text(id)).consistent_read(true);
        Ok(get.send().await.map_err(|error| RequestFailed::new("GetItem", &error))?.item)
    }

    /// The ids of all shops.
    pub(crate) async fn ids(&self) -> Result<Vec<ShopId>, BackendError> {
        let scan = self.client.scan().table_name(&self.table).projection_expression(SHOP);
        let mut pages = scan.into_paginator().items().send();
        let mut ids = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| RequestFailed::new("Scan", &error))?;
            ids.push(ShopId::new(read_text(&item, SHOP, || "a shop".to_owned())?));
        }
        Ok(ids)
    }
}

fn read(item: &Item) -> Result<Versioned<Shop>, BackendError> {
    let what = || match item.get(SHOP).and_then(|id| id.as_s().ok()) {
        Some(id) => format!("shop {id}"),
        None => "a shop".to_owned(),
    };
    Ok(Versioned { value: read_json(item, DOCUMENT, what)?, version: read_number(item, VERSION, what)? })
}

/// Adds the shop to the list, or its id if it can't be read.
fn add(list: &mut ShopList, item: &Item) -> Result<(), BackendError> {
    match read(item) {
        Ok(shop) => list.shops.push(shop),
        Err(_) => list.unreadable.push(ShopId::new(read_text(item, SHOP, || "a shop".to_owned())?)),
    }
    Ok(())
}

#[async_trait]
impl ShopStore for ShopTable {
    async fn load_shop(&self, id: &ShopId) -> Result<Option<Versioned<Shop>>, BackendError> {
        self.get(id.as_str()).await?.as_ref().map(read).transpose()
    }

    async fn commit_shop(&self, shop: &Shop, expected: u64) -> Result<Committed, BackendError> {
        let mut item =
            Item::from([(SHOP.to_owned(), text(shop.id.as_str())), (DOCUMENT.to_owned(), to_json(shop)?)]);
        if shop.authorization == Authorization::Granted {
            item.insert(POLL.to_owned(), text(POLLED));
            item.insert(POLL_AT.to_owned(), number(shop.poll.next_at.as_microsecond()));
        }
        versioned::put(&self.client, &self.table, item, expected).await
    }

    /// Reads the whole table: a shop has a few kilobytes, and the list is rarely read.
    async fn list_shops(&self) -> Result<ShopList, BackendError> {
        let scan = self.client.scan().table_name(&self.table).consistent_read(true);
        let mut pages = scan.into_paginator().items().send();
        let mut list = ShopList::default();
        while let Some(item) = pages.next().await {
            add(&mut list, &item.map_err(|error| RequestFailed::new("Scan", &error))?)?;
        }
        list.shops.sort_by(|a, b| a.value.id.cmp(&b.value.id));
        list.unreadable.sort();
        Ok(list)
    }

    /// The index lags behind the table by moments, so a shop that was just polled may be listed once more. The commit of
    /// that second poll loses the race.
    async fn list_shops_due(&self, now: Timestamp) -> Result<ShopList, BackendError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(POLLS)
            .key_condition_expression("#poll = :polled AND #at <= :now")
            .expression_attribute_names("#poll", POLL)
            .expression_attribute_names("#at", POLL_AT)
            .expression_attribute_values(":polled", text(POLLED))
            .expression_attribute_values(":now", number(now.as_microsecond()));
        let mut pages = query.into_paginator().items().send();
        let mut list = ShopList::default();
        while let Some(item) = pages.next().await {
            add(&mut list, &item.map_err(|error| RequestFailed::new("Query", &error))?)?;
        }
        Ok(list)
    }
}
