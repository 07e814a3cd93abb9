//! Every call but buying, over real sockets.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use carriers::{
    AddressCheck, CarrierError, Certainty, Connector, Feature, Found, Offer, Rejection, ShipRequest,
    VoidOutcome,
};
use domain::address::Address;
use domain::customs::{CustomsForm, CustomsItem, NonDelivery};
use domain::measure::{Length, Weight};
use domain::parcel::{Dimensions, Parcel};
use domain::rates::Ticket;
use domain::retry::Retry;
use domain::{Money, Private};
use serde_json::{Value, json};

use crate::support::{
    self, Bought, NUMBER, Order, Reply, SHIPMENT, Stub, assert_nothing_private, bought, part, soon, unbought,
};

pub fn address() -> Address {
    Address {
        name: "Ann Smith".into(),
        street1: "12 Elm St".into(),
        city: "Reno".into(),
        state: "NV".into(),
        postal_code: "89501".into(),
        country: "US".into(),
        phone: "5555555555".into(),
        ..Address::default()
    }
}

pub fn parcel() -> Parcel {
    let [a, b, c] = [10, 8, 4].map(Length::inches);
    Parcel { weight: Weight::ounces(15), dimensions: Some(Dimensions::new(a, b, c)) }
}

async fn quote(stub: &Stub) -> Result<Offer, CarrierError> {
    quote_again(stub, None).await
}

async fn quote_again(stub: &Stub, again: Option<&Ticket>) -> Result<Offer, CarrierError> {
    let (address, parcel, part) = (address(), parcel(), part());
    let request = ShipRequest {
        from: &address,
        to: &address,
        parcel: &parcel,
        customs: None,
        reference: "7-1",
        part: &part,
    };
    stub.easypost().quote(&request, again, soon()).await
}

#[tokio::test]
async fn quotes_make_a_shipment() {
    let stub = Stub::start(|_| Reply::json(201, &unbought())).await;
    let quotes = quote(&stub).await.unwrap();
    let ticket = &quotes.quotes[0].ticket;
    assert_eq!((ticket.as_str(), quotes.quotes[0].account.as_str()), (SHIPMENT, "easypost:default"));
    assert_eq!(quotes.quotes[0].cost, Money::usd(607));
    let seen = stub.seen().remove(0);
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/v2/shipments"));
    let shipment = &seen.body["shipment"];
    assert_eq!(shipment["options"], json!({"label_format": "PDF", "label_size": "4x6"}));
    assert_eq!(shipment["parcel"], json!({"length": 10.0, "width": 8.0, "height": 4.0, "weight": 15.0}));
    assert_eq!(shipment["reference"], "7-1");
    assert_eq!(shipment["to_address"]["zip"], "89501");
}

#[tokio::test]
async fn a_ticket_is_priced_again() {
    let stub = Stub::start(|_| Reply::json(200, &json!({"rates": unbought()["rates"]}))).await;
    let ticket = Ticket::new(SHIPMENT);
    let quotes = quote_again(&stub, Some(&ticket)).await.unwrap().quotes;
    assert_eq!((&quotes[0].ticket, quotes.len()), (&ticket, 1));
    assert_eq!(stub.calls(), ["POST /v2/shipments/shp_1/rerate"]);
}

