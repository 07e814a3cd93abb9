//! TikTok's own labels: every request and answer beside the official samples, and what is odd about them.

use domain::measure::{Length, Weight};
use domain::order::OrderPart;
use domain::parcel::{Dimensions, Parcel};
use domain::{LineItemId, OrderId, PackageId, ProviderId, Timestamp, TrackingNumber};
use serde_json::{Map, Value, json};
use tiktok::{DocumentKind, Handover, PickupSlot};

use crate::contract::{answering, folder, json as read_json};
use crate::server::{Reply, Server};
use crate::setup::{fresh, shop};

fn part(is_whole: bool) -> OrderPart {
    OrderPart {
        order: OrderId::new("2882335594258860015"),
        items: vec![LineItemId::new("2882335594258860015")],
        is_whole,
        package: None,
        has_dangerous_goods: false,
        combined_with: Vec::new(),
    }
}

fn parcel() -> Parcel {
    let centimeters = |value| Length::parse(value, "CM").unwrap();
    let sides = Dimensions::new(centimeters("30"), centimeters("20.05"), centimeters("10"));
    Parcel { weight: Weight::parse("1.2", "KILOGRAM").unwrap(), dimensions: Some(sides) }
}

fn package() -> PackageId {
    PackageId::new("2882335594258860015")
}

/// The body that was sent has no field that the sample does not have, and each is of the sample's type, to the last level.
#[track_caller]
fn check_request(server: &Server, example: &str) -> Value {
    let sample = read_json(&folder().unwrap().join("examples").join(format!("{example}.request.json")));
    let sent: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
    check_shape(&sent, &sample, example);
    sent
}

#[track_caller]
fn check_shape(sent: &Value, sample: &Value, path: &str) {
    match (sent, sample) {
        (Value::Object(sent), Value::Object(sample)) => {
            for (name, value) in sent {
                let sample = sample.get(name).unwrap_or_else(|| panic!("{path}.{name} is in no sample"));
                check_shape(value, sample, &format!("{path}.{name}"));
            }
        }
        (Value::Array(sent), Value::Array(sample)) => {
            sent.iter().for_each(|value| check_shape(value, &sample[0], &format!("{path}[]")));
        }
        _ => assert_eq!(
            std::mem::discriminant(sent),
            std::mem::discriminant(sample),
            "{path}: {sent} is unlike {sample}"
        ),
    }
}

#[tokio::test]
async fn eligible_services() {
    let Some((server, client, _setup)) = answering("fulfillment_202309_GetEligibleShippingService").await
    else {
        return;
    };
    let services = client.eligible_services(&shop(), &part(false), &parcel()).await.unwrap();
    let [service] = services.as_slice() else { panic!("{} services", services.len()) };
    assert_eq!((service.name.as_str(), service.provider.as_str()), ("UPS-first class", "UPS"));
    assert_eq!((service.price, service.days), (Some(domain::Money::usd(500)), Some(5)));
    let sent = check_request(&server, "fulfillment_202309_GetEligibleShippingService");
    assert_eq!(sent["weight"], json!({"value": "1200", "unit": "GRAM"}));
    assert_eq!(
        sent["dimension"],
        json!({"length": "30.0", "width": "20.1", "height": "10.0", "unit": "CM"}),
        "a side is never declared shorter than it is"
    );
}

#[tokio::test]
async fn create_packages() {
    let Some((server, client, _setup)) = answering("fulfillment_202512_CreatePackages").await else { return };
    let created = client.create_package(&shop(), &part(false), &parcel(), Some("7")).await.unwrap();
    assert_eq!(created.id, package());
    // The sample's currency is the word "dollar".
    assert_eq!(created.service.price, Some(domain::Money::usd(1_000)));
    let sent = check_request(&server, "fulfillment_202512_CreatePackages");
    assert_eq!(sent["ship_type"], "2");
    assert_eq!(sent["order_line_item"], json!([{"order_line_id": "2882335594258860015"}]));
    assert_eq!(server.seen()[0].path, "/fulfillment/202512/packages");
}

