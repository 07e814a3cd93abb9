//! Connected shops.

use domain::ShopId;
use domain::shop::Authorization;

use super::Harness;
use super::samples::{at, shop};
use backend::Backend;
use system::Committed;

async fn store(backend: &Backend, shop: &domain::shop::Shop, expected: u64) -> u64 {
    match backend.shops.commit_shop(shop, expected).await.unwrap() {
        Committed::Stored(version) => version,
        Committed::LostRace => panic!("lost without a race"),
    }
}

/// A shop is stored only under the version that the commit names.
pub async fn a_shop_is_committed_by_version(harness: &impl Harness) {
    let backend = harness.backend().await;
    let id = ShopId::new("shop-1");
    assert!(backend.shops.load_shop(&id).await.unwrap().is_none());
    assert!(backend.shops.list_shops().await.unwrap().shops.is_empty());
    assert_eq!(backend.shops.commit_shop(&shop("shop-1", at(0)), 3).await.unwrap(), Committed::LostRace);

    let first = store(&backend, &shop("shop-1", at(0)), 0).await;
    assert_eq!(backend.shops.commit_shop(&shop("shop-1", at(9)), 0).await.unwrap(), Committed::LostRace);
    let second = store(&backend, &shop("shop-1", at(1)), first).await;
    assert!(second > first);
    assert_eq!(backend.shops.commit_shop(&shop("shop-1", at(9)), first).await.unwrap(), Committed::LostRace);
    store(&backend, &shop("shop-2", at(2)), 0).await;

    let backend = harness.reopen(backend).await;
    let loaded = backend.shops.load_shop(&id).await.unwrap().unwrap();
    assert_eq!((loaded.value, loaded.version), (shop("shop-1", at(1)), second));
    let mut shops: Vec<_> =
        backend.shops.list_shops().await.unwrap().shops.into_iter().map(|shop| shop.value).collect();
    shops.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(shops, [shop("shop-1", at(1)), shop("shop-2", at(2))]);
}

/// A shop is due for polling from its time on, unless the seller has to connect it again.
pub async fn only_authorised_shops_that_are_due_are_polled(harness: &impl Harness) {
    let backend = harness.backend().await;
    store(&backend, &shop("due", at(10)), 0).await;
    store(&backend, &shop("later", at(21)), 0).await;
    let lost = domain::shop::Shop { authorization: Authorization::Lost, ..shop("lost", at(0)) };
    let version = store(&backend, &lost, 0).await;

    let due = async |now| {
        let shops = backend.shops.list_shops_due(at(now)).await.unwrap().shops;
        let mut ids: Vec<_> = shops.into_iter().map(|shop| shop.value.id.as_str().to_owned()).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(due(9).await, [""; 0]);
    assert_eq!(due(10).await, ["due"]);
    assert_eq!(due(21).await, ["due", "later"]);
    store(&backend, &shop("lost", at(0)), version).await;
    assert_eq!(due(10).await, ["due", "lost"], "it was connected again");
}
