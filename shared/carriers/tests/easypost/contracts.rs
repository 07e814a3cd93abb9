//! Answers that EasyPost gave, recorded: every one that concerns us must be read as it was meant.
//!
//! They lie in the folder that `PUNCTUAL_CONTRACTS` names, in `easypost/`; without it these tests only say so.

use std::collections::BTreeSet;
use std::path::PathBuf;

use carriers::easypost::webhook::verify;
use carriers::{
    AddressCheck, BoughtLabel, CarrierError, Connector, Found, LabelSource, Offer, ShipRequest, VoidOutcome,
};
use domain::address::Address;
use domain::customs::{CustomsForm, CustomsItem, NonDelivery};
use domain::measure::{Length, Weight};
use domain::parcel::{Dimensions, Parcel};
use domain::rates::{Carrier as Name, Service};
use domain::{Money, Private};
use serde_json::{Value, json};

use crate::support::{self, Bought, NUMBER, Order, Reply, Stub, part, soon};

/// The folder, or `None` after a note.
pub fn folder() -> Option<PathBuf> {
    let Some(contracts) = std::env::var_os("PUNCTUAL_CONTRACTS") else {
        eprintln!("PUNCTUAL_CONTRACTS is not set: no recorded answers are checked");
        return None;
    };
    Some(PathBuf::from(contracts).join("easypost"))
}

/// Every recorded answer whose name begins with `prefix`, in order.
pub fn recorded(prefix: &str) -> Vec<(String, Value)> {
    let Some(folder) = folder() else { return Vec::new() };
    let mut answers = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with(prefix) && name.ends_with(".json") && !name.ends_with(".request.json") {
            answers.push((name, serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()));
        }
    }
    assert!(!answers.is_empty(), "no {prefix}*");
    answers.sort_by(|a, b| a.0.cmp(&b.0));
    answers
}

pub fn one(name: &str) -> Option<Value> {
    Some(serde_json::from_slice(&std::fs::read(folder()?.join(name)).unwrap()).unwrap())
}

/// Every object of this kind, however deep.
pub fn objects<'a>(value: &'a Value, kind: &str) -> Vec<&'a Value> {
    let inner: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    };
    let own = value.get("object").is_some_and(|object| object == kind).then_some(value);
    own.into_iter().chain(inner.into_iter().flat_map(|value| objects(value, kind))).collect()
}

pub async fn answering(status: u16, body: &Value) -> Stub {
    let body = body.clone();
    Stub::start(move |_| Reply::json(status, &body)).await
}

fn address() -> Address {
    Address {
        name: "Jack Sparrow".into(),
        street1: "388 Townsend St".into(),
        street2: "Apt 20".into(),
        city: "San Francisco".into(),
        state: "CA".into(),
        postal_code: "94107".into(),
        country: "US".into(),
        phone: "5555555555".into(),
        ..Address::default()
    }
}

async fn quote(stub: &Stub) -> Result<Offer, CarrierError> {
    let [a, b, c] = [10, 8, 4].map(Length::inches);
    let parcel = Parcel {
        weight: Weight::parse("15.4", "OUNCE").unwrap(),
        dimensions: Some(Dimensions::new(a, b, c)),
    };
    let from = address();
    let to = Address { street2: String::new(), ..address() };
    let request =
        ShipRequest { from: &from, to: &to, parcel: &parcel, customs: None, reference: "123", part: &part() };
    stub.easypost().quote(&request, None, soon()).await
}

async fn quotes_of(shipment: &Value) -> Offer {
    quote(&answering(201, shipment).await).await.unwrap()
}

async fn purchase_of(shipment: &Value) -> Option<BoughtLabel> {
    let order = Order::of(shipment["id"].as_str().unwrap(), "rate_1");
    match answering(200, shipment).await.easypost().find_purchase(&order.purchase, &part()).await.unwrap() {
        Found::Label(label) => Some(*label),
        Found::Pending(label) => panic!("it is issued at once: {label:?}"),
        Found::Bare { .. } | Found::Nothing(_) => None,
    }
}

