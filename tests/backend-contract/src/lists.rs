//! Lists of orders with filters and pages.

use domain::ShopId;
use domain::exception::ExceptionKind;
use domain::hold::HoldReason;
use domain::order::OrderStatus;
use domain::stage::Stage;

use super::Harness;
use super::samples::{at, order, shop as connected, staged, troubled};
use backend::Backend;
use backend::OrderFilter;

/// The ids of all pages of `limit` orders.
async fn ids(backend: &Backend, filter: &OrderFilter, limit: usize) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let page = backend.orders.list_orders(filter, cursor.as_deref(), limit).await.unwrap();
        assert!(page.orders.len() <= limit, "a page is no longer than it was asked for");
        ids.extend(page.orders.iter().map(|record| record.order.id.as_str().to_owned()));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return ids,
        }
    }
}

#[track_caller]
fn shop(id: &str) -> Option<ShopId> {
    Some(ShopId::new(id))
}

/// Stores the shops, because every order belongs to a connected shop.
async fn connect(backend: &Backend) {
    for id in ["shop-1", "shop-2"] {
        backend.shops.commit_shop(&connected(id, at(0)), 0).await.unwrap();
    }
}

/// Six orders of two shops, a second apart, `a` the oldest.
async fn fill(backend: &Backend) {
    connect(backend).await;
    let blocked = Stage::Blocked { why: ExceptionKind::WeightUnknown, label: None };
    let held = Stage::Held { until: None, why: HoldReason::Unpaid };
    let mut parted = order("shop-2", "d", at(3));
    let mut other = parted.shipments[0].clone();
    other.id = parted.key().shipment(2);
    other.stage = blocked.clone();
    parted.shipments.push(other);
    let mut cancelled = staged(order("shop-1", "e", at(4)), Stage::Cancelled { voided: None });
    cancelled.order.status = OrderStatus::Cancelled;
    let mut odd = order("shop-2", "f", at(5));
    odd.order.status = OrderStatus::Unknown("SOMETHING_NEW".into());
    let orders = [
        order("shop-1", "a", at(0)),
        troubled(staged(order("shop-1", "b", at(1)), blocked)),
        staged(order("shop-2", "c", at(2)), held),
        troubled(parted),
        cancelled,
        odd,
    ];
    for record in &orders {
        backend.orders.commit_order(record, 0).await.unwrap();
    }
}

/// Each filter shows all of its orders and no others, newest first.
pub async fn every_filter_shows_its_orders_only(harness: &impl Harness) {
    let backend = harness.backend().await;
    Box::pin(fill(&backend)).await;
    let all = OrderFilter::default;
    for (filter, expected) in [
        (all(), "fedcba"),
        (OrderFilter { shop: shop("shop-1"), ..all() }, "eba"),
        (OrderFilter { shop: shop("shop-2"), ..all() }, "fdc"),
        (OrderFilter { shop: shop("shop-3"), ..all() }, ""),
        (OrderFilter { stage: Some("ready"), ..all() }, "fda"),
        (OrderFilter { stage: Some("blocked"), ..all() }, "db"),
        (OrderFilter { stage: Some("held"), ..all() }, "c"),
        (OrderFilter { stage: Some("delivered"), ..all() }, ""),
        (OrderFilter { status: Some("AWAITING_SHIPMENT".into()), ..all() }, "dcba"),
        (OrderFilter { status: Some("SOMETHING_NEW".into()), ..all() }, "f"),
        (OrderFilter { seen_from: Some(at(2)), ..all() }, "fedc"),
        (OrderFilter { seen_before: Some(at(2)), ..all() }, "ba"),
        (OrderFilter { seen_from: Some(at(4)), seen_before: Some(at(2)), ..all() }, ""),
        (OrderFilter { only_exceptions: true, ..all() }, "db"),
    ] {
        for limit in [1, 2, 50] {
            assert_eq!(
                ids(&backend, &filter, limit).await.concat(),
                expected,
                "{filter:?} in pages of {limit}"
            );
        }
    }
}

