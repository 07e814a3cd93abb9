//! Orders by the tracking number of their parcel.

use domain::stage::Stage;
use domain::{OrderKey, TrackingNumber};

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
