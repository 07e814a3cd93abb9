//! Weights and sizes of a shipment's items: from the catalogue, or TikTok's product detail where that is silent.

use std::collections::{BTreeMap, BTreeSet};

use domain::exception::ExceptionKind;
use domain::measure::MeasureError;
use domain::order::LineItem;
use domain::parcel::{CatalogueItem, CatalogueSource, ParcelError, catalogue_entry};
use domain::retry::Retry;
use domain::shop::Shop;
use domain::{ProductId, SkuId, Timestamp};
use jiff::SignedDuration;
use tiktok::{Class, ShopAccess};
use workflow::error_chain;

use crate::{RateFailure, RateShop};

/// A product read from TikTok is read again after this: sellers correct weights.
const PRODUCT_TTL: SignedDuration = SignedDuration::from_hours(24);

/// What is known of the weights and sizes of an order's items.
pub(crate) struct Weights {
    pub(crate) items: Vec<CatalogueItem>,
    /// What is wrong with weights that TikTok gives and that can't be used.
    errors: BTreeMap<SkuId, MeasureError>,
}

impl Weights {
    /// Why there is no parcel, for a person who has to act.
    pub(crate) fn failure(&self, error: &ParcelError) -> RateFailure {
        match error {
            ParcelError::Empty => RateFailure::Block(ExceptionKind::WeightUnknown, error.to_string()),
            ParcelError::TooLarge(_) => {
                RateFailure::Block(ExceptionKind::TooLargeForOneParcel, error.to_string())
            }
            ParcelError::WeightUnknown { skus } => {
                let mut detail = error.to_string();
                for (sku, error) in skus.iter().filter_map(|sku| self.errors.get_key_value(sku)) {
                    detail.push_str(&format!("; TikTok's weight of {sku} can't be used: {error}"));
                }
                RateFailure::Block(ExceptionKind::WeightUnknown, detail)
            }
        }
    }
}

impl RateShop {
    /// What is known of the items' SKUs. A product that TikTok does not show leaves its SKUs unknown.
    pub(crate) async fn weights(&self, shop: &Shop, items: &[&LineItem]) -> Result<Weights, RateFailure> {
        let names = |item: &&LineItem| [item.sku.clone(), SkuId::new(item.seller_sku.as_str())];
        // A seller need not name a variation, and DynamoDB refuses an empty key.
        let named = items.iter().flat_map(names).filter(|sku| !sku.as_str().is_empty());
        let skus: Vec<SkuId> = named.collect::<BTreeSet<_>>().into_iter().collect();
        let now = self.clock.now();
        let mut errors = BTreeMap::new();
        let mut known = self.catalogue.get_items(&shop.id, &skus).await?;
        let missing: BTreeSet<&ProductId> = items
            .iter()
            .filter(|item| !catalogue_entry(item, &known).is_some_and(|entry| is_current(entry, now)))
            .map(|item| &item.product)
            .collect();
        let access = ShopAccess::from(shop);
        for id in missing {
            let product = match self.tiktok.product(&access, id).await {
                Ok(product) => product,
                Err(error) if error.class() != Class::Reauthorize && error.retry() == Retry::Never => {
                    tracing::warn!(product = %id, error = error_chain(&error), "product can't be read");
                    continue;
                }
                // The weight is not unknown: it can't be asked for now.
                Err(error) => return Err(self.tiktok_failed(shop, &error).await),
            };
            // The order's own SKUs belong to the product even where its list does not show them any more.
            let of_order = items.iter().filter(|item| item.product == *id).map(|item| &item.sku);
            let skus = product.skus.iter().map(|sku| &sku.id).chain(of_order);
            // What has no name can't be found again, and DynamoDB refuses an empty key.
            let skus: BTreeSet<&SkuId> = skus.filter(|sku| !sku.as_str().is_empty()).collect();
            let read: Vec<CatalogueItem> = skus
                .into_iter()
                .map(|sku| {
                    let package = product.package(sku);
                    if let Some(error) = &package.weight_error {
                        errors.insert(sku.clone(), error.clone());
                    }
                    CatalogueItem {
                        sku: sku.clone(),
                        weight: package.weight,
                        dimensions: package.dimensions,
                        source: CatalogueSource::TikTok,
                        read_at: now,
                    }
                })
                .collect();
            self.catalogue.put_items(&shop.id, &read).await?;
            known.retain(|entry| {
                entry.source == CatalogueSource::Import || !read.iter().any(|new| new.sku == entry.sku)
            });
            known.extend(read);
        }
        Ok(Weights { items: known, errors })
    }
}

/// True when an entry need not be read again. One without a weight always is: a person may just have entered it at TikTok.
fn is_current(entry: &CatalogueItem, now: Timestamp) -> bool {
    match entry.source {
        CatalogueSource::Import => entry.weight.is_some(),
        CatalogueSource::TikTok => entry.weight.is_some() && now.duration_since(entry.read_at) < PRODUCT_TTL,
    }
}
