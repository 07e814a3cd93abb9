//! Orders by the tracking number of their parcel, and by the group with which they would share one.

use domain::combination::Combination;
use domain::record::OrderRecord;
use domain::stage::Stage;
use domain::{CombineGroupId, OrderKey, ShopId, TrackingNumber};

use super::Harness;
use super::samples::{at, key, label, order, staged};
use backend::Backend;
use system::Committed;

async fn find(backend: &Backend, tracking: &str) -> Option<OrderKey> {
    backend.orders.find_by_tracking(&TrackingNumber::new(tracking)).await.unwrap()
}

/// An order is found by the number of its latest label and by no other. Of several with the same number, the newest is found.
pub async fn a_parcel_is_found_by_its_number(harness: &impl Harness) {
    let backend = harness.backend().await;
    assert_eq!(find(&backend, "T-1").await, None);
    let labelled = |shop: &str, id: &str, seen, tracking: &str| {
        staged(order(shop, id, at(seen)), Stage::Labelled { label: label(tracking) })
    };
    backend.orders.commit_order(&labelled("shop-1", "9", 0, "T-1"), 0).await.unwrap();
    backend.orders.commit_order(&order("shop-1", "unlabelled", at(9)), 0).await.unwrap();
    let newer = labelled("shop-2", "1", 5, "T-1");
    let Committed::Stored(version) = backend.orders.commit_order(&newer, 0).await.unwrap() else {
        panic!("lost without a race")
    };
    backend.orders.commit_order(&labelled("shop-1", "5", 3, "T-1"), 0).await.unwrap();
    backend.orders.commit_order(&labelled("shop-1", "other", 7, "T-2"), 0).await.unwrap();

    let backend = harness.reopen(backend).await;
    assert_eq!(find(&backend, "T-1").await, Some(key("shop-2", "1")));
    assert_eq!(find(&backend, "T-2").await, Some(key("shop-1", "other")));
    assert_eq!(find(&backend, "T-").await, None);

    let again = staged(newer, Stage::Labelled { label: label("T-3") });
    backend.orders.commit_order(&again, version).await.unwrap();
    assert_eq!(find(&backend, "T-3").await, Some(key("shop-2", "1")));
    assert_eq!(find(&backend, "T-1").await, Some(key("shop-1", "5")), "it has another label now");
}

/// Orders of a group are found while they wait for others, and no longer once their label is bought. A group belongs to its shop.
pub async fn the_orders_of_a_group_are_found_until_they_are_bought(harness: &impl Harness) {
    let backend = harness.backend().await;
    let grouped = |shop: &str, id: &str, group: &str| {
        let group = CombineGroupId::new(group);
        let combination = Combination { group, joined_at: at(0), gathers_until: at(9), role: None };
        let record = staged(order(shop, id, at(0)), Stage::Ready);
        OrderRecord { combination: Some(combination), ..record }
    };
    let list = async |shop: &str, group: &str| {
        let (shop, group) = (ShopId::new(shop), CombineGroupId::new(group));
        let mut keys = backend.orders.list_group(&shop, &group).await.unwrap();
        keys.sort();
        keys
    };
    let first = grouped("shop-1", "1", "g");
    let Committed::Stored(version) = backend.orders.commit_order(&first, 0).await.unwrap() else {
        panic!("lost without a race")
    };
    for record in [grouped("shop-1", "2", "g"), grouped("shop-1", "3", "other"), grouped("shop-2", "4", "g")]
    {
        backend.orders.commit_order(&record, 0).await.unwrap();
    }
    backend.orders.commit_order(&order("shop-1", "alone", at(0)), 0).await.unwrap();
    assert_eq!(list("shop-1", "g").await, [key("shop-1", "1"), key("shop-1", "2")]);
    assert_eq!(list("shop-2", "g").await, [key("shop-2", "4")]);
    assert_eq!(list("shop-1", "G").await, []);

    let bought = staged(first, Stage::Labelled { label: label("T-1") });
    backend.orders.commit_order(&bought, version).await.unwrap();
    assert_eq!(list("shop-1", "g").await, [key("shop-1", "2")]);
}
