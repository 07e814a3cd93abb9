//! What the calls send and what they make of the answers.

use std::sync::{Arc, Mutex};

use axum::http::Method;
use domain::order::OrderStatus;
use domain::{
    BuyerId, DeliveryOptionId, LineItemId, OrderId, ProductId, ProviderId, Timestamp, TrackingNumber,
};
use serde_json::{Value, json};
use tiktok::{Class, OrderSearch, Shipped, signing};

use crate::server::{Reply, Seen};
use crate::setup::{DAY, SECRET, fresh, shop};

/// The signature that TikTok would compute from what arrived.
fn expected_sign(seen: &Seen) -> String {
    let query: Vec<_> = seen.query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    signing::sign(
        &SECRET.into(),
        &signing::SignedParts {
            path: &seen.path,
            query: &query,
            content_type: "application/json",
            body: seen.body.as_bytes(),
        },
    )
}

fn order(id: &str) -> Value {
    json!({"id": id, "status": "AWAITING_SHIPMENT", "create_time": 1, "update_time": 2})
}

#[tokio::test]
async fn every_call_is_signed_as_it_arrives() {
    let (server, client, _setup) = fresh(|_, _| Reply::data(json!({}))).await;
    let shop = shop();
    let search =
        OrderSearch { page_size: 500, page_token: Some("a+b/c= d".into()), ..OrderSearch::default() };
    client.search_orders(&shop, &search).await.unwrap();
    client.orders(&shop, &[OrderId::new("1"), OrderId::new("2")]).await.unwrap();
    client.product(&shop, &ProductId::new("3")).await.unwrap();
    client.warehouses(&shop).await.unwrap();
    client.authorized_shops("seller-1").await.unwrap();
    let tracking = TrackingNumber::new("9400111899560000000000");
    client.mark_shipped(&shop, &OrderId::new("1"), &[], &ProviderId::new("2"), &tracking).await.unwrap();

    let seen = server.seen();
    assert_eq!(seen.len(), 6);
    for seen in &seen {
        assert_eq!(seen.query["sign"], expected_sign(seen), "{}", seen.path);
        assert_eq!((seen.token.as_str(), seen.query["app_key"].as_str()), ("access-0", "key1"));
        assert_eq!(seen.query["timestamp"], "1795348800");
        let wants_cipher = seen.path != "/authorization/202309/shops";
        assert_eq!(seen.query.contains_key("shop_cipher"), wants_cipher, "{}", seen.path);
    }
    assert_eq!(seen[0].query["page_token"], "a+b/c= d");
    assert_eq!(seen[0].query["page_size"], "100");
}

