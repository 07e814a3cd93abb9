//! Recorded shapes. They are not ours to publish, so that their folder is named by `PUNCTUAL_CONTRACTS`; it holds a
//! folder `tiktok` with `webhook-examples`, `examples` and `oas`.

use std::path::{Path, PathBuf};

use domain::order::{Fulfillment, Handling, HandlingUnit, Order, OrderKind, ShippingType};
use domain::shop::SellerType;
use domain::{BuyerId, DeliveryOptionId, OrderId, ProductId, ProviderId, Timestamp, TrackingNumber};
use serde_json::{Map, Value};
use tiktok::webhook::{Webhook, WebhookEvent};
use tiktok::{OrderSearch, TikTok};

use crate::server::{Reply, Server};
use crate::setup::{Setup, fresh, shop};

/// The folder, or `None` where there is none to test against.
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("PUNCTUAL_CONTRACTS").map(|root| Path::new(&root).join("tiktok"));
    if folder.is_none() {
        println!("PUNCTUAL_CONTRACTS is not set: nothing was checked");
    }
    folder
}

pub fn json(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A client of a TikTok that answers everything with an example; `None` without the folder.
pub async fn answering(example: &str) -> Option<(Server, TikTok, Setup)> {
    let answer = json(&folder()?.join("examples").join(format!("{example}.response.json")));
    Some(fresh(move |_, _| Reply::json(200, answer.clone())).await)
}

#[test]
fn webhooks() {
    let Some(folder) = folder() else { return };
    let mut known = 0;
    for entry in std::fs::read_dir(folder.join("webhook-examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let body = std::fs::read(&path).unwrap();
        let notification = Webhook::parse(&body).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!notification.id.is_empty() && notification.sent_at.is_some(), "{name}");
        let kind: i64 = name.split('-').next().unwrap().parse().unwrap();
        match notification.event {
            WebhookEvent::Other { kind: read } => assert_eq!(read, kind, "{name}"),
            _ => known += 1,
        }
        let names_orders = matches!(kind, 1 | 3 | 4 | 11 | 12);
        assert_eq!(!notification.orders().is_empty(), names_orders, "{name}");
    }
    assert_eq!(known, 9);
}

/// What the examples have in common.
fn check_order(order: &Order) {
    assert_eq!(order.id, OrderId::new("576461413038785752"));
    assert_eq!((&order.fulfillment, &order.shipping), (&Fulfillment::Seller, &ShippingType::TikTok));
    let to = order.recipient.as_ref().unwrap();
    assert_eq!(
        (to.name.as_str(), to.postal_code.as_str(), to.country.as_str()),
        ("David Kong", "95110", "US")
    );
    assert_eq!((to.phone.as_str(), to.city.as_str()), ("", "Ribbleton"));
    assert_eq!(order.total.unwrap().to_string(), "5000.00 IDR");
    let [item] = order.items.as_slice() else { panic!("{} units", order.items.len()) };
    assert_eq!(item.price.unwrap().to_string(), "0.01 IDR");
    assert!(!item.sku.as_str().is_empty() && item.package.is_some());
    let clocks = &order.clocks;
    let all = [clocks.ready_by, clocks.scanned_by, clocks.delivered_by, clocks.promised_by];
    assert!(all.iter().all(Option::is_some));
    let ends = [clocks.ready_or_cancelled, clocks.scanned_or_cancelled, clocks.delivery_or_cancelled];
    assert!(ends.iter().all(Option::is_some));
    assert_eq!(order.buyer, Some(BuyerId::new("7021436810468230477")));
    assert_eq!(order.kind, OrderKind::ZeroLottery);
    assert_eq!(order.handling, Some(Handling { days: 7, unit: HandlingUnit::BusinessDays }));
    assert_eq!(order.released_at, Timestamp::from_second(1_619_611_762).ok());
    assert!(!order.is_sample && !order.is_replacement);
    assert_eq!(order.ready_at, Timestamp::from_second(1_619_611_563).ok());
    let actuals = [order.cancel_requested_at, order.collected_at, order.delivered_at, order.cancelled_at];
    assert!(actuals.iter().all(Option::is_some));
}

#[tokio::test]
async fn order_details() {
    for example in ["order_202309_GetOrderDetail", "order_202507_GetOrderDetail"] {
        let Some((_server, client, _setup)) = answering(example).await else { return };
        let orders = client.orders(&shop(), &[OrderId::new("1")]).await.unwrap();
        assert_eq!(orders.len(), 1, "{example}");
        check_order(orders[0].as_ref().unwrap());
    }
}

#[tokio::test]
async fn order_list() {
    let Some((_server, client, _setup)) = answering("order_202309_GetOrderList").await else { return };
    let page = client.search_orders(&shop(), &OrderSearch::default()).await.unwrap();
    assert!(page.next_page_token.is_some() && page.total_count.is_some());
    check_order(page.orders[0].as_ref().unwrap());
}

/// Every answer about orders, whatever it is for, holds nothing that fails an order.
#[tokio::test]
async fn other_orders() {
    let Some(folder) = folder() else { return };
    for entry in std::fs::read_dir(folder.join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_order = ["order_202309_", "order_202507_"].iter().any(|start| name.starts_with(start));
        if !is_order || !name.ends_with(".response.json") {
            continue;
        }
        let answer = json(&path);
        let (_server, client, _setup) = fresh(move |_, _| Reply::json(200, answer.clone())).await;
        let orders = client.orders(&shop(), &[OrderId::new("1")]).await.unwrap();
        assert!(orders.iter().all(|order| order.is_ok()), "{name}");
    }
}

#[tokio::test]
async fn warehouses() {
    let Some((_server, client, _setup)) = answering("logistics_202309_GetWarehouseList").await else {
        return;
    };
    let warehouses = client.warehouses(&shop()).await.unwrap();
    let [warehouse] = warehouses.as_slice() else { panic!("{} warehouses", warehouses.len()) };
    let from = &warehouse.address;
    assert!(warehouse.is_default);
    assert_eq!((from.name.as_str(), from.city.as_str(), from.country.as_str()), ("Lee", "GuanZhou", "CN"));
    assert_eq!((from.state.as_str(), from.phone.as_str()), ("GuangDong", ""));
}

#[tokio::test]
async fn providers() {
    let Some((_server, client, _setup)) = answering("logistics_202309_GetShippingProviders").await else {
        return;
    };
    let providers = client
        .shipping_providers(&shop(), &DeliveryOptionId::new("7091146663229654785"), None)
        .await
        .unwrap();
    let usps = tiktok::provider_for(domain::rates::Carrier::Usps, &providers).unwrap();
    assert_eq!(usps.id, ProviderId::new("7117858858072016686"));
}

#[tokio::test]
async fn mark_shipped() {
    let Some((server, client, _setup)) = answering("fulfillment_202309_MarkPackageAsShipped").await else {
        return;
    };
    let request =
        json(&folder().unwrap().join("examples/fulfillment_202309_MarkPackageAsShipped.request.json"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = [domain::LineItemId::new(text(&request["order_line_item_ids"][0]))];
    let provider = ProviderId::new(text(&request["shipping_provider_id"]));
    let tracking = TrackingNumber::new(text(&request["tracking_number"]));
    let shipped =
        client.mark_shipped(&shop(), &OrderId::new("1"), &items, &provider, &tracking).await.unwrap();
    assert!(shipped.package.is_some() && shipped.warning.is_some());
    assert_eq!(serde_json::from_str::<Value>(&server.seen()[0].body).unwrap(), request);
}

#[tokio::test]
async fn shops() {
    let Some((_server, client, _setup)) = answering("authorization_202309_GetAuthorizedShops").await else {
        return;
    };
    let shops = client.authorized_shops("seller-1").await.unwrap();
    assert_eq!((shops.len(), shops[0].market.code(), shops[0].seller), (1, "GB", SellerType::CrossBorder));
    assert!(shops[0].cipher.expose().starts_with("GCP_"));
}

#[tokio::test]
async fn product() {
    let Some(folder) = folder() else { return };
    let oas = json(&folder.join("oas/paths/product.json"));
    let schema = &oas["paths"]["/product/202309/products/{product_id}"]["get"]["responses"]["200"]["content"]
        ["application/json"]["schema"];
    let mut answer = example(schema);
    answer["code"] = 0.into();
    // The recorded example is of before 2026: since then a variation has a weight and a size of its own.
    let sku = &mut answer["data"]["skus"][0];
    sku["sku_weight"] = serde_json::json!({"value": "2.5", "unit": "KILOGRAM"});
    sku["sku_dimensions"] =
        serde_json::json!({"length": "40", "width": "30", "height": "25", "unit": "CENTIMETER"});
    let (server, client, _setup) = fresh(move |_, _| Reply::json(200, answer.clone())).await;
    let product = client.product(&shop(), &ProductId::new("1729592969712207008")).await.unwrap();
    let weight = |value| domain::measure::Weight::parse(value, "KILOGRAM").ok();
    assert_eq!(product.package.weight, weight("1.32"));
    assert!(product.package.dimensions.is_some() && product.skus.len() == 1);
    let own = &product.skus[0].package;
    assert_eq!(own.weight, weight("2.5"), "the variation's own");
    assert_eq!(own.dimensions.map(|size| size.length.hundredth_inches_up()), Some(1575));
    assert_eq!(server.seen()[0].path, "/product/202309/products/1729592969712207008");
}

/// A value made of a schema's `example`s.
fn example(schema: &Value) -> Value {
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(Value::Object(properties)) = schema.get("properties") {
        let all: Map<_, _> =
            properties.iter().map(|(name, schema)| (name.clone(), example(schema))).collect();
        return Value::Object(all);
    }
    schema.get("items").map_or(Value::Null, |items| Value::Array(vec![example(items)]))
}
