//! Buying from EasyPost, over real sockets: what is bought, what is certain, what is in doubt.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use carriers::{
    BoughtLabel, BuyError, CarrierCode, CarrierError, Connector, Found, LabelSource, Rejection,
    UnknownOutcome,
};
use domain::Money;
use domain::address::Address;
use domain::rates::{Carrier as Name, Service};
use domain::retry::Retry;
use serde_json::{Value, json};

use crate::support::{self, Order, Reply, Stub, assert_nothing_private, bought, easypost, part, unbought};

const LABEL_URL: &str = "https://files.example/label.pdf";

async fn buy_from(stub: &Stub) -> Result<BoughtLabel, BuyError> {
    Order::new().buy(&stub.easypost()).await
}

/// A server that gives every request the same answer.
async fn always(status: u16, body: Value) -> Stub {
    Stub::start(move |_| Reply::json(status, &body)).await
}

/// A server that refuses to buy with `code` and shows `shipment` when read.
async fn refusing(status: u16, code: &'static str, shipment: Value) -> Stub {
    Stub::start(move |seen| match seen.method.as_str() {
        "POST" => Reply::error(status, code),
        _ => Reply::json(200, &shipment),
    })
    .await
}

#[tokio::test]
async fn buys_once_by_the_shipments_id() {
    let stub = always(200, bought(LABEL_URL)).await;
    let label = buy_from(&stub).await.unwrap();
    assert_eq!((label.account.as_str(), label.handle.as_str()), ("easypost:default", "shp_1"));
    assert_eq!(label.quote.as_str(), "rate_1");
    assert_eq!(label.tracking.as_str(), "9400100208303109505657");
    assert_eq!(label.service, Service::new(Name::Usps, "GroundAdvantage"));
    assert_eq!(label.billed_to.as_str(), "ca_1");
    assert_eq!(label.cost, Money::usd(608), "postage and label fee");
    assert_eq!(label.file, LabelSource::Link(LABEL_URL.into()));
    assert_eq!(stub.calls(), ["POST /v2/shipments/shp_1/buy"]);
    assert_eq!(stub.seen()[0].body, json!({"rate": {"id": "rate_1"}}));
    assert_eq!(stub.seen()[0].authorization, format!("Bearer {}", support::KEY));
}

#[tokio::test]
async fn postage_that_exists_is_read_back() {
    let stub = refusing(422, "SHIPMENT.POSTAGE.EXISTS", bought(LABEL_URL)).await;
    assert_eq!(buy_from(&stub).await.unwrap().tracking.as_str(), "9400100208303109505657");
    assert_eq!(stub.calls(), ["POST /v2/shipments/shp_1/buy", "GET /v2/shipments/shp_1"]);
}

#[tokio::test]
async fn postage_that_exists_and_cannot_be_read_is_unknown() {
    let mut without_label = bought(LABEL_URL);
    without_label["postage_label"] = Value::Null;
    for shipment in [unbought(), without_label, json!({"id": "shp_2"}), json!([])] {
        let stub = refusing(422, "SHIPMENT.POSTAGE.EXISTS", shipment.clone()).await;
        let error = buy_from(&stub).await.unwrap_err();
        assert!(matches!(error, BuyError::Unknown(_)), "{shipment}: {error:?}");
    }
    let stub = Stub::start(|seen| match seen.method.as_str() {
        "POST" => Reply::error(422, "SHIPMENT.POSTAGE.EXISTS"),
        _ => Reply::error(404, "NOT_FOUND"),
    })
    .await;
    assert!(matches!(buy_from(&stub).await, Err(BuyError::Unknown(_))));
}

/// It becomes part of the name of the label's file. The label is paid: what is bought stays unknown until it is looked up.
#[tokio::test]
async fn a_tracking_code_that_is_a_path_is_neither_used_nor_lost() {
    let mut odd = bought(LABEL_URL);
    odd["tracking_code"] = "../../etc/passwd".into();
    let stub = always(200, odd).await;
    let error = buy_from(&stub).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Reconcile);
    let BuyError::Unknown(UnknownOutcome::Broken(why)) = error else { panic!("{error:?}") };
    assert!(why.starts_with("its tracking code is not"), "{why}");
    let found = stub.easypost().find_purchase(&Order::new().purchase, &part()).await;
    assert!(
        matches!(found, Err(CarrierError::Unknown { cause: UnknownOutcome::Broken(_), .. })),
        "{found:?}"
    );
}