#[tokio::test]
async fn a_whole_order_names_no_lines() {
    let answer = json!({"code": 0, "data": {"package_id": "1153"}});
    let (server, client, _setup) = fresh(move |_, _| Reply::json(200, answer.clone())).await;
    let plain = Parcel { dimensions: None, ..parcel() };
    let created = client.create_package(&shop(), &part(true), &plain, None).await.unwrap();
    assert_eq!(
        (created.id.as_str(), created.service.price),
        ("1153", None),
        "a label without a price is a label"
    );
    let sent: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
    let expect = json!({
        "ship_type": "1", "order_id": "2882335594258860015", "weight": {"value": "1200", "unit": "GRAM"}
    });
    assert_eq!(sent, expect);
}

#[tokio::test]
async fn a_purchase_is_sent_once_whatever_comes_back() {
    let refused = |code: i64| (200, json!({"code": code, "message": "please try again later"}));
    let mut faults: Vec<(u16, Value)> =
        [36_009_003, 21_042_076, 21_022_026, 11_001_027].into_iter().map(refused).collect();
    faults.extend([
        (500, json!({})),
        (200, json!({"code": 0, "data": {}})),
        (200, json!({"code": 0, "data": {"package_id": ""}})),
        (200, json!({"code": 0, "data": {"package_id": "../x"}})),
    ]);
    for (status, body) in faults {
        let shown = body.to_string();
        let (server, client, _setup) = fresh(move |_, _| Reply::json(status, body.clone())).await;
        let error = client.create_package(&shop(), &part(true), &parcel(), None).await.unwrap_err();
        assert_eq!(error.retry(), domain::retry::Retry::Reconcile, "{shown}: {error}");
        assert_eq!(server.seen().len(), 1, "{shown}");
    }
}

#[tokio::test]
async fn ship_package() {
    let Some((server, client, _setup)) = answering("fulfillment_202309_ShipPackage").await else { return };
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    let slot = PickupSlot { start: at(1_623_812_664), end: at(1_623_816_264) };
    client.ship_package(&shop(), &package(), Some(Handover::Pickup(slot))).await.unwrap();
    check_request(&server, "fulfillment_202309_ShipPackage");
    assert_eq!(server.seen()[0].path, "/fulfillment/202309/packages/2882335594258860015/ship");
}

#[tokio::test]
async fn ship_package_with_a_label_of_ones_own() {
    let Some((server, client, _setup)) = answering("fulfillment_202309_ShipPackage").await else { return };
    let (provider, tracking) = (ProviderId::new("6617675021119438849"), TrackingNumber::new("JX12345"));
    client.ship_package_myself(&shop(), &package(), &provider, &tracking).await.unwrap();
    let sent = check_request(&server, "fulfillment_202309_ShipPackage");
    let expect = json!({"self_shipment": {
        "tracking_number": "JX12345", "shipping_provider_id": "6617675021119438849"
    }});
    assert_eq!(sent, expect);
}

#[tokio::test]
async fn handover_options() {
    let Some((_server, client, _setup)) = answering("fulfillment_202309_GetPackageHandoverTimeSlots").await
    else {
        return;
    };
    let options = client.handover_options(&shop(), &package()).await.unwrap();
    assert!(options.can_pickup && options.can_drop_off);
    assert_eq!(options.pickup_slots.len(), 1);
}

#[tokio::test]
async fn shipping_document() {
    let Some((server, client, _setup)) = answering("fulfillment_202309_GetPackageShippingDocument").await
    else {
        return;
    };
    let document = client.shipping_document(&shop(), &package(), DocumentKind::Label).await.unwrap().unwrap();
    assert_eq!(document.tracking, Some(TrackingNumber::new("752455325694")));
    let seen = &server.seen()[0];
    assert_eq!(seen.path, "/fulfillment/202309/packages/2882335594258860015/shipping_documents");
    assert_eq!(seen.query.get("document_type").map(String::as_str), Some("SHIPPING_LABEL"));
}

#[tokio::test]
async fn a_success_without_a_link_is_a_label_that_is_not_ready() {
    for data in
        [json!(null), json!({}), json!({"doc_url": "", "tracking_number": ""}), json!({"doc_url": null})]
    {
        let answer = json!({"code": 0, "data": data});
        let (server, client, _setup) = fresh(move |_, _| Reply::json(200, answer.clone())).await;
        let document = client.shipping_document(&shop(), &package(), DocumentKind::Label).await.unwrap();
        assert!(document.is_none(), "{data}");
        assert_eq!(server.seen().len(), 1);
    }
    for code in tiktok::LABEL_NOT_READY {
        let answer = json!({"code": code, "message": "not ready"});
        let (server, client, _setup) = fresh(move |_, _| Reply::json(200, answer.clone())).await;
        let error = client.shipping_document(&shop(), &package(), DocumentKind::Label).await;
        assert_eq!(error.err().and_then(|error| error.code()), Some(*code));
        assert_eq!(server.seen().len(), 1, "{code}: who asks at once again only asks in vain");
    }
}