#[tokio::test]
async fn every_rate_of_every_shipment_is_read() {
    let mut shipments = 0;
    for (name, answer) in recorded("") {
        for shipment in objects(&answer, "Shipment") {
            let quotes = quotes_of(shipment).await;
            assert_eq!(quotes.quotes.len(), shipment["rates"].as_array().unwrap().len(), "{name}");
            assert_eq!(quotes.messages.len(), shipment["messages"].as_array().unwrap().len(), "{name}");
            shipments += 1;
        }
    }
    if folder().is_some() {
        assert!(shipments >= 20, "{shipments} shipments");
    }
}

#[tokio::test]
async fn rates_are_read_wherever_they_stand() {
    for prefix in ["shipment_rerate", "rate_", "order_", "beta_", "shipment_smartrate"] {
        for (name, answer) in recorded(prefix) {
            let mut rates: Vec<Value> = objects(&answer, "Rate").into_iter().cloned().collect();
            assert!(!rates.is_empty(), "{name}");
            for rate in &mut rates {
                // Rates without a shipment have no id.
                if rate.get("id").is_none() {
                    rate["id"] = "rate_stateless".into();
                }
            }
            // An order names no account in its sums over several parcels.
            rates.retain(|rate| rate["carrier_account_id"].is_string());
            let quotes = quotes_of(&json!({"id": "shp_1", "rates": rates})).await;
            assert_eq!(quotes.quotes.len(), rates.len(), "{name}: {:?}", quotes.messages);
        }
    }
}

#[tokio::test]
async fn the_figures_of_24_rates_and_5_messages() {
    let Some(shipment) = one("shipment_create_usps_ups_24rates_5messages.json") else { return };
    let quotes = quotes_of(&shipment).await;
    assert_eq!((quotes.quotes.len(), quotes.messages.len()), (24, 5));
    assert_eq!(quotes.quotes[0].ticket.as_str(), "shp_eb373fd7ff5241a8ae1e342c11c8a12c");
    let cheapest = quotes.quotes.iter().min_by_key(|quote| quote.cost.minor).unwrap();
    assert_eq!(cheapest.cost, Money::usd(593));
    assert_eq!(cheapest.service, Service::new(Name::Usps, "GroundAdvantage"));
    assert_eq!(cheapest.days, Some(3));
    let ground: Vec<_> =
        quotes.quotes.iter().filter(|q| q.service == Service::new(Name::Ups, "Ground")).collect();
    assert_eq!(ground.len(), 3, "one for each account");
    assert!(ground[0].billed_to != ground[1].billed_to && ground[1].billed_to != ground[2].billed_to);
    assert_eq!(quotes.messages[0].carrier, "UPS");
    assert_eq!(quotes.messages[1].text, "Invalid credentials");
}