#[tokio::test]
async fn postage_that_was_given_back_is_no_label() {
    let mut refunded = bought(LABEL_URL);
    for (status, usable) in [("submitted", false), ("refunded", false), ("rejected", true)] {
        refunded["refund_status"] = status.into();
        let stub = refusing(422, "SHIPMENT.POSTAGE.EXISTS", refunded.clone()).await;
        let outcome = buy_from(&stub).await;
        match outcome {
            Ok(_) => assert!(usable, "{status}"),
            Err(BuyError::Rejected { reason: Rejection::QuoteGone, .. }) => assert!(!usable, "{status}"),
            Err(error) => panic!("{status}: {error:?}"),
        }
    }
}

fn ann() -> Address {
    Address { name: "Ann".into(), street1: "12 Elm St".into(), ..Address::default() }
}

async fn check_refused(status: u16, code: &'static str, expect: Rejection) {
    let stub = refusing(status, code, unbought()).await;
    let error = buy_from(&stub).await.unwrap_err();
    assert_nothing_private(&error);
    let retry = if expect.is_about_account() { Retry::After(Duration::from_secs(60)) } else { Retry::Never };
    assert_eq!(error.retry(), retry, "{status} {code}");
    let BuyError::Rejected { reason, code: told, text } = error else { panic!("{status} {code}: {error:?}") };
    assert_eq!((reason, told.as_str()), (expect, code), "{status}");
    assert_eq!(
        text.shown(&[&ann()]).as_deref(),
        Some("[…] of […]"),
        "the words are kept, and hers taken out"
    );
    assert_eq!(stub.calls().len(), 1, "{code}");
}

#[tokio::test]
async fn certain_rejections_are_told_apart() {
    let failure = "SHIPMENT.POSTAGE.FAILURE";
    check_refused(422, failure, Rejection::Carrier { code: CarrierCode::new(failure) }).await;
    check_refused(402, "PAYMENT_REQUIRED", Rejection::Funds).await;
    check_refused(401, "UNAUTHORIZED", Rejection::Account).await;
    check_refused(403, "APIKEY.INACTIVE", Rejection::Account).await;
    check_refused(404, "NOT_FOUND", Rejection::QuoteGone).await;
    check_refused(422, "SHIPMENT.MISSING_RATE", Rejection::QuoteGone).await;
    check_refused(422, "ADDRESS.PARAMETERS.INVALID", Rejection::AddressField).await;
    check_refused(422, "PARAMETER.REQUIRED", Rejection::Request).await;
    check_refused(422, "SHIPMENT.INVALID_PARAMS", Rejection::Request).await;
}

async fn check_unknown(what: &str, stub: &Stub) {
    let error = buy_from(stub).await.unwrap_err();
    assert_nothing_private(&error);
    assert!(matches!(error, BuyError::Unknown(_)), "{what}: {error:?}");
    assert_eq!(error.retry(), Retry::Reconcile);
    assert_eq!(stub.calls(), ["POST /v2/shipments/shp_1/buy"], "{what}: sent once");
}

#[tokio::test]
async fn answers_in_doubt_are_unknown() {
    for (status, code) in [
        (422, "SHIPMENT.POSTAGE.TIMED_OUT"),
        (422, "SHIPMENT.POSTAGE.NO_RESPONSE"),
        (422, "SHIPMENT.PURCHASE.IN_PROGRESS"),
        (422, "SHIPMENT.NEVER.SEEN"),
        (422, "UNPROCESSABLE_ENTITY"),
        (400, "BAD_REQUEST"),
        (408, "REQUEST_TIMEOUT"),
        (409, "CONFLICT"),
        (500, "INTERNAL_SERVER_ERROR"),
        (503, "SHIPMENT.POSTAGE.FAILURE"),
        (504, "GATEWAY_TIMEOUT"),
    ] {
        check_unknown(code, &refusing(status, code, unbought()).await).await;
    }
    for status in [302, 401, 403, 404, 422, 502] {
        let stub = Stub::start(move |_| Reply::bytes(status, "<html>Ann of 12 Elm St</html>")).await;
        check_unknown("a proxy's page", &stub).await;
    }
}