#[tokio::test]
async fn a_document_is_fetched_without_a_token_and_from_nowhere_private() {
    let (server, client, setup) = fresh(|_, _| Reply::json(200, json!("%PDF-1.4"))).await;
    let at = |url: &str| tiktok::ShippingDocument { url: url.to_owned(), tracking: None };
    let bytes = client.download(&at(&format!("{}/object/1?sig=s3cret", setup.url))).await.unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("%PDF"));
    assert_eq!(server.seen()[0].token, "");
    for url in [
        "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/label.pdf",
        "https://localhost/label.pdf",
        "https://secrets.internal/label.pdf",
        "http://files.example.com/label.pdf",
        "file:///etc/passwd",
        "",
    ] {
        assert!(client.download(&at(url)).await.is_err(), "{url}");
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (elsewhere, _, _) = fresh(|_, _| Reply::json(200, json!("%PDF-1.4"))).await;
    let target = format!("{}/label.pdf", elsewhere.url);
    let (_server, client, setup) = fresh(move |_, _| Reply::redirect(&target)).await;
    let document = tiktok::ShippingDocument { url: format!("{}/object/1", setup.url), tracking: None };
    assert!(client.download(&document).await.is_err());
    assert_eq!(elsewhere.seen().len(), 0);
}

#[tokio::test]
async fn package_detail() {
    let Some((_server, client, _setup)) = answering("fulfillment_202309_GetPackageDetail").await else {
        return;
    };
    let state = client.package(&shop(), &package()).await.unwrap();
    assert_eq!((state.status.as_str(), state.sub_status.as_str()), ("PROCESSING", ""));
    assert!(state.updated_at.is_some());
}

#[tokio::test]
async fn search_packages() {
    let Some((server, client, _setup)) = answering("fulfillment_202309_SearchPackage").await else { return };
    let at = |seconds| Timestamp::from_second(seconds).unwrap();
    let page = client.search_packages(&shop(), at(10), at(20), None).await.unwrap();
    let [found] = page.packages.as_slice() else { panic!("{} packages", page.packages.len()) };
    assert_eq!(found.orders, [OrderId::new("577828281214600000")]);
    assert_eq!(found.items, [LineItemId::new("1729382476852921560")]);
    assert!(!found.is_cancelled);
    assert!(page.next_page_token.is_some());
    check_request(&server, "fulfillment_202309_SearchPackage");
}

/// The sample of an order has its package at the order and at its units.
#[test]
fn a_package_of_the_order_is_that_of_its_units() {
    let order = |status: &str, more: Value| {
        let mut raw = json!({"id": "1", "status": status, "create_time": 10, "update_time": 20});
        let (Value::Object(all), Value::Object(more)) = (&mut raw, more) else { unreachable!() };
        all.extend(more.into_iter().collect::<Map<_, _>>());
        tiktok::read_order(raw, &domain::market::Market::united_states()).unwrap()
    };
    let packages = |status, lines: Value, packages: Value| {
        let order = order(status, json!({"line_items": lines, "packages": packages}));
        order.items.into_iter().map(|item| item.package.map(|p| p.as_str().to_owned())).collect::<Vec<_>>()
    };
    let two = json!([{"id": "11"}, {"id": "12"}]);
    let some = |id: &str| Some(id.to_owned());
    assert_eq!(packages("AWAITING_SHIPMENT", two.clone(), json!([{"id": "9"}])), [some("9"), some("9")]);
    assert_eq!(packages("AWAITING_SHIPMENT", two.clone(), json!([{"id": "9"}, {"id": "8"}])), [None, None]);
    let shipped = json!([{"id": "11", "package_id": "9"}, {"id": "12"}]);
    assert_eq!(packages("PARTIALLY_SHIPPING", shipped.clone(), json!([{"id": "9"}])), [some("9"), None]);
    assert_eq!(
        packages("PARTIALLY_SHIPPING", two, json!([{"id": "9"}])),
        [None, None],
        "whose it is, is not told yet"
    );
    assert_eq!(packages("AWAITING_COLLECTION", shipped, json!([{"id": "9"}])), [some("9"), None]);
}