#[tokio::test]
async fn a_quote_is_given_up_at_its_deadline() {
    let stub =
        Stub::start(|_| Reply { delay: Duration::from_secs(5), ..Reply::json(201, &unbought()) }).await;
    let (address, parcel, part, begun) = (address(), parcel(), part(), Instant::now());
    let request = ShipRequest {
        from: &address,
        to: &address,
        parcel: &parcel,
        customs: None,
        reference: "7-1",
        part: &part,
    };
    let deadline = begun + Duration::from_millis(50);
    let error = stub.easypost().quote(&request, None, deadline).await.unwrap_err();
    assert!(matches!(error, CarrierError::Late(_)), "{error:?}");
    assert!(matches!(error.retry(), Retry::After(_)) && begun.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_lost_quote_may_be_asked_again_and_is_not_repeated_here() {
    let mut odd = unbought();
    odd["id"] = "shp_1/../../users".into();
    for reply in [
        Reply::error(500, "INTERNAL_SERVER_ERROR"),
        Reply::bytes(201, "{"),
        Reply::json(201, &json!({})),
        Reply::json(201, &odd),
    ] {
        let (status, body) = (reply.status, reply.body);
        let stub = Stub::start(move |_| Reply::bytes(status, body.clone())).await;
        let error = quote(&stub).await.unwrap_err();
        assert_nothing_private(&error);
        assert!(matches!(error.retry(), Retry::After(_)), "{error:?}");
        assert_eq!(stub.calls().len(), 1);
    }
    let stub = Stub::start(|_| Reply::error(422, "ADDRESS.COUNTRY.INVALID")).await;
    let error = quote(&stub).await.unwrap_err();
    assert_nothing_private(&error);
    assert!(
        matches!(error, CarrierError::Rejected { reason: Rejection::Address, status: 422, .. }),
        "{error:?}"
    );
    assert_eq!(error.retry(), Retry::Never);
}

#[tokio::test]
async fn verifies_addresses() {
    let good = json!({"success": true, "errors": []});
    let answer = json!({"residential": false, "verifications": {"zip4": good, "delivery": good}});
    let stub = Stub::start(move |_| Reply::json(201, &answer)).await;
    let check = stub.easypost().verify_address(&address()).await.unwrap();
    assert_eq!(check, AddressCheck::Deliverable { residential: Some(false) });
    let body = &stub.seen()[0].body;
    assert_eq!((&body["verify"], &body["address"]["street1"]), (&json!(true), &json!("12 Elm St")));
}

#[tokio::test]
async fn a_refused_address_is_undeliverable_and_an_outage_is_no_verdict() {
    let stub = Stub::start(|_| Reply::error(422, "ADDRESS.VERIFY.FAILURE")).await;
    let check = stub.easypost().verify_address(&address()).await.unwrap();
    let AddressCheck::Undeliverable { reasons, text } = check else { panic!("{check:?}") };
    assert_eq!(reasons, ["ADDRESS.VERIFY.FAILURE"]);
    assert_eq!(text.shown(&[&address()]).as_deref(), Some("[…] of […]"));
    for (status, code) in
        [(422, "ADDRESS.VERIFY.UNAVAILABLE"), (503, "ADDRESS.VERIFY.FAILURE"), (401, "UNAUTHORIZED")]
    {
        let stub = Stub::start(move |_| Reply::error(status, code)).await;
        assert!(stub.easypost().verify_address(&address()).await.is_err(), "{code}");
    }
    let stub = Stub::start(|_| Reply::json(201, &json!({"verifications": {}}))).await;
    assert!(stub.easypost().verify_address(&address()).await.is_err());
}

#[tokio::test]
async fn finds_a_purchase_or_none() {
    let stub = Stub::start(|_| Reply::json(200, &bought("https://files.example/l.pdf"))).await;
    let found = stub.easypost().find_purchase(&Order::new().purchase, &part()).await.unwrap();
    let Found::Label(label) = found else { panic!("{found:?}") };
    assert_eq!(label.tracking.as_str(), NUMBER);
    let stub = Stub::start(|_| Reply::json(200, &unbought())).await;
    let found = stub.easypost().find_purchase(&Order::new().purchase, &part()).await.unwrap();
    assert_eq!(found, Found::Nothing(Certainty::Proof));
}

#[tokio::test]
async fn what_cannot_be_read_is_never_no_purchase() {
    let mut incomplete = bought("https://files.example/l.pdf");
    incomplete["postage_label"] = Value::Null;
    let shipments = json!({"shipments": []});
    for body in [incomplete, json!({}), json!({"id": "shp_2"}), shipments, json!(null)] {
        let answer = body.clone();
        let stub = Stub::start(move |_| Reply::json(200, &answer)).await;
        let error = stub.easypost().find_purchase(&Order::new().purchase, &part()).await.unwrap_err();
        assert_nothing_private(&error);
        assert!(matches!(error.retry(), Retry::After(_)), "{body}");
    }
    let stub = Stub::start(|_| Reply::error(404, "NOT_FOUND")).await;
    assert!(
        stub.easypost().find_purchase(&Order::new().purchase, &part()).await.is_err(),
        "perhaps another account's key"
    );
}

#[tokio::test]
async fn reads_are_repeated_after_a_fault() {
    let calls = AtomicUsize::new(0);
    let stub = Stub::start(move |_| match calls.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Reply::error(503, "SERVICE_UNAVAILABLE"),
        _ => Reply::json(200, &unbought()),
    })
    .await;
    let counted = Arc::new(Mutex::new(Vec::new()));
    let log = counted.clone();
    let easypost = stub.easypost().counting(Arc::new(move |call| log.lock().unwrap().push(call)));
    let found = easypost.find_purchase(&Order::new().purchase, &part()).await.unwrap();
    assert_eq!(found, Found::Nothing(Certainty::Proof));
    assert_eq!(*counted.lock().unwrap(), ["read", "read", "read"]);

    let stub = Stub::start(|_| Reply::error(500, "INTERNAL_SERVER_ERROR")).await;
    assert!(stub.easypost().find_purchase(&Order::new().purchase, &part()).await.is_err());
    assert_eq!(stub.calls().len(), 3, "twice again, no more");
}

async fn check_void(refund: Reply, status_read: Value, expect: Option<VoidOutcome>) {
    let (code, body) = (refund.status, refund.body);
    let mut shipment = bought("https://files.example/l.pdf");
    shipment["refund_status"] = status_read.clone();
    let stub = Stub::start(move |seen| match seen.method.as_str() {
        "POST" => Reply::bytes(code, body.clone()),
        _ => Reply::json(200, &shipment),
    })
    .await;
    let outcome = stub.easypost().void(&Bought::new().label()).await;
    assert_eq!(stub.calls()[0], "POST /v2/shipments/shp_1/refund");
    if let Err(error) = &outcome {
        assert_nothing_private(error);
    }
    assert_eq!(outcome.ok(), expect, "HTTP {code}, read back {status_read}");
}

#[tokio::test]
async fn voids_and_reads_back_what_was_lost() {
    let says = |status: &str| Reply::json(200, &json!({"id": "shp_1", "refund_status": status}));
    check_void(says("submitted"), Value::Null, Some(VoidOutcome::Submitted)).await;
    check_void(says("refunded"), Value::Null, Some(VoidOutcome::Refunded)).await;
    check_void(says("rejected"), Value::Null, Some(VoidOutcome::Rejected)).await;
    check_void(says("not_applicable"), Value::Null, Some(VoidOutcome::NotApplicable)).await;
    check_void(Reply::error(500, "INTERNAL"), json!("submitted"), Some(VoidOutcome::Submitted)).await;
    check_void(Reply::bytes(200, "{"), json!("refunded"), Some(VoidOutcome::Refunded)).await;
    let again = || Reply::error(422, "SHIPMENT.REFUND.UNAVAILABLE");
    check_void(again(), json!("submitted"), Some(VoidOutcome::AlreadyRequested)).await;
    check_void(again(), json!("refunded"), Some(VoidOutcome::Refunded)).await;
    check_void(again(), Value::Null, None).await;
    check_void(Reply::error(500, "INTERNAL"), Value::Null, None).await;
}

#[tokio::test]
async fn a_lost_void_must_be_read_back() {
    let stub = Stub::start(|_| Reply::error(500, "INTERNAL_SERVER_ERROR")).await;
    let error = stub.easypost().void(&Bought::new().label()).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Reconcile);
}

