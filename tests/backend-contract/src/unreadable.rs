//! Records that can't be read: a newer version wrote them, or they are damaged.

use domain::shop::Authorization;
use domain::{ShopId, Timestamp};

use super::samples::{alarming, at, key, order, shop, staged, troubled, waking};
use super::{Harness, Spoilt};
use backend::{Backend, OrderFilter};

/// Documents as a newer version, a missing field and a damaged disk leave them.
const DOCUMENTS: [&str; 4] =
    [r#"{"shop":"shop-1","order":{"stage":"teleported"}}"#, "{}", "[1, 2]", r#"{"shop":"shop-1","#];

/// The ids of all pages of `limit` orders, and of those that can't be read.
async fn pages(backend: &Backend, filter: &OrderFilter, limit: usize) -> (String, String) {
    let (mut ids, mut unreadable, mut cursor) = (String::new(), String::new(), None);
    loop {
        let page = backend.orders.list_orders(filter, cursor.as_deref(), limit).await.unwrap();
        assert!(
            page.orders.len() + page.unreadable.len() <= limit,
            "no page is longer than it was asked for"
        );
        ids.extend(page.orders.iter().map(|record| record.order.id.as_str()));
        unreadable.extend(page.unreadable.iter().map(|key| key.order.as_str()));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return (ids, unreadable),
        }
    }
}

/// Lists show the other orders and name the unreadable one, for any size of page. It is still due, and so are the others. Loading
/// it is an error that says so and quotes nothing.
pub async fn an_order_that_cannot_be_read_costs_itself_alone(harness: &impl Harness) {
    let backend = harness.backend().await;
    backend.shops.commit_shop(&shop("shop-1", at(0)), 0).await.unwrap();
    for (n, id) in (0..).zip(["a", "b", "c", "d"]) {
        let record = alarming(waking(order("shop-1", id, at(n)), Some(at(n))), Some(at(n)));
        backend.orders.commit_order(&troubled(record), 0).await.unwrap();
    }
    let spoilt = key("shop-1", "b");
    for document in DOCUMENTS {
        harness.spoil(Spoilt::Order(spoilt.clone()), document).await;
        let stage = domain::stage::Stage::Ready.name();
        for filter in [
            OrderFilter::default(),
            OrderFilter { shop: Some(ShopId::new("shop-1")), ..OrderFilter::default() },
            OrderFilter { stage: Some(stage), ..OrderFilter::default() },
            OrderFilter { status: Some("AWAITING_SHIPMENT".into()), ..OrderFilter::default() },
            OrderFilter { only_exceptions: true, ..OrderFilter::default() },
        ] {
            for limit in [1, 2, 3, 50] {
                let expected = ("dca".to_owned(), "b".to_owned());
                assert_eq!(pages(&backend, &filter, limit).await, expected, "{filter:?} in pages of {limit}");
            }
        }
        let other = OrderFilter { stage: Some("delivered"), ..OrderFilter::default() };
        assert_eq!(
            pages(&backend, &other, 50).await,
            (String::new(), String::new()),
            "it was in no such stage"
        );

        let names =
            |keys: Vec<domain::OrderKey>| -> String { keys.iter().map(|key| key.order.as_str()).collect() };
        assert_eq!(names(backend.orders.list_due(at(9), 10).await.unwrap()), "abcd");
        assert_eq!(names(backend.orders.list_alarms_due(at(9), 10).await.unwrap()), "abcd");
        let error = backend.orders.load_order(&spoilt).await.unwrap_err();
        assert!(error.is_corrupt() && error.to_string() == "order shop-1/b can't be read", "{error}");
    }
    // Written by whoever can read it, it is as before.
    let good = staged(order("shop-1", "b", at(1)), domain::stage::Stage::Ready);
    harness.spoil(Spoilt::Order(spoilt), &serde_json::to_string(&good).unwrap()).await;
    let (ids, unreadable) = pages(&backend, &OrderFilter::default(), 2).await;
    assert_eq!((ids.as_str(), unreadable.as_str()), ("dcba", ""));
}

/// The other shops are listed and polled, and the unreadable one is named.
pub async fn a_shop_that_cannot_be_read_costs_itself_alone(harness: &impl Harness) {
    let backend = harness.backend().await;
    for id in ["shop-1", "shop-2", "shop-3"] {
        backend.shops.commit_shop(&shop(id, at(0)), 0).await.unwrap();
    }
    let lost = domain::shop::Shop { authorization: Authorization::Lost, ..shop("shop-4", at(0)) };
    backend.shops.commit_shop(&lost, 0).await.unwrap();
    for document in DOCUMENTS {
        harness.spoil(Spoilt::Shop(ShopId::new("shop-2")), document).await;
        let all = backend.shops.list_shops().await.unwrap();
        let ids: Vec<&str> = all.shops.iter().map(|shop| shop.value.id.as_str()).collect();
        assert_eq!((ids, all.unreadable), (vec!["shop-1", "shop-3", "shop-4"], vec![ShopId::new("shop-2")]));

        let due = backend.shops.list_shops_due(at(1)).await.unwrap();
        let mut ids: Vec<&str> = due.shops.iter().map(|shop| shop.value.id.as_str()).collect();
        ids.sort_unstable();
        assert_eq!((ids, due.unreadable), (vec!["shop-1", "shop-3"], vec![ShopId::new("shop-2")]));
        let early = backend.shops.list_shops_due(Timestamp::MIN).await.unwrap();
        assert!(early.shops.is_empty() && early.unreadable.is_empty());

        let error = backend.shops.load_shop(&ShopId::new("shop-2")).await.unwrap_err();
        assert!(error.is_corrupt() && error.to_string() == "shop shop-2 can't be read", "{error}");
    }
}
