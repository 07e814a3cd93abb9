//! Orders are found, read and shipped.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::support::{App, MUG, UPS, until};
use serde_json::json;
use sim::tiktok::{
    Action, CancelledBy, Fulfillment, LineSpec, OrderSpec, OrderStatus, Recipient, Region, SellerType,
    ShopSpec, Step, TikTokConfig, When,
};

const SEARCH: &str = "/order/202309/orders/search";

#[tokio::test]
async fn pages_survive_new_orders() {
    let app = App::start(TikTokConfig::default()).await;
    let add = |ago: u64| {
        let created_ago = Duration::from_secs(ago);
        app.tiktok.add_order(OrderSpec { created_ago, ..OrderSpec::new(MUG) }).unwrap()
    };
    let old: BTreeSet<String> = (0..25).map(|n| add(10_000 + n / 3)).collect();
    for order in ["DESC", "ASC"] {
        let (mut seen, mut token, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let query = [
                ("page_size", "10"),
                ("page_token", token.as_str()),
                ("sort_field", "create_time"),
                ("sort_order", order),
            ];
            let query =
                if token.is_empty() { [query[0], query[2], query[3]].to_vec() } else { query.to_vec() };
            let page = app.post(SEARCH, &query, &json!({ "order_status": "AWAITING_SHIPMENT" })).await;
            for found in page["data"]["orders"].as_array().unwrap() {
                seen.push(found["id"].as_str().unwrap().to_owned());
            }
            pages += 1;
            add(pages);
            token = page["data"]["next_page_token"].as_str().unwrap().to_owned();
            if token.is_empty() {
                break;
            }
        }
        let unique: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(unique.len(), seen.len(), "no order twice");
        assert!(unique.is_superset(&old), "no order left out");
    }
}

#[tokio::test]
async fn filters() {
    let app = App::start(TikTokConfig::default()).await;
    let held = OrderSpec { status: OrderStatus::OnHold, ..OrderSpec::new(MUG) };
    let id = app.tiktok.add_order(held).unwrap();
    app.tiktok.add_order(OrderSpec::new(MUG)).unwrap();
    let count =
        async |body| app.post(SEARCH, &[("page_size", "10")], &body).await["data"]["total_count"].clone();
    assert_eq!(count(json!({})).await, 2);
    assert_eq!(count(json!({ "order_status": "ON_HOLD" })).await, 1);
    assert_eq!(count(json!({ "shipping_type": "TIKTOK" })).await, 0);
    let updated = app.tiktok.order(&id).unwrap().update_time;
    assert_eq!(count(json!({ "update_time_ge": updated })).await, 2);
    assert_eq!(count(json!({ "update_time_lt": updated })).await, 0);
}

#[tokio::test]
async fn addresses_by_status() {
    let app = App::start(TikTokConfig::default()).await;
    let held = OrderSpec { status: OrderStatus::OnHold, ..OrderSpec::new(MUG) };
    let id = app.tiktok.add_order(held).unwrap();
    let order = app.detail(&id).await;
    assert_eq!(order["recipient_address"]["name"], "");
    assert_eq!(order["recipient_address"]["district_info"], json!([]));
    app.tiktok.release_hold(&id).unwrap();
    let order = app.detail(&id).await;
    assert_eq!(order["recipient_address"]["postal_code"], "97205");
    assert_eq!(order["recipient_address"]["district_info"][1]["address_name"], "Oregon");
    assert!(order["line_items"][0].get("package_id").is_none());
    let moved = Recipient { line1: "7 Other St".to_owned(), ..Recipient::sample() };
    app.tiktok.update_address(&id, moved).unwrap();
    let order = app.detail(&id).await;
    assert_eq!(order["has_updated_recipient_address"], true);
    assert_eq!(order["recipient_address"]["address_line1"], "7 Other St");
    app.tiktok.cancel(&id, CancelledBy::Buyer).unwrap();
    assert!(app.tiktok.release_hold(&id).is_err());
    let order = app.detail(&id).await;
    assert_eq!(order["status"], "CANCELLED");
    assert_eq!(order["recipient_address"]["address_line1"], "***");
}