#[tokio::test]
async fn fetches_the_pdf_it_knows_without_the_key() {
    let stub = Stub::start(|_| Reply::bytes(200, "%PDF-1.4 Ann")).await;
    let url = Private::new(format!("{}/files/label.pdf?sig=1", stub.url));
    let label = stub.easypost().label_file(&Bought::new().label(), Some(&url)).await.unwrap();
    assert_eq!((&label.bytes[..5], label.content_type.as_str()), (b"%PDF-".as_slice(), "application/pdf"));
    assert_eq!(format!("{label:?}"), "LabelDocument(application/pdf, 12 bytes)");
    assert_eq!(stub.calls(), ["GET /files/label.pdf?sig=1"]);
    assert_eq!(stub.seen()[0].authorization, "");
}

#[tokio::test]
async fn calls_beyond_the_limit_are_not_sent() {
    let stub =
        Stub::start(|_| Reply { delay: Duration::from_millis(200), ..Reply::json(200, &unbought()) }).await;
    let easypost = support::easypost_with(&stub.url, |config| {
        config.concurrency_max = 1;
        config.timeouts.place = Duration::from_millis(20);
    });
    let purchase = Order::new().purchase;
    let part = part();
    let (first, second) =
        tokio::join!(easypost.find_purchase(&purchase, &part), easypost.find_purchase(&purchase, &part));
    assert!(first.is_ok());
    assert!(matches!(second, Err(CarrierError::NotSent { source: None, .. })), "{second:?}");
    assert_eq!(stub.calls().len(), 1);
}

