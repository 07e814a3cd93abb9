//! Weights and sizes of a shipment's items: from the catalogue, or from TikTok's product detail where the catalogue has none.

use std::collections::{BTreeMap, BTreeSet};

use domain::exception::ExceptionKind;
use domain::measure::MeasureError;
use domain::order::LineItem;
use domain::parcel::{CatalogueItem, CatalogueSource, ParcelError, catalogue_entry};
use domain::retry::Retry;
use domain::shop::Shop;
use domain::{ProductId, SkuId, Timestamp};
use jiff::SignedDuration;
use tiktok::{Class, Product, ShopAccess};
use workflow::{Change, Deferral, StepError, error_chain, update_shop};

use crate::{RateFailure, RateShop};

/// A product is read from TikTok again after this time, because sellers correct weights.
const PRODUCT_TTL: SignedDuration = SignedDuration::from_hours(24);

/// What is known of the weights and sizes of an order's items.
pub(crate) struct Weights {
    pub(crate) items: Vec<CatalogueItem>,
    /// Why weights that TikTok gives can't be used.
    errors: BTreeMap<SkuId, MeasureError>,
}

impl Weights {
    /// The failure of a shipment whose items can't be packed.
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
    /// The weights and sizes of the items' SKUs, as far as they are known. A product that TikTok does not show leaves its SKUs
    /// unknown.
    pub(crate) async fn weights(&self, shop: &Shop, items: &[&LineItem]) -> Result<Weights, RateFailure> {
        let names = |item: &&LineItem| [item.sku.clone(), SkuId::new(item.seller_sku.as_str())];
        // A seller need not name a variation, and DynamoDB refuses an empty key.
        let named = items.iter().flat_map(names).filter(|sku| !sku.as_str().is_empty());
        let skus: Vec<SkuId> = named.collect::<BTreeSet<_>>().into_iter().collect();
        let known = self.catalogue.get_items(&shop.id, &skus).await?;
        let now = self.clock.now();
        let outdated: BTreeSet<&ProductId> = items
            .iter()
            .filter(|item| !catalogue_entry(item, &known).is_some_and(|entry| is_current(entry, now)))
            .map(|item| &item.product)
            .collect();
        let mut weights = Weights { items: known, errors: BTreeMap::new() };
        let access = ShopAccess::from(shop);
        for id in outdated {
            let product = match self.tiktok.product(&access, id).await {
                Ok(product) => product,
                Err(error) if error.class() == Class::MissingScope => {
                    let mut of_order = items.iter().filter(|item| item.product == *id);
                    let has_weight = |item: &&LineItem| {
                        catalogue_entry(item, &weights.items).is_some_and(|entry| entry.weight.is_some())
                    };
                    // An old weight is better than none.
                    if of_order.all(has_weight) {
                        tracing::warn!(product = %id, error = error_chain(&error), "product can't be read");
                        continue;
                    }
                    return Err(self.right_missing(shop, &error).await);
                }
                Err(error) if error.class() != Class::Reauthorize && error.retry() == Retry::Never => {
                    tracing::warn!(product = %id, error = error_chain(&error), "product can't be read");
                    continue;
                }
                // That TikTok can't be asked now does not make the weight unknown.
                Err(error) => return Err(self.call_failure(shop, &error).await),
            };
            let of_order = items.iter().filter(|item| item.product == *id).map(|item| &item.sku);
            let read = weights.read_product(&product, of_order, now);
            self.catalogue.put_items(&shop.id, &read).await?;
            weights.replace(read);
            self.right_granted(shop).await?;
        }
        Ok(weights)
    }

    /// The failure of an order whose product may not be read. Its shop tells which right is missing; what is known of other
    /// products is good, so that their orders go on.
    async fn right_missing(&self, shop: &Shop, error: &tiktok::Error) -> RateFailure {
        let Some(right) = error.missing_right() else { return self.call_failure(shop, error).await };
        let now = self.clock.now();
        let told = update_shop(&*self.shops, &shop.id, |stored| {
            let before = stored.clone();
            stored.right_missing(right, now);
            Ok(Change::commit_if(*stored != before))
        });
        match told.await {
            Ok(_) => RateFailure::Defer(Deferral::after_call(error)),
            Err(failed) => RateFailure::Step(failed),
        }
    }

    /// A product was read: if the shop says that the right to do so is missing, that is over.
    async fn right_granted(&self, shop: &Shop) -> Result<(), StepError> {
        if shop.open_exceptions().all(|open| open.kind != ExceptionKind::ShopUnauthorized) {
            return Ok(());
        }
        let now = self.clock.now();
        update_shop(&*self.shops, &shop.id, |stored| {
            let before = stored.clone();
            stored.right_granted(now);
            Ok(Change::commit_if(*stored != before))
        })
        .await
        .map(drop)
    }
}

impl Weights {
    /// The catalogue entries of a product that was read from TikTok: of all its variations and of `of_order`, the SKUs that
    /// the order has of it, which the product may no longer list.
    fn read_product<'a>(
        &mut self,
        product: &'a Product,
        of_order: impl Iterator<Item = &'a SkuId>,
        now: Timestamp,
    ) -> Vec<CatalogueItem> {
        let skus = product.skus.iter().map(|sku| &sku.id).chain(of_order);
        // An entry without a name can't be found again, and DynamoDB refuses an empty key.
        let skus: BTreeSet<&SkuId> = skus.filter(|sku| !sku.as_str().is_empty()).collect();
        let read = skus.into_iter().map(|sku| {
            let package = product.package(sku);
            if let Some(error) = &package.weight_error {
                self.errors.insert(sku.clone(), error.clone());
            }
            CatalogueItem {
                sku: sku.clone(),
                weight: package.weight,
                dimensions: package.dimensions,
                source: CatalogueSource::TikTok,
                read_at: now,
            }
        });
        read.collect()
    }

    /// Puts entries that were just read in the place of older ones from TikTok. The seller's own figures stay.
    fn replace(&mut self, read: Vec<CatalogueItem>) {
        self.items.retain(|entry| {
            entry.source == CatalogueSource::Import || !read.iter().any(|new| new.sku == entry.sku)
        });
        self.items.extend(read);
    }
}

/// False when the product has to be read from TikTok. Without a weight it always is: the seller may just have entered it.
fn is_current(entry: &CatalogueItem, now: Timestamp) -> bool {
    match entry.source {
        CatalogueSource::Import => entry.weight.is_some(),
        CatalogueSource::TikTok => entry.weight.is_some() && now.duration_since(entry.read_at) < PRODUCT_TTL,
    }
}
