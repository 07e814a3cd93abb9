//! Weights and sizes of a shop's SKUs.

use async_trait::async_trait;
use domain::parcel::CatalogueItem;
use domain::{ShopId, SkuId};

use crate::error::EngineError;

/// Keeps the catalogue. What the seller imported is never replaced by what TikTok says.
#[async_trait]
pub trait CatalogueStore: Send + Sync + 'static {
    /// The entries of these SKUs; an unknown SKU has none.
    async fn items(&self, shop: &ShopId, skus: &[SkuId]) -> Result<Vec<CatalogueItem>, EngineError>;

    /// Stores entries. An entry whose source is TikTok does not replace an imported one.
    async fn keep_items(&self, shop: &ShopId, items: &[CatalogueItem]) -> Result<(), EngineError>;
}