#[tokio::test]
async fn a_purchase_is_seen_exactly_where_one_was_made() {
    for (name, answer) in recorded("") {
        for shipment in objects(&answer, "Shipment") {
            let bought = purchase_of(shipment).await;
            assert_eq!(bought.is_some(), !shipment["postage_label"].is_null(), "{name}");
            if let Some(bought) = bought {
                assert_eq!(bought.tracking.as_str(), shipment["tracking_code"], "{name}");
                assert!(bought.cost.minor > 0, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn the_figures_of_purchases() {
    let Some(shipment) = one("shipment_buy_usps_ups.json") else { return };
    let label = purchase_of(&shipment).await.unwrap();
    assert_eq!(label.cost, Money::usd(594), "5.93 and a cent for the label");
    assert_eq!(label.void, None);
    let insured = purchase_of(&one("shipment_insure.json").unwrap()).await.unwrap();
    assert_eq!(insured.cost, Money::usd(707), "6.07 and a dollar of insurance");
    let label = purchase_of(&one("shipment_buy_png_label.json").unwrap()).await.unwrap();
    assert_eq!(label.tracking.as_str(), "9400100208303109505657");
    assert_eq!(label.cost, Money::usd(607));
    assert!(matches!(label.file, LabelSource::Link(link) if link.expose().ends_with(".png")));
}

#[tokio::test]
async fn buying_answers_as_recorded() {
    for (name, shipment) in recorded("shipment_buy_") {
        let stub = answering(200, &shipment).await;
        let (id, rate) =
            (shipment["id"].as_str().unwrap(), shipment["selected_rate"]["id"].as_str().unwrap());
        let label = Order::of(id, rate).buy(&stub.easypost()).await.unwrap();
        assert_eq!((label.handle.as_str(), label.quote.as_str()), (id, rate), "{name}");
    }
}

/// The status stands in the name of the file.
#[tokio::test]
async fn every_error_is_a_refusal_with_its_code() {
    for (name, answer) in recorded("error_") {
        let status: u16 = name.split('_').nth(1).unwrap().parse().unwrap();
        let error = quote(&answering(status, &answer).await).await.unwrap_err();
        let CarrierError::Rejected { status: told, code, text: words, .. } = &error else {
            panic!("{name}: {error:?}")
        };
        assert_eq!((*told, code.as_str()), (status, answer["error"]["code"].as_str().unwrap()), "{name}");
        let text = support::shown(&error);
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(!text.contains(message), "{text}");
        let words = words.shown(&[&address()]).unwrap();
        assert!(words.starts_with(message), "{name}: {words}");
        if let Some(part) = answer["error"]["errors"][0]["message"].as_str() {
            assert!(words.contains(part), "{name}: {words}");
        }
    }
}

#[tokio::test]
async fn addresses_are_judged_as_recorded() {
    for (name, answer) in recorded("address_") {
        // One call wraps its answer; ours does not.
        let address = answer.get("address").unwrap_or(&answer);
        let check = answering(201, address).await.easypost().verify_address(&self::address()).await;
        if name.starts_with("address_create.") {
            assert!(check.is_err(), "nothing was verified");
        } else if name.contains("undeliverable") || name.contains("failed") {
            let reasons = vec!["E.ADDRESS.NOT_FOUND".to_owned()];
            let AddressCheck::Undeliverable { reasons: told, text } = check.unwrap() else {
                panic!("{name}")
            };
            assert_eq!(told, reasons, "{name}");
            assert_eq!(text.shown(&[]).as_deref(), Some("address: Address not found"), "{name}");
        } else {
            assert_eq!(check.unwrap(), AddressCheck::Deliverable { residential: Some(true) }, "{name}");
        }
    }
    let Some(strict) = one("error_422_address_verify_failure.json") else { return };
    let check = answering(422, &strict).await.easypost().verify_address(&address()).await.unwrap();
    let AddressCheck::Undeliverable { reasons, text } = check else { panic!("{check:?}") };
    assert_eq!(reasons, ["E.ADDRESS.NOT_FOUND", "E.HOUSE_NUMBER.MISSING"]);
    let words = "Unable to verify address.; address: Address not found; street1: House number is missing";
    assert_eq!(text.shown(&[&address()]).as_deref(), Some(words));
}

#[tokio::test]
async fn refunds_are_read() {
    let mut answers = recorded("shipment_refund_");
    answers.extend(recorded("docs_shipping_refund"));
    for (name, answer) in recorded("refund_") {
        for refund in objects(&answer, "Refund") {
            answers.push((
                name.clone(),
                json!({"id": refund["shipment_id"], "refund_status": refund["status"]}),
            ));
        }
    }
    for (name, answer) in answers {
        let label = Bought::of(answer["id"].as_str().unwrap(), NUMBER);
        let outcome = answering(200, &answer).await.easypost().void(&label.label()).await.unwrap();
        assert_eq!(outcome, VoidOutcome::Submitted, "{name}");
    }
}

#[test]
fn the_vector_of_the_official_clients_verifies() {
    let Some(vector) = one("webhook_hmac.json") else { return };
    let body = std::fs::read(folder().unwrap().join("webhook_event_body.json")).unwrap();
    let expected = vector["expected"].as_str().unwrap();
    let verify = |secret: &str, body: &[u8]| verify(&[secret.into()], body, Some(expected));
    let secret = vector["secret"].as_str().unwrap();
    assert_eq!(verify(secret, &body), Ok(()));
    assert!(verify("secret", &body).is_err());
    assert!(verify(secret, &[&body[..], b"\n"].concat()).is_err());
}

/// Every key of ours must be one that EasyPost was seen to take.
#[tokio::test]
async fn requests_have_the_recorded_field_names() {
    let Some(recorded) = one("shipment_create_usps.request.json") else { return };
    let stub = answering(201, &support::unbought()).await;
    quote(&stub).await.unwrap();
    let mut sent = stub.seen()[0].body.clone();
    assert_eq!(sent["shipment"]["parcel"], recorded["shipment"]["parcel"].as_object().map(numbers).unwrap());
    // Named by the documentation's options page; the recorded request left the size to its default.
    assert_eq!(sent["shipment"]["options"].as_object_mut().unwrap().remove("label_size"), Some("4x6".into()));
    check_names(&sent, &recorded, "shipment_create");

    let recorded = one("address_create_verify_undeliverable_201.request.json").unwrap();
    let stub = answering(201, &json!({})).await;
    let _ = stub
        .easypost()
        .verify_address(&Address { street2: String::new(), name: String::new(), ..address() })
        .await;
    check_names(&stub.seen()[0].body, &recorded, "address_create");

    let recorded = one("shipment_buy_png_label.request.json").unwrap();
    let stub = answering(500, &json!({})).await;
    let _ = Order::new().buy(&stub.easypost()).await;
    check_names(&stub.seen()[0].body, &recorded, "shipment_buy");
}

/// `10` and `10.0` are the same number to EasyPost.
fn numbers(fields: &serde_json::Map<String, Value>) -> Value {
    fields.iter().map(|(key, value)| (key.clone(), json!(value.as_f64().unwrap()))).collect()
}

#[track_caller]
fn check_names(sent: &Value, recorded: &Value, path: &str) {
    let Some(fields) = sent.as_object() else { return };
    for (name, value) in fields {
        let path = format!("{path}.{name}");
        let known = recorded.get(name);
        assert!(known.is_some(), "{path} was never recorded");
        check_names(value, known.unwrap(), &path);
    }
}

/// Every field of the recorded request of a customs form is in ours.
#[tokio::test]
async fn a_customs_form_has_the_recorded_fields() {
    let Some(recorded) = one("customs_info_create.request.json") else { return };
    let item = CustomsItem {
        description: "Sweet shirts".into(),
        quantity: 2,
        value: Money::usd(2_325),
        weight: Weight::ounces(11),
        origin_country: "US".into(),
        hs_code: Some("654321".into()),
        seller_sku: String::new(),
    };
    let form = CustomsForm {
        signer: Private::from("Steve Brule"),
        non_delivery: NonDelivery::Return,
        items: vec![item],
    };
    let shipment = one("shipment_create_usps.json").unwrap();
    let stub = answering(201, &shipment).await;
    let parcel = Parcel { weight: Weight::ounces(15), dimensions: None };
    let (from, to) = (address(), address());
    let request = ShipRequest {
        from: &from,
        to: &to,
        parcel: &parcel,
        customs: Some(&form),
        reference: "1",
        part: &part(),
    };
    stub.easypost().quote(&request, None, soon()).await.unwrap();
    let sent = stub.seen()[0].body["shipment"]["customs_info"].clone();
    let fields = recorded["customs_info"].as_object().unwrap();
    for (field, value) in fields
        .iter()
        .filter(|(field, _)| !["customs_items", "contents_explanation"].contains(&field.as_str()))
    {
        assert_eq!(sent[field], *value, "{field}");
    }
    for (field, value) in fields["customs_items"][0].as_object().unwrap() {
        let (sent, value) = (&sent["customs_items"][0][field], value);
        let same = sent == value || sent.as_f64().is_some() && sent.as_f64() == value.as_f64();
        assert!(same, "{field}: {sent}, recorded {value}");
    }
}

/// UPS names a day, USPS none; an answer of smartrate has the date alone.
#[tokio::test]
async fn days_of_delivery_are_read_as_recorded() {
    let Some(answer) = one("shipment_create_usps_ups_24rates_5messages.json") else { return };
    let quotes = quotes_of(&answer).await;
    let dated = quotes.quotes.iter().filter(|quote| quote.arrives_on.is_some());
    let carriers: BTreeSet<_> = dated.clone().map(|quote| quote.service.carrier).collect();
    assert_eq!(carriers, BTreeSet::from([Name::Ups]));
    let rates = answer["rates"].as_array().unwrap();
    let recorded = rates.iter().filter_map(|rate| rate["delivery_date"].as_str()).map(|date| &date[..10]);
    let recorded: Vec<String> = recorded.map(str::to_owned).collect();
    assert_eq!(dated.map(|quote| quote.arrives_on.unwrap().to_string()).collect::<Vec<_>>(), recorded);
    assert!(!recorded.is_empty());
}
