//! Weights and sizes of SKUs.

use domain::measure::Weight;
use domain::parcel::{CatalogueItem, CatalogueSource};
use domain::{ShopId, SkuId};

use super::Harness;
use super::samples::at;
use backend::Backend;

fn entry(sku: &str, pounds: &str, source: CatalogueSource) -> CatalogueItem {
    let weight = Weight::parse(pounds, "POUND").unwrap();
    CatalogueItem { sku: SkuId::new(sku), weight: Some(weight), dimensions: None, source, read_at: at(0) }
}

async fn found(backend: &Backend, shop: &str, skus: &[&str]) -> Vec<CatalogueItem> {
    let skus: Vec<_> = skus.iter().copied().map(SkuId::new).collect();
    let mut items = backend.catalogue.get_items(&ShopId::new(shop), &skus).await.unwrap();
    items.sort_by(|a, b| a.sku.cmp(&b.sku));
    items
}

/// TikTok's figures replace TikTok's, an import replaces anything, and only an import replaces an import.
pub async fn an_import_is_never_replaced_by_tiktok(harness: &impl Harness) {
    use CatalogueSource::{Import, TikTok};
    let backend = harness.backend().await;
    let shop = ShopId::new("shop-1");
    for (kept, expected) in [
        (entry("mug", "1", TikTok), entry("mug", "1", TikTok)),
        (entry("mug", "2", TikTok), entry("mug", "2", TikTok)),
        (entry("mug", "3", Import), entry("mug", "3", Import)),
        (entry("mug", "4", TikTok), entry("mug", "3", Import)),
        (entry("mug", "5", Import), entry("mug", "5", Import)),
    ] {
        // An entry that may not be replaced keeps no other from being stored.
        backend.catalogue.put_items(&shop, &[kept.clone(), entry("bowl", "1", TikTok)]).await.unwrap();
        assert_eq!(found(&backend, "shop-1", &["mug"]).await, [expected], "after {kept:?}");
    }
    assert_eq!(found(&backend, "shop-1", &["bowl"]).await.len(), 1);
}

/// The same SKU of two shops has two entries; an unknown SKU has none.
pub async fn entries_belong_to_their_shop(harness: &impl Harness) {
    let backend = harness.backend().await;
    let (first, second) =
        (entry("mug", "1", CatalogueSource::TikTok), entry("mug", "2", CatalogueSource::TikTok));
    // More than one request to a service over the network takes.
    let many: Vec<_> = (0..130).map(|n| entry(&format!("sku-{n}"), "1", CatalogueSource::Import)).collect();
    backend.catalogue.put_items(&ShopId::new("shop-1"), std::slice::from_ref(&first)).await.unwrap();
    backend.catalogue.put_items(&ShopId::new("shop-2"), std::slice::from_ref(&second)).await.unwrap();
    backend.catalogue.put_items(&ShopId::new("shop-2"), &many).await.unwrap();
    assert_eq!(found(&backend, "shop-1", &["mug", "unknown", "sku-1"]).await, [first]);
    assert_eq!(found(&backend, "shop-2", &["mug"]).await, [second]);
    assert_eq!(found(&backend, "shop-1", &[]).await, []);
    let skus: Vec<_> = many.iter().map(|item| item.sku.as_str()).collect();
    assert_eq!(found(&backend, "shop-2", &skus).await.len(), many.len());
}
