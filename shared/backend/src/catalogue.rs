//! Weights and sizes of a shop's SKUs.

use async_trait::async_trait;
use domain::parcel::CatalogueItem;
use domain::{ShopId, SkuId};

use system::BackendError;

/// Stores the catalogue. An entry from TikTok never replaces one that the seller imported.
#[async_trait]
pub trait CatalogueStore: Send + Sync + 'static {
    /// The entries of these SKUs. An unknown SKU has none.
    async fn get_items(&self, shop: &ShopId, skus: &[SkuId]) -> Result<Vec<CatalogueItem>, BackendError>;

    /// Stores entries. An entry whose source is TikTok does not replace an imported one.
    async fn put_items(&self, shop: &ShopId, items: &[CatalogueItem]) -> Result<(), BackendError>;
}
