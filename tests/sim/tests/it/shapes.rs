//! The simulators' answers have the shape of the recorded ones.
//!
//! `PUNCTUAL_CONTRACTS` names the folder of recorded answers. It is not part of this repository;
//! without it these tests say so and pass.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::support::{self, App, MUG, Post, Receiver, UPS, shipment};
use serde_json::{Value, json};
use sim::easypost::EasyPostConfig;
use sim::tiktok::{DeliveryOption, OrderSpec, PackageSpec, TikTokConfig};

type Shape = BTreeMap<String, BTreeSet<&'static str>>;

/// The recorded answers, or `None` when there are none here.
struct Contracts(PathBuf);

impl Contracts {
    fn find() -> Option<Self> {
        let folder = std::env::var_os("PUNCTUAL_CONTRACTS");
        if folder.is_none() {
            eprintln!("PUNCTUAL_CONTRACTS is not set: shapes are not checked");
        }
        folder.map(|folder| Self(folder.into()))
    }

    fn read(&self, file: &str) -> Value {
        let path = self.0.join(file);
        serde_json::from_slice(&std::fs::read(&path).unwrap_or_else(|_| panic!("{}", path.display())))
            .unwrap()
    }

    /// Checks an answer against recorded ones: nothing of ours is unknown or of another type, and
    /// the named places have every key they have there.
    fn check(&self, ours: &Value, files: &[&str], complete: &[&str]) {
        let mut known = Shape::new();
        for file in files {
            note(&self.read(file), "", &mut known);
        }
        check_against(ours, &known, complete, files);
    }
}

fn check_against(ours: &Value, known: &Shape, complete: &[&str], source: &[&str]) {
    let mut mine = Shape::new();
    note(ours, "", &mut mine);
    for (path, types) in &mine {
        if path.starts_with("/options/") {
            continue;
        }
        let recorded = known.get(path).unwrap_or_else(|| panic!("{path} is not in {source:?}"));
        for kind in types {
            let fits = *kind == "null" || recorded.contains(kind) || recorded.iter().all(|k| *k == "null");
            assert!(fits, "{path} is {kind}, but {recorded:?} in {source:?}");
        }
    }
    for place in complete {
        let prefix = format!("{place}/");
        for path in known.keys().filter(|path| path.starts_with(&prefix)) {
            let direct = !path[prefix.len()..].contains(['/', '[']);
            assert!(!direct || mine.contains_key(path), "{path} of {source:?} is missing");
        }
    }
}