/// Filters can be combined, and a list follows what a commit changes.
pub async fn filters_join(harness: &impl Harness) {
    let backend = harness.backend().await;
    Box::pin(fill(&backend)).await;
    let window = OrderFilter { seen_from: Some(at(1)), seen_before: Some(at(4)), ..OrderFilter::default() };
    assert_eq!(ids(&backend, &window, 2).await.concat(), "dcb");
    let of_shop = OrderFilter { shop: shop("shop-2"), ..window };
    assert_eq!(ids(&backend, &of_shop, 1).await.concat(), "dc");
    let blocked = OrderFilter { stage: Some("blocked"), only_exceptions: true, ..of_shop };
    assert_eq!(ids(&backend, &blocked, 1).await.concat(), "d");
    let waiting = OrderFilter { status: Some("AWAITING_SHIPMENT".into()), ..blocked.clone() };
    assert_eq!(ids(&backend, &waiting, 1).await.concat(), "d");
    let cancelled = OrderFilter { status: Some("CANCELLED".into()), ..blocked.clone() };
    assert_eq!(ids(&backend, &cancelled, 1).await.concat(), "");

    let key = order("shop-2", "d", at(3)).key();
    let loaded = backend.orders.load_order(&key).await.unwrap().unwrap();
    let mut record = loaded.value;
    record.close_exception(ExceptionKind::WeightUnknown, None, at(9));
    let record = staged(record, Stage::ShippedElsewhere);
    backend.orders.commit_order(&record, loaded.version).await.unwrap();
    assert_eq!(ids(&backend, &blocked, 1).await.concat(), "");
    let elsewhere = OrderFilter { stage: Some("shipped_elsewhere"), ..OrderFilter::default() };
    assert_eq!(ids(&backend, &elsewhere, 1).await.concat(), "d");
}

/// Orders that arrive or change between two pages neither hide an order nor show one twice, even if several were first seen at
/// the same instant.
pub async fn pages_show_every_order_once_while_orders_arrive(harness: &impl Harness) {
    let backend = harness.backend().await;
    connect(&backend).await;
    let id = |n: i64| format!("{n:03}");
    for n in 0..30 {
        backend.orders.commit_order(&order("shop-1", &id(n), at(n / 4)), 0).await.unwrap();
    }
    for filter in [
        OrderFilter::default(),
        OrderFilter { shop: shop("shop-1"), ..OrderFilter::default() },
        OrderFilter { stage: Some("ready"), ..OrderFilter::default() },
    ] {
        let (mut seen, mut cursor, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = backend.orders.list_orders(&filter, cursor.as_deref(), 7).await.unwrap();
            seen.extend(page.orders.iter().map(|record| record.order.id.as_str().to_owned()));
            pages += 1;
            let arrived = format!("new-{pages}-{:?}-{:?}", filter.shop.is_some(), filter.stage);
            backend.orders.commit_order(&order("shop-1", &arrived, at(100 + pages)), 0).await.unwrap();
            let Some(next) = page.next else { break };
            cursor = Some(next);
        }
        let old: Vec<_> = seen.iter().filter(|id| !id.starts_with("new")).cloned().collect();
        let expected: Vec<_> = (0..30).rev().map(id).collect();
        assert_eq!(old, expected, "{filter:?}");
        let mut distinct = seen.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), seen.len(), "{filter:?}: none is shown twice");
    }
}

/// Orders of several shops that were first seen at the same instant are shown once each, for any size of page.
pub async fn shops_are_merged_without_loss(harness: &impl Harness) {
    let backend = harness.backend().await;
    connect(&backend).await;
    let mut expected = Vec::new();
    for second in 0..3 {
        for shop in ["shop-1", "shop-2"] {
            for n in 0..3 {
                let id = format!("{second}-{shop}-{n}");
                backend.orders.commit_order(&order(shop, &id, at(second)), 0).await.unwrap();
                expected.push(id);
            }
        }
    }
    expected.reverse();
    for limit in 1..8 {
        assert_eq!(ids(&backend, &OrderFilter::default(), limit).await, expected, "in pages of {limit}");
    }
}

/// A list ends with the last order or with an empty page after it.
pub async fn the_last_page_has_no_next(harness: &impl Harness) {
    let backend = harness.backend().await;
    connect(&backend).await;
    let filter = OrderFilter::default();
    let empty = backend.orders.list_orders(&filter, None, 5).await.unwrap();
    assert!(empty.orders.is_empty() && empty.next.is_none());
    for n in 0..6 {
        backend.orders.commit_order(&order("shop-1", &n.to_string(), at(n)), 0).await.unwrap();
    }
    for limit in [2, 3, 6, 7] {
        assert_eq!(ids(&backend, &filter, limit).await.concat(), "543210", "in pages of {limit}");
    }
}
