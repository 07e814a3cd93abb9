//! Weights and sizes of SKUs.

use async_trait::async_trait;
use backend::{BackendError, CatalogueStore};
use domain::parcel::{CatalogueItem, CatalogueSource};
use domain::{ShopId, SkuId};
use rusqlite::{OptionalExtension as _, params};

use crate::SqliteBackend;
use crate::convert::{from_json, to_json};

#[async_trait]
impl CatalogueStore for SqliteBackend {
    async fn get_items(&self, shop: &ShopId, skus: &[SkuId]) -> Result<Vec<CatalogueItem>, BackendError> {
        let (shop, skus) = (shop.clone(), skus.to_vec());
        self.query(move |db| {
            let mut query =
                db.prepare_cached("SELECT document FROM catalogue WHERE shop = ?1 AND sku = ?2")?;
            let mut items = Vec::with_capacity(skus.len());
            for sku in skus {
                let found: Option<String> =
                    query.query_row([shop.as_str(), sku.as_str()], |row| row.get(0)).optional()?;
                if let Some(document) = found {
                    items.push(from_json(&document, || format!("catalogue entry {shop}/{sku}"))?);
                }
            }
            Ok(items)
        })
        .await
    }

    async fn put_items(&self, shop: &ShopId, items: &[CatalogueItem]) -> Result<(), BackendError> {
        let shop = shop.clone();
        let rows = items
            .iter()
            .map(|item| Ok((item.sku.clone(), item.source == CatalogueSource::Import, to_json(item)?)));
        let rows = rows.collect::<Result<Vec<_>, BackendError>>()?;
        self.change(move |db| {
            let mut upsert = db.prepare_cached(
                "INSERT INTO catalogue (shop, sku, imported, document) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET imported = excluded.imported, document = excluded.document
                 WHERE excluded.imported OR NOT catalogue.imported",
            )?;
            for (sku, imported, document) in &rows {
                upsert.execute(params![shop.as_str(), sku.as_str(), imported, document])?;
            }
            Ok(())
        })
        .await
    }
}