#[tokio::test]
async fn settles_after_any_purchase_is_over() {
    let stub = Stub::start(|_| Reply::json(200, &unbought())).await;
    assert_eq!(stub.easypost().capabilities().settle, Duration::from_secs(65));
    let patient = support::easypost_with(&stub.url, |config| config.timeouts.buy = Duration::from_secs(90));
    assert_eq!(patient.capabilities().settle, Duration::from_secs(95));
    assert_eq!(patient.capabilities().buy_timeout, Duration::from_secs(90));
    // It issues every label when it sells it; sheets for dangerous goods are TikTok's.
    let offered = |feature: &Feature| patient.capabilities().offers(*feature);
    let lacks: Vec<Feature> = Feature::ALL.into_iter().filter(|feature| !offered(feature)).collect();
    assert_eq!(lacks, [Feature::IssueLater, Feature::HazmatSheet]);
}

#[tokio::test]
async fn a_refund_is_overdue_after_thirty_days_whoever_the_carrier() {
    use domain::rates::Carrier as Name;
    let easypost = support::easypost("http://127.0.0.1:1");
    let capabilities = easypost.capabilities();
    for carrier in [Name::Usps, Name::Ups, Name::FedEx, Name::DhlEcommerce, Name::Amazon] {
        let after = capabilities.refund_overdue_after(carrier).unwrap();
        assert_eq!(after.as_hours(), 30 * 24, "{carrier:?}");
    }
    assert_eq!(capabilities.refund_overdue_after(Name::Other), None);
}

/// A server that knows its own address, to point to its files.
async fn converting(shipment: impl Fn(&str) -> Value + Send + Sync + 'static) -> Stub {
    let own_url = Arc::new(Mutex::new(String::new()));
    let url = own_url.clone();
    let stub = Stub::start(move |seen| {
        let pdf_url = format!("{}/files/new.pdf", url.lock().unwrap());
        match seen.path.as_str() {
            "/files/new.pdf" => Reply::bytes(200, "%PDF-1.4"),
            "/files/fake.pdf" => Reply::bytes(200, "PNG"),
            "/v2/shipments/shp_1" => Reply::json(200, &shipment(&pdf_url)),
            "/v2/shipments/shp_1/label?file_format=PDF" => {
                Reply::json(200, &json!({"id": "shp_1", "postage_label": {"label_pdf_url": pdf_url}}))
            }
            _ => Reply::bytes(403, "<Error>AccessDenied</Error>"),
        }
    })
    .await;
    own_url.lock().unwrap().clone_from(&stub.url);
    stub
}

async fn check_label(known: Option<&str>, expect_calls: &[&str]) {
    let stub = converting(|_| bought("https://files.example/old.png")).await;
    let known = known.map(|path| Private::new(format!("{}{path}", stub.url)));
    let label = stub.easypost().label_file(&Bought::new().label(), known.as_ref()).await.unwrap();
    assert!(label.bytes.starts_with(b"%PDF"));
    assert_eq!(stub.calls(), expect_calls);
}

#[tokio::test]
async fn converts_what_is_no_pdf() {
    let convert = "GET /v2/shipments/shp_1/label?file_format=PDF";
    let new = "GET /files/new.pdf";
    check_label(Some("/files/old.png"), &[convert, new]).await;
    check_label(Some("/files/gone.pdf"), &["GET /files/gone.pdf", convert, new]).await;
    check_label(Some("/files/fake.pdf"), &["GET /files/fake.pdf", convert, new]).await;
}

#[tokio::test]
async fn asks_the_shipment_where_its_label_is() {
    let stub = converting(bought).await;
    let label = stub.easypost().label_file(&Bought::new().label(), None).await.unwrap();
    assert!(label.bytes.starts_with(b"%PDF"));
    assert_eq!(stub.calls(), ["GET /v2/shipments/shp_1", "GET /files/new.pdf"]);
}