#[tokio::test]
async fn searches_by_time() {
    let (server, client, _setup) = fresh(|_, _| {
        Reply::data(json!({
            "orders": [order("1"), {"id": "2", "status": "UNPAID"}, null],
            "next_page_token": "next", "total_count": "7",
        }))
    })
    .await;
    let search = OrderSearch {
        update_time_ge: Timestamp::from_second(100).ok(),
        update_time_lt: Timestamp::from_second(200).ok(),
        page_size: 50,
        ..OrderSearch::default()
    };
    let page = client.search_orders(&shop(), &search).await.unwrap();
    assert_eq!((page.next_page_token.as_deref(), page.total_count), (Some("next"), Some(7)));
    assert_eq!(page.orders[0].as_ref().unwrap().id, OrderId::new("1"));
    let unreadable = page.orders[1].as_ref().unwrap_err();
    assert_eq!((unreadable.id.as_ref(), unreadable.field), (Some(&OrderId::new("2")), "create_time"));
    assert!(page.orders[2].is_err());

    let seen = &server.seen()[0];
    assert_eq!((seen.method.clone(), seen.path.as_str()), (Method::POST, "/order/202309/orders/search"));
    assert_eq!(seen.body, r#"{"update_time_ge":100,"update_time_lt":200}"#);
    assert_eq!(
        (seen.query["sort_field"].as_str(), seen.query["sort_order"].as_str()),
        ("update_time", "ASC")
    );
    assert!(!seen.query.contains_key("page_token"), "empty parameters are not sent");
}

#[tokio::test]
async fn searches_by_buyer_and_status() {
    let (server, client, _setup) = fresh(|_, _| Reply::data(json!({}))).await;
    let search = OrderSearch {
        buyer_user_id: Some(BuyerId::new("7213")),
        order_status: Some(OrderStatus::Cancelled),
        ..OrderSearch::default()
    };
    client.search_orders(&shop(), &search).await.unwrap();
    assert_eq!(server.seen()[0].body, r#"{"buyer_user_id":"7213","order_status":"CANCELLED"}"#);
}

#[tokio::test]
async fn an_empty_page_must_be_empty() {
    let (_server, client, _setup) = fresh(|_, _| Reply::data(json!({"total_count": 3}))).await;
    let error = client.search_orders(&shop(), &OrderSearch::default()).await.unwrap_err();
    assert_eq!(error.class(), Class::Retry);
}

#[tokio::test]
async fn fifty_ids_a_call() {
    let (server, client, _setup) = fresh(|seen, _| {
        let orders: Vec<_> = seen.query["ids"].split(',').map(order).collect();
        Reply::data(json!({"orders": orders}))
    })
    .await;
    let ids: Vec<_> = (0..51).map(|n| OrderId::new(format!("5764{n}"))).collect();
    let orders = client.orders(&shop(), &ids).await.unwrap();
    assert!(orders.iter().map(|order| &order.as_ref().unwrap().id).eq(&ids));
    let sizes: Vec<_> = server.seen().iter().map(|seen| seen.query["ids"].split(',').count()).collect();
    assert_eq!(sizes, [50, 1]);

    assert!(client.orders(&shop(), &[]).await.unwrap().is_empty());
    let error = client.orders(&shop(), &[OrderId::new("1,2")]).await.unwrap_err();
    assert_eq!((error.class(), server.seen().len()), (Class::Bug, 2));
}

#[tokio::test]
async fn marks_as_shipped() {
    let (server, client, _setup) = fresh(|_, _| {
        Reply::data(json!({"package_id": "32", "warning": {"message": "match more than one provider"}}))
    })
    .await;
    let (order, provider) = (OrderId::new("576"), ProviderId::new("711"));
    let ship = async |items: &[LineItemId], tracking: &str| {
        client.mark_shipped(&shop(), &order, items, &provider, &TrackingNumber::new(tracking)).await
    };
    let shipped = ship(&[LineItemId::new("5")], "9400111899").await.unwrap();
    let warning = Some("match more than one provider".to_owned());
    assert_eq!(shipped, Shipped { package: Some(domain::PackageId::new("32")), warning });
    ship(&[], "9400111899").await.unwrap();

    let seen = server.seen();
    assert_eq!(seen[0].path, "/fulfillment/202309/orders/576/packages");
    let body = r#"{"order_line_item_ids":["5"],"shipping_provider_id":"711","tracking_number":"9400111899"}"#;
    assert_eq!(seen[0].body, body);
    assert_eq!(seen[1].body, r#"{"shipping_provider_id":"711","tracking_number":"9400111899"}"#);

    assert_eq!(ship(&[], "9400 1118").await.unwrap_err().class(), Class::TrackingRefused);
    assert_eq!(ship(&[LineItemId::new("")], "9400111899").await.unwrap_err().class(), Class::Bug);
    assert_eq!(server.seen().len(), 2, "nothing of that is sent");
}

#[tokio::test]
async fn providers_are_remembered_for_a_day() {
    let (server, client, setup) = fresh(|_, _| {
        Reply::data(json!({"shipping_providers": [{"id": "711", "name": "USPS"}, {"name": "x"}]}))
    })
    .await;
    let option = DeliveryOptionId::new("70");
    for _ in 0..3 {
        assert_eq!(client.shipping_providers(&shop(), &option, None).await.unwrap().len(), 1);
    }
    assert_eq!(server.count("/logistics/202309/delivery_options/70/shipping_providers"), 1);
    setup.clock.advance(DAY);
    client.shipping_providers(&shop(), &option, None).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn the_observer_hears_every_http_call() {
    let (_server, client, _setup) = fresh(|_, before| match before {
        0 => Reply::text(502, ""),
        _ => Reply::data(json!({})),
    })
    .await;
    let heard: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let log = Arc::clone(&heard);
    let client = client.with_observer(Arc::new(move |call| log.lock().unwrap().push(call)));
    client.orders(&shop(), &[OrderId::new("1")]).await.unwrap();
    client.warehouses(&shop()).await.unwrap();
    assert_eq!(*heard.lock().unwrap(), ["tiktok.order_detail", "tiktok.order_detail", "tiktok.warehouses"]);
}