#[tokio::test]
async fn shipping() {
    let app = App::start(TikTokConfig::default()).await;
    let add = |spec| app.tiktok.add_order(spec).unwrap();
    let body = |number: &str| json!({ "tracking_number": number, "shipping_provider_id": UPS });
    let code = async |id: &str, body: serde_json::Value| app.mark(id, &body).await["code"].as_i64().unwrap();
    let number = "1Z001002080000000001";

    let id = add(OrderSpec::new(MUG));
    assert_eq!(code(&id, body("940")).await, 21_011_022);
    assert_eq!(code(&id, body("9400 1002")).await, 21_004_012);
    assert_eq!(
        code(&id, json!({ "tracking_number": number, "shipping_provider_id": "1" })).await,
        21_011_022
    );
    let marked = app.mark(&id, &body(number)).await;
    assert_eq!(marked["code"], 0);
    assert!(marked["data"].get("warning").is_none());
    assert_eq!(code(&id, body(number)).await, 21_011_006, "already shipped");
    let order = app.detail(&id).await;
    assert_eq!(order["status"], "AWAITING_COLLECTION");
    assert_eq!(order["line_items"][0]["tracking_number"], number);
    assert_eq!(order["packages"][0]["id"], marked["data"]["package_id"]);

    let other = add(OrderSpec::new(MUG));
    assert_eq!(code(&other, body(number)).await, 21_011_025, "used by another order");
    assert!(
        app.mark(&other, &body("9400100208000000000031")).await["data"]["warning"]["message"].is_string()
    );

    let held = add(OrderSpec { status: OrderStatus::OnHold, ..OrderSpec::new(MUG) });
    assert_eq!(code(&held, body("1Z001002080000000002")).await, 21_011_044);
    app.tiktok.cancel(&held, CancelledBy::Seller).unwrap();
    assert_eq!(code(&held, body("1Z001002080000000002")).await, 21_011_041);
    let theirs = add(OrderSpec { fulfillment: Fulfillment::ByTikTok, ..OrderSpec::new(MUG) });
    assert_eq!(code(&theirs, body("1Z001002080000000002")).await, 21_008_025);

    app.tiktok.carrier_scan(&id).unwrap();
    app.tiktok.deliver(&id).unwrap();
    assert_eq!(app.tiktok.order(&id).unwrap().status, OrderStatus::Delivered);
    assert_eq!(app.tiktok.uploads().len(), 2);
    assert!(app.tiktok.cancel(&id, CancelledBy::Buyer).is_err());
}

#[tokio::test]
async fn shipping_in_parts() {
    let app = App::start(TikTokConfig::default()).await;
    let lines = vec![LineSpec { product_id: MUG.to_owned(), quantity: 3 }];
    let id = app.tiktok.add_order(OrderSpec { lines, ..OrderSpec::new(MUG) }).unwrap();
    let order = app.tiktok.order(&id).unwrap();
    let mark = async |number: &str, lines: serde_json::Value| {
        let body = json!({
            "tracking_number": number, "shipping_provider_id": UPS, "order_line_item_ids": lines,
        });
        app.mark(&id, &body).await["code"].as_i64().unwrap()
    };
    assert_eq!(mark("1Z001002080000000011", json!([order.lines[0].id])).await, 0);
    assert_eq!(app.tiktok.order(&id).unwrap().status, OrderStatus::PartiallyShipping);
    assert_eq!(mark("1Z001002080000000012", json!(null)).await, 21_011_048);
    assert_eq!(mark("1Z001002080000000012", json!([order.lines[0].id])).await, 21_011_006);
    assert_eq!(mark("1Z001002080000000012", json!([order.lines[1].id, order.lines[2].id])).await, 0);
    assert_eq!(app.tiktok.order(&id).unwrap().status, OrderStatus::AwaitingCollection);
}