#[tokio::test]
async fn a_label_that_is_too_long_is_refused() {
    let stub = Stub::start(|seen| match seen.path.as_str() {
        "/files/label.pdf" => Reply::bytes(200, [b"%PDF".as_slice(), &[0; 9 << 20]].concat()),
        _ => Reply::error(404, "NOT_FOUND"),
    })
    .await;
    let url = Private::new(format!("{}/files/label.pdf", stub.url));
    let error = stub.easypost().label_file(&Bought::new().label(), Some(&url)).await.unwrap_err();
    assert_nothing_private(&error);
}

/// A carrier repeats what it was sent, in every place where EasyPost lets it say something.
#[tokio::test]
async fn messages_of_carriers_are_kept_without_the_address() {
    let text =
        "12 ELM ST, Reno is unknown to us; call Ann Lee at 555-555-5555 or ann@example.com about 89501";
    let mut answer = unbought();
    answer["messages"] = json!([
        {"carrier": "UPS", "type": "rate_error", "message": text},
        {"carrier": "FedEx", "type": "rate_error", "message": {"errors": [text, {"to": "no pickup there"}]}},
        "12 Elm St: no",
    ]);
    let stub = Stub::start(move |_| Reply::json(201, &answer)).await;
    let to =
        Address { name: "Ann Lee".into(), street1: "12 Elm St".into(), city: "Reno".into(), ..address() };
    let request = ShipRequest {
        from: &address(),
        to: &to,
        parcel: &parcel(),
        customs: None,
        reference: "7-1",
        part: &part(),
    };
    let quotes = stub.easypost().quote(&request, None, soon()).await.unwrap();
    let texts: Vec<&str> = quotes.messages.iter().map(|message| message.text.as_str()).collect();
    let kept = "[…] is unknown to us; call […] at […] or […] about […]";
    assert_eq!(texts, [kept, &format!("{kept}; no pickup there"), "[…]: no"]);
}

#[tokio::test]
async fn a_customs_form_goes_with_the_shipment() {
    let stub = Stub::start(|_| Reply::json(201, &unbought())).await;
    let form = CustomsForm {
        signer: Private::from("Sam Seller"),
        non_delivery: NonDelivery::Return,
        items: vec![CustomsItem {
            description: "Mug".into(),
            quantity: 2,
            value: Money::usd(3_600),
            weight: Weight::ounces(24),
            origin_country: "CN".into(),
            hs_code: None,
            seller_sku: String::new(),
        }],
    };
    let (address, parcel, part) = (address(), parcel(), part());
    let request = |customs| ShipRequest {
        from: &address,
        to: &address,
        parcel: &parcel,
        customs,
        reference: "7-1",
        part: &part,
    };
    stub.easypost().quote(&request(Some(&form)), None, soon()).await.unwrap();
    stub.easypost().quote(&request(None), None, soon()).await.unwrap();
    let sent: Vec<Value> =
        stub.seen().iter().map(|seen| seen.body["shipment"]["customs_info"].clone()).collect();
    let item = json!({"description": "Mug", "quantity": 2, "value": 36.0, "currency": "USD", "weight": 24.0,
        "origin_country": "CN"});
    assert_eq!(
        (&sent[0]["customs_signer"], &sent[0]["customs_items"]),
        (&json!("Sam Seller"), &json!([item]))
    );
    assert_eq!(sent[1], Value::Null);
}

/// A key that was replaced has to be read again, and only that.
#[tokio::test]
async fn a_refusal_of_the_key_is_reported() {
    for (status, reported) in [(401, 1), (403, 1), (402, 0), (404, 0), (422, 0), (429, 0), (500, 0), (200, 0)]
    {
        let stub =
            Stub::start(move |_| Reply::json(status, &bought("https://files.example/label.pdf"))).await;
        let refusals = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&refusals);
        let report = Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let easypost = stub.easypost().reporting_refusals(report);
        let bought = Order::new().buy(&easypost).await;
        assert_eq!(bought.is_ok(), status == 200, "{status}: {bought:?}");
        assert_eq!(refusals.load(Ordering::SeqCst), reported, "{status}");
    }
}
