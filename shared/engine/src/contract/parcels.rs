//! Orders by the tracking number of their parcel.

use domain::stage::Stage;
use domain::{OrderKey, TrackingNumber};

use super::Harness;
use super::samples::{at, key, label, order, staged};
use crate::Committed;
use crate::Engine;

async fn find(engine: &Engine, tracking: &str) -> Option<OrderKey> {
    engine.orders.by_tracking(&TrackingNumber::new(tracking)).await.unwrap()
}

/// An order is found by the number of its latest label and by no other; of several with one number the newest.
pub async fn a_parcel_is_found_by_its_number(harness: &impl Harness) {
    let engine = harness.engine().await;
    assert_eq!(find(&engine, "T-1").await, None);
    let labelled = |shop: &str, id: &str, seen, tracking: &str| {
        staged(order(shop, id, at(seen)), Stage::Labelled { label: label(tracking) })
    };
    engine.orders.commit(&labelled("shop-1", "9", 0, "T-1"), 0).await.unwrap();
    engine.orders.commit(&order("shop-1", "unlabelled", at(9)), 0).await.unwrap();
    let newer = labelled("shop-2", "1", 5, "T-1");
    let Committed::Stored(version) = engine.orders.commit(&newer, 0).await.unwrap() else {
        panic!("lost without a race")
    };
    engine.orders.commit(&labelled("shop-1", "5", 3, "T-1"), 0).await.unwrap();
    engine.orders.commit(&labelled("shop-1", "other", 7, "T-2"), 0).await.unwrap();

    let engine = harness.reopen(engine).await;
    assert_eq!(find(&engine, "T-1").await, Some(key("shop-2", "1")));
    assert_eq!(find(&engine, "T-2").await, Some(key("shop-1", "other")));
    assert_eq!(find(&engine, "T-").await, None);

    let again = staged(newer, Stage::Labelled { label: label("T-3") });
    engine.orders.commit(&again, version).await.unwrap();
    assert_eq!(find(&engine, "T-3").await, Some(key("shop-2", "1")));
    assert_eq!(find(&engine, "T-1").await, Some(key("shop-1", "5")), "it has another label now");
}
