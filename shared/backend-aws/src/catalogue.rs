//! Weights and sizes of SKUs.

use std::collections::BTreeSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use backend::{BackendError, CatalogueStore};
use domain::parcel::{CatalogueItem, CatalogueSource};
use domain::{ShopId, SkuId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::{RequestFailed, ResourceFault};
use crate::item::{Item, get_all, pause_before, read_json, text, to_json};

/// Key: the shop and the SKU.
const SHOP: &str = "shop";
const SKU: &str = "sku";
const DOCUMENT: &str = "document";
/// The attribute of an entry that the seller imported.
const IMPORTED: &str = "imported";

/// "The maximum number of put and delete requests is 25" (BatchWriteItem).
const BATCH_WRITE_MAX: usize = 25;
/// How many entries from TikTok are put concurrently.
const AT_ONCE: usize = 8;

/// Stores weights and sizes in DynamoDB.
#[derive(Clone, Debug)]
pub struct CatalogueTable {
    client: Client,
    table: String,
}

impl CatalogueTable {
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Checks that the table exists and may be read, by reading an item.
    ///
    /// # Errors
    /// When it does not exist, may not be read, or does not answer.
    pub async fn check(&self) -> Result<(), ResourceFault> {
        let get = self.client.get_item().table_name(&self.table).key(SHOP, text("check"));
        let answer = get.key(SKU, text("check")).send().await;
        answer.map(drop).map_err(|error| RequestFailed::new("GetItem", &error).into_fault())
    }

    /// Stores imported entries. They replace what is stored, so they need no condition and go in batches.
    async fn import(&self, entries: Vec<Item>) -> Result<(), BackendError> {
        for chunk in entries.chunks(BATCH_WRITE_MAX) {
            let puts = chunk.iter().map(|item| {
                let put = PutRequest::builder().set_item(Some(item.clone())).build();
                put.map(|put| WriteRequest::builder().put_request(put).build())
            });
            let mut left = puts.collect::<Result<Vec<_>, _>>().map_err(BackendError::unavailable)?;
            let mut rounds = 0;
            while !left.is_empty() {
                pause_before(rounds, "BatchWriteItem").await?;
                rounds += 1;
                let write = self.client.batch_write_item().request_items(&self.table, left);
                let answer =
                    write.send().await.map_err(|error| RequestFailed::new("BatchWriteItem", &error))?;
                left = answer
                    .unprocessed_items
                    .and_then(|mut tables| tables.remove(&self.table))
                    .unwrap_or_default();
            }
        }
        Ok(())
    }

    /// Stores an entry from TikTok, unless the seller has imported one.
    async fn put_unless_imported(&self, entry: Item) -> Result<(), BackendError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(entry))
            .condition_expression("attribute_not_exists(#imported)")
            .expression_attribute_names("#imported", IMPORTED);
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) => match RequestFailed::new("PutItem", &error) {
                refused if refused.is("ConditionalCheckFailedException") => Ok(()),
                failed => Err(failed.into()),
            },
        }
    }
}

fn entry(shop: &ShopId, item: &CatalogueItem) -> Result<Item, BackendError> {
    let mut entry = Item::from([
        (SHOP.to_owned(), text(shop.as_str())),
        (SKU.to_owned(), text(item.sku.as_str())),
        (DOCUMENT.to_owned(), to_json(item)?),
    ]);
    if item.source == CatalogueSource::Import {
        entry.insert(IMPORTED.to_owned(), text("yes"));
    }
    Ok(entry)
}

#[async_trait]
impl CatalogueStore for CatalogueTable {
    async fn get_items(&self, shop: &ShopId, skus: &[SkuId]) -> Result<Vec<CatalogueItem>, BackendError> {
        let distinct: BTreeSet<&SkuId> = skus.iter().collect();
        let key = |sku: &SkuId| {
            Item::from([(SHOP.to_owned(), text(shop.as_str())), (SKU.to_owned(), text(sku.as_str()))])
        };
        let found = get_all(&self.client, &self.table, distinct.into_iter().map(key).collect()).await?;
        let what = || format!("a catalogue entry of shop {shop}");
        found.iter().map(|item| read_json(item, DOCUMENT, what)).collect()
    }

    async fn put_items(&self, shop: &ShopId, items: &[CatalogueItem]) -> Result<(), BackendError> {
        let (imported, noted): (Vec<_>, Vec<_>) =
            items.iter().partition(|item| item.source == CatalogueSource::Import);
        // Of two entries for one SKU the later one counts; a batch must not contain a key twice.
        let mut last: Vec<&CatalogueItem> = Vec::with_capacity(imported.len());
        let mut seen = BTreeSet::new();
        last.extend(imported.into_iter().rev().filter(|item| seen.insert(&item.sku)));
        let imported = last.into_iter().map(|item| entry(shop, item)).collect::<Result<_, _>>()?;
        self.import(imported).await?;
        let noted = noted.into_iter().map(|item| entry(shop, item)).collect::<Result<Vec<_>, _>>()?;
        stream::iter(noted)
            .map(|entry| self.put_unless_imported(entry))
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await
    }
}
