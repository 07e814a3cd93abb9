//! Weights and sizes of a shipment's items: from the catalogue, or TikTok's product detail where that is silent.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::exception::ExceptionKind;
use domain::order::LineItem;
use domain::parcel::{CatalogueItem, CatalogueSource, catalogue_entry};
use domain::retry::Retry;
use domain::shop::Shop;
use domain::{ProductId, SkuId, Timestamp};
use jiff::SignedDuration;
use steps::{Setback, StepError, chain};
use tiktok::{Class, ShopAccess};

use crate::RateShop;

/// A product read from TikTok is read again after this: sellers correct weights.
const PRODUCT_TTL: SignedDuration = SignedDuration::from_hours(24);

/// The pause while the shop has to be connected again.
const UNAUTHORISED: Duration = Duration::from_secs(60);

impl RateShop {
    /// What is known of the items' SKUs. A product that TikTok does not show leaves its SKUs unknown.
    pub(crate) async fn weights(
        &self,
        shop: &Shop,
        items: &[&LineItem],
    ) -> Result<Result<Vec<CatalogueItem>, Setback>, StepError> {
        let names = |item: &&LineItem| [item.sku.clone(), SkuId::new(item.seller_sku.as_str())];
        // A seller need not name a variation, and DynamoDB refuses an empty key.
        let named = items.iter().flat_map(names).filter(|sku| !sku.as_str().is_empty());
        let skus: Vec<SkuId> = named.collect::<BTreeSet<_>>().into_iter().collect();
        let now = self.clock.now();
        let mut known = self.catalogue.items(&shop.id, &skus).await?;
        let missing: BTreeSet<&ProductId> = items
            .iter()
            .filter(|item| !catalogue_entry(item, &known).is_some_and(|entry| is_current(entry, now)))
            .map(|item| &item.product)
            .collect();
        let access = ShopAccess::from(shop);
        for id in missing {
            let product = match self.tiktok.product(&access, id).await {
                Ok(product) => product,
                // The weight is not unknown: it can't be asked for until the shop is connected again.
                Err(error) if error.class() == Class::Reauthorise => {
                    steps::lose_authorization(&*self.shops, shop, self.clock.now()).await?;
                    let exception = Some(ExceptionKind::ShopAuthorization);
                    return Ok(Err(Setback { what: chain(&error), at_least: UNAUTHORISED, exception }));
                }
                Err(error) => match error.retry() {
                    Retry::Never => {
                        tracing::warn!(product = %id, error = chain(&error), "product can't be read");
                        continue;
                    }
                    Retry::After(pause) => return Ok(Err(Setback::passing(chain(&error), pause))),
                    Retry::Reconcile => return Ok(Err(Setback::passing(chain(&error), Duration::ZERO))),
                },
            };
            // The order's own SKUs belong to the product even where its list does not show them any more.
            let of_order = items.iter().filter(|item| item.product == *id).map(|item| &item.sku);
            let skus: BTreeSet<&SkuId> = product.skus.iter().chain(of_order).collect();
            let read: Vec<CatalogueItem> = skus
                .into_iter()
                .map(|sku| CatalogueItem {
                    sku: sku.clone(),
                    weight: product.weight,
                    dimensions: product.dimensions,
                    source: CatalogueSource::TikTok,
                    read_at: now,
                })
                .collect();
            self.catalogue.keep_items(&shop.id, &read).await?;
            known.retain(|entry| {
                entry.source == CatalogueSource::Import || !read.iter().any(|new| new.sku == entry.sku)
            });
            known.extend(read);
        }
        Ok(Ok(known))
    }
}

/// True when an entry need not be read again. One without a weight is always asked for anew: a person may just have
/// entered it at TikTok.
fn is_current(entry: &CatalogueItem, now: Timestamp) -> bool {
    match entry.source {
        CatalogueSource::Import => entry.weight.is_some(),
        CatalogueSource::TikTok => entry.weight.is_some() && now.duration_since(entry.read_at) < PRODUCT_TTL,
    }
}