#[tokio::test]
async fn incomplete_answers_are_unknown() {
    for missing in ["id", "tracking_code", "postage_label", "selected_rate"] {
        let mut shipment = bought(LABEL_URL);
        shipment[missing] = Value::Null;
        check_unknown(missing, &always(200, shipment).await).await;
    }
    check_unknown("not bought", &always(200, unbought()).await).await;
    check_unknown("error in a success", &always(200, json!({"error": {"code": "PARAMETER.REQUIRED"}})).await)
        .await;
    let text = bought(LABEL_URL).to_string();
    let cut = text[..text.len() / 2].to_owned();
    check_unknown("cut off", &Stub::start(move |_| Reply::bytes(200, cut.clone())).await).await;
    check_unknown("empty", &Stub::start(|_| Reply::bytes(201, "")).await).await;
    let mistyped = json!({"id": "shp_1", "tracking_code": {"name": "Ann"}});
    check_unknown("mistyped", &always(200, mistyped).await).await;
}

#[tokio::test]
async fn a_timeout_is_unknown() {
    let slow =
        Stub::start(|_| Reply { delay: Duration::from_secs(5), ..Reply::json(200, &bought(LABEL_URL)) })
            .await;
    check_unknown("timeout", &slow).await;
}

/// Answers every connection with `bytes` and hangs up.
fn hanging_up(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
        }
    });
    url
}

#[tokio::test]
async fn a_connection_that_breaks_is_unknown() {
    for bytes in [
        b"".as_slice(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"id\":\"shp_1\"",
        b"garbage\r\n\r\n",
    ] {
        let url = hanging_up(bytes);
        let error = Order::new().buy(&easypost(&url)).await.unwrap_err();
        assert_nothing_private(&error);
        assert!(matches!(error, BuyError::Unknown(UnknownOutcome::Transport(_))), "{error:?}");
    }
}

#[tokio::test]
async fn no_connection_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for url in [url.as_str(), "http://no-such-host.invalid"] {
        let error = Order::new().buy(&easypost(url)).await.unwrap_err();
        assert_nothing_private(&error);
        assert!(matches!(error, BuyError::NotSent { source: Some(_), .. }), "{url}: {error:?}");
        assert!(matches!(error.retry(), Retry::After(_)));
    }
}

#[tokio::test]
async fn a_refusal_without_a_pause_stops_nobody() {
    let asked = AtomicU32::new(0);
    let stub = Stub::start(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::error(429, "RATE_LIMITED"),
        _ => Reply::json(200, &bought(LABEL_URL)),
    })
    .await;
    let easypost = stub.easypost();
    let order = Order::new();
    let error = order.buy(&easypost).await.unwrap_err();
    assert!(matches!(error.retry(), Retry::Paused(after) if after < Duration::from_secs(1)), "{error:?}");
    assert_eq!(stub.calls().len(), 1, "a purchase is sent once");
    order.buy(&easypost).await.unwrap();
}

#[tokio::test]
async fn a_call_that_costs_nothing_takes_another_turn() {
    let asked = AtomicU32::new(0);
    let stub = Stub::start(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0..3 => Reply::error(429, "RATE_LIMITED"),
        _ => Reply::json(200, &bought(LABEL_URL)),
    })
    .await;
    let found = stub.easypost().find_purchase(&Order::new().purchase, &part()).await.unwrap();
    assert!(matches!(found, Found::Label(_)), "{found:?}");
    assert_eq!(stub.calls().len(), 4);
}

#[tokio::test]
async fn throttling_is_not_sent_and_silences_the_next_calls() {
    let stub = Stub::start(|_| Reply { retry_after: Some("30"), ..Reply::error(429, "RATE_LIMITED") }).await;
    let easypost = stub.easypost();
    let order = Order::new();
    let error = order.buy(&easypost).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Paused(Duration::from_secs(30)));
    let error = order.buy(&easypost).await.unwrap_err();
    assert!(matches!(error, BuyError::NotSent { after, .. } if after > Duration::from_secs(25)), "{error:?}");
    assert_eq!(stub.calls().len(), 1, "the second is not sent while the pause lasts");
}