fn note(value: &Value, path: &str, shape: &mut Shape) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    shape.entry(path.to_owned()).or_default().insert(kind);
    match value {
        Value::Array(items) => items.iter().for_each(|item| note(item, &format!("{path}[]"), shape)),
        Value::Object(fields) => {
            for (name, field) in fields {
                note(field, &format!("{path}/{name}"), shape);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn tiktok() {
    let Some(contracts) = Contracts::find() else { return };
    let app = App::start(TikTokConfig::default()).await;
    let delivery = DeliveryOption::express(std::time::Duration::from_secs(3 * 24 * 3600));
    let id = app.tiktok.add_order(OrderSpec { delivery, ..OrderSpec::new(MUG) }).unwrap();
    app.tiktok.request_cancel(&id).unwrap();
    let example = |name: &str| format!("tiktok/examples/{name}.response.json");
    let envelope = ["", "/data"];

    let shops = support::json(app.request("GET", "/authorization/202309/shops", &[], "")).await;
    let file = example("authorization_202309_GetAuthorizedShops");
    contracts.check(&shops, &[&file], &["", "/data", "/data/shops[]"]);

    let file = example("order_202309_GetOrderList");
    let list = app.post("/order/202309/orders/search", &[("page_size", "5")], &json!({})).await;
    contracts.check(&list, &[&file], &envelope);

    let body = json!({ "tracking_number": "7946000000000001", "shipping_provider_id": UPS });
    let marked = app.mark(&id, &body).await;
    let file = example("fulfillment_202309_MarkPackageAsShipped");
    contracts.check(&marked, &[&file], &["", "/data", "/data/warning"]);

    for version in ["202309", "202507"] {
        let file = example(&format!("order_{version}_GetOrderDetail"));
        let detail = app.get(&format!("/order/{version}/orders"), &[("ids", &id)]).await;
        contracts.check(&detail, &[&file], &envelope);
    }

    let file = example("logistics_202309_GetWarehouseList");
    let warehouses = app.get("/logistics/202309/warehouses", &[]).await;
    contracts.check(&warehouses, &[&file], &["", "/data", "/data/warehouses[]"]);

    let file = example("logistics_202309_GetShippingProviders");
    let path = "/logistics/202309/delivery_options/7091146663229654785/shipping_providers";
    contracts.check(&app.get(path, &[]).await, &[&file], &["", "/data", "/data/shipping_providers[]"]);
}

/// What the schema of Get Product has of a variation since 2026; the recorded one is older.
fn note_sku_package(shape: &mut Shape) {
    let sku = "/data/skus[]";
    for (object, fields) in [
        ("sku_weight", &["value", "unit"][..]),
        ("sku_dimensions", &["length", "width", "height", "unit"][..]),
    ] {
        shape.entry(format!("{sku}/{object}")).or_default().insert("object");
        for field in fields {
            shape.entry(format!("{sku}/{object}/{field}")).or_default().insert("string");
        }
    }
}

/// The product has a schema, but no example.
#[tokio::test]
async fn tiktok_product() {
    let Some(contracts) = Contracts::find() else { return };
    let mut config = TikTokConfig::default();
    let products = &mut config.shops[0].products;
    for product in products.iter_mut().filter(|product| product.id == MUG) {
        product.sku_package = PackageSpec::new("10", ["16", "12", "10"]);
    }
    let app = App::start(config).await;
    let ours = app.get(&format!("/product/202309/products/{MUG}"), &[]).await;
    assert_eq!(ours["data"]["skus"][0]["sku_weight"]["value"], "10");
    let api = contracts.read("tiktok/oas/paths/product.json");
    let paths = if api["paths"].is_object() { &api["paths"] } else { &api };
    let responses = &paths["/product/202309/products/{product_id}"]["get"]["responses"];
    let schema = &responses["200"]["content"]["application/json"]["schema"];
    let mut known = Shape::new();
    note_schema(schema, "", &mut known);
    note_sku_package(&mut known);
    check_against(&ours, &known, &[""], &["product schema"]);
}

fn note_schema(schema: &Value, path: &str, shape: &mut Shape) {
    let kind = match schema["type"].as_str() {
        Some("boolean") => "bool",
        Some("integer" | "number") => "number",
        Some("string") => "string",
        Some("array") => "array",
        _ => "object",
    };
    shape.entry(path.to_owned()).or_default().insert(kind);
    if kind == "array" {
        note_schema(&schema["items"], &format!("{path}[]"), shape);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        note_schema(field, &format!("{path}/{name}"), shape);
    }
}

#[tokio::test]
async fn easypost() {
    let Some(contracts) = Contracts::find() else { return };
    let post = Post::start(EasyPostConfig::default()).await;
    let recorded = [
        "easypost/shipment_create_usps.json",
        "easypost/shipment_create_usps_ups_24rates_5messages.json",
        "easypost/shipment_buy_usps_ups.json",
        "easypost/shipment_refund_submitted.json",
    ];
    let mut body = shipment("o");
    let created = post.shipment(&body).await;
    let places = ["", "/to_address", "/parcel", "/rates[]"];
    contracts.check(&created, &recorded, &places);
    let (_, bought) = post.buy(&created).await;
    let after = [&places[..], &["/postage_label", "/selected_rate", "/fees[]", "/to_address/verifications"]];
    contracts.check(&bought, &recorded, &after.concat());
    post.easypost.scan(bought["tracking_code"].as_str().unwrap());
    let path = format!("/v2/trackers/{}", bought["tracker"]["id"].as_str().unwrap());
    let (_, tracker) = post.send("GET", &path, &Value::Null).await;
    let trackers = ["easypost/tracker_status_in_transit.json", "easypost/tracker_status_unknown.json"];
    contracts.check(&tracker, &trackers, &["", "/tracking_details[]"]);
    let (_, list) = post.send("GET", "/v2/trackers", &Value::Null).await;
    contracts.check(&list, &["easypost/tracker_list.json"], &["", "/trackers[]"]);
    let asked = json!({ "tracker": { "tracking_code": "1Z8V4X030300000001" } });
    let (_, made) = post.send("POST", "/v2/trackers", &asked).await;
    // Recorded at several times: the fees are not in all of them, nor are newer fields.
    let files = ["easypost/tracker_create_pre_transit.json", "easypost/tracker_status_unknown.json"];
    contracts.check(&made, &files, &[]);

    let path = format!("/v2/shipments/{}", bought["id"].as_str().unwrap());
    let (_, label) = post.send("GET", &format!("{path}/label?file_format=ZPL"), &Value::Null).await;
    let files = [&recorded[..], &["easypost/shipment_label_convert_zpl.json"]].concat();
    // The tracker's steps after the scan are checked above.
    let mut label = label;
    label["tracker"] = Value::Null;
    contracts.check(&label, &files, &["", "/postage_label"]);

    body["shipment"]["to_address"]["street1"] = json!("PO Box 7");
    contracts.check(&post.shipment(&body).await, &recorded, &["/messages[]"]);
}

/// The event of a refund was not recorded; events of trackers and refunds were.
#[tokio::test]
async fn easypost_events() {
    let Some(contracts) = Contracts::find() else { return };
    let receiver = Receiver::start().await;
    let post = Post::start(EasyPostConfig::default()).await;
    post.easypost.set_webhook_url(Some(&receiver.url), "secret");
    let (_, bought) = post.buy(&post.shipment(&shipment("o")).await).await;
    receiver.wait_for(1).await;
    let path = format!("/v2/shipments/{}/refund", bought["id"].as_str().unwrap());
    post.send("POST", &path, &Value::Null).await;
    post.easypost.settle_refunds();
    receiver.wait_for(2).await;
    let mut event = receiver.bodies()[1].clone();
    let refunds = json!([event["result"].take()]);
    contracts.check(&refunds, &["easypost/refund_create.json"], &["[]"]);
    contracts.check(&event, &["easypost/webhook_event_body.json"], &[""]);
}

#[tokio::test]
async fn easypost_addresses_and_errors() {
    let Some(contracts) = Contracts::find() else { return };
    let post = Post::start(EasyPostConfig::default()).await;
    let good = shipment("o")["shipment"]["to_address"].clone();
    let mut bad = good.clone();
    bad["zip"] = json!("00001");
    let check = async |path: &str, body: Value, file: &str, complete: &[&str]| {
        let (_, ours) = post.send("POST", path, &body).await;
        contracts.check(&ours, &[file], complete);
    };
    let address = "/v2/addresses";
    check(address, json!({ "address": good }), "easypost/address_create.json", &[""]).await;
    let undeliverable = "easypost/address_create_verify_undeliverable_201.json";
    let places = ["", "/verifications", "/verifications/delivery", "/verifications/zip4/errors[]"];
    check(address, json!({ "address": bad, "verify": true }), undeliverable, &places).await;
    let strict = json!({ "address": bad, "verify_strict": true });
    check(address, strict, "easypost/error_422_address_verify_failure.json", &["", "/error"]).await;
    let verified = "easypost/address_create_and_verify_ok.json";
    let path = "/v2/addresses/create_and_verify";
    check(path, json!({ "address": good }), verified, &["", "/address", "/address/verifications"]).await;
    let required = "easypost/error_422_parameter_required.json";
    check("/v2/shipments", json!({ "shipment": {} }), required, &["", "/error", "/error/errors[]"]).await;
    let stranger = Post { key: "wrong".to_owned(), ..post.clone() };
    let (status, ours) = stranger.send("GET", "/v2/shipments/x", &Value::Null).await;
    assert_eq!(status, 403);
    contracts.check(&ours, &["easypost/error_403_apikey_inactive.json"], &["", "/error"]);
}