#[tokio::test]
async fn a_pending_cancellation() {
    let british = ShopSpec { region: Region::Gb, ..ShopSpec::sample() };
    for (shop, provider, expect) in
        [(ShopSpec::sample(), UPS, 0), (british, "6671794738251726849", 21_011_007)]
    {
        let app = App::start(TikTokConfig { shops: vec![shop], ..TikTokConfig::default() }).await;
        let id = app.tiktok.add_order(OrderSpec::new(MUG)).unwrap();
        app.tiktok.request_cancel(&id).unwrap();
        assert_eq!(app.detail(&id).await["is_buyer_request_cancel"], true);
        let body = json!({ "tracking_number": "1Z001002080000000021", "shipping_provider_id": provider });
        assert_eq!(app.mark(&id, &body).await["code"], expect);
        assert_eq!(app.detail(&id).await["is_buyer_request_cancel"], expect != 0);
    }
}

#[tokio::test]
async fn scripts() {
    let app = App::start(TikTokConfig::default()).await;
    let step = |when, action| vec![Step { when, action }];
    let soon = Duration::from_millis(30);
    let script = step(When::After(soon), Action::ReleaseHold);
    let held = OrderSpec { status: OrderStatus::OnHold, script, ..OrderSpec::new(MUG) };
    let held = app.tiktok.add_order(held).unwrap();
    until(|| app.tiktok.order(&held).unwrap().status == OrderStatus::AwaitingShipment).await;

    let script = step(When::AfterFirstRead(soon), Action::Cancel(CancelledBy::Buyer));
    let fickle = app.tiktok.add_order(OrderSpec { script, ..OrderSpec::new(MUG) }).unwrap();
    let found = app.post(SEARCH, &[("page_size", "100")], &json!({})).await;
    assert_eq!(found["data"]["orders"].as_array().map(Vec::len), Some(2));
    tokio::time::sleep(3 * soon).await;
    assert_eq!(app.tiktok.order(&fickle).unwrap().status, OrderStatus::AwaitingShipment);
    app.detail(&fickle).await;
    until(|| app.tiktok.order(&fickle).unwrap().status == OrderStatus::Cancelled).await;
}

#[tokio::test]
async fn labels_that_the_platform_does_not_accept() {
    const USPS: &str = "7117858858072016686";
    let refused = 21_011_022;
    let code = async |app: &App, provider: &str| {
        let id = app.tiktok.add_order(OrderSpec::new(MUG)).unwrap();
        let number = format!("1Z{id}");
        let body = json!({ "tracking_number": number, "shipping_provider_id": provider });
        app.mark(&id, &body).await["code"].as_i64().unwrap()
    };
    let app = App::start(TikTokConfig::default()).await;
    assert_eq!((code(&app, USPS).await, code(&app, UPS).await), (refused, 0));
    app.tiktok.list_providers(&["FedEx"]);
    assert_eq!(code(&app, UPS).await, refused);
    app.tiktok.list_providers(&["UPS"]);
    app.tiktok.refuse_labels_of("UPS");
    assert_eq!(code(&app, UPS).await, refused);
    app.tiktok.accept_labels_of("UPS");
    assert_eq!(code(&app, UPS).await, 0);
    assert_eq!(app.tiktok.labels_refused(), 3);

    let cross_border = ShopSpec { seller: SellerType::CrossBorder, ..ShopSpec::sample() };
    let app = App::start(TikTokConfig { shops: vec![cross_border], ..TikTokConfig::default() }).await;
    assert_eq!(code(&app, UPS).await, refused);
    let lenient = TikTokConfig { label_rules: Vec::new(), ..TikTokConfig::default() };
    assert_eq!(code(&App::start(lenient).await, USPS).await, 0);
}
