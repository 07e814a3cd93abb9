//! A stand-in for EasyPost on a real socket.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Response, header};
use carriers::easypost::{EasyPost, EasyPostConfig};
use carriers::{LabelRef, PurchaseOrder, ShipRequest};
use domain::address::Address;
use domain::measure::Weight;
use domain::order::OrderPart;
use domain::parcel::Parcel;
use domain::purchase::Purchase;
use domain::rates::{Carrier, ChosenQuote, Quote, Service, Ticket};
use domain::{
    AccountId, CarrierAccountId, LabelHandle, LineItemId, Money, OrderId, PurchaseKey, QuoteId, Timestamp,
    TrackingNumber,
};
use serde_json::{Value, json};
use system::SystemClock;

/// Must never show up in an error or a log.
pub const KEY: &str = "EZTKsecret";

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub authorization: String,
    pub body: Value,
}

/// What to answer.
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    pub retry_after: Option<&'static str>,
    pub delay: Duration,
}

impl Reply {
    pub fn json(status: u16, body: &Value) -> Self {
        Self::bytes(status, body.to_string())
    }

    pub fn bytes(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), retry_after: None, delay: Duration::ZERO }
    }

    pub fn error(status: u16, code: &str) -> Self {
        Self::json(status, &json!({"error": {"code": code, "message": "Ann of 12 Elm St", "errors": []}}))
    }
}

/// The stand-in; it remembers what it was asked.
pub struct Stub {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    pub async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (seen.clone(), Arc::new(answer));
        let app = Router::new().fallback(move |request: Request| {
            let (log, answer) = (log.clone(), answer.clone());
            async move {
                let request = read(request).await;
                log.lock().unwrap().push(request.clone());
                let reply = answer(&request);
                tokio::time::sleep(reply.delay).await;
                let mut response = Response::builder().status(reply.status);
                if let Some(seconds) = reply.retry_after {
                    response = response.header(header::RETRY_AFTER, seconds);
                }
                response.body(Body::from(reply.body)).unwrap()
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    pub fn easypost(&self) -> EasyPost {
        easypost(&self.url)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Method and path of every request.
    pub fn calls(&self) -> Vec<String> {
        self.seen().iter().map(|seen| format!("{} {}", seen.method, seen.path)).collect()
    }
}

async fn read(request: Request) -> Seen {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Seen {
        method: parts.method.to_string(),
        path: parts.uri.path_and_query().unwrap().to_string(),
        authorization: parts
            .headers
            .get(header::AUTHORIZATION)
            .map_or("", |v| v.to_str().unwrap())
            .to_owned(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}

/// A connector with a short timeout.
pub fn easypost(url: &str) -> EasyPost {
    easypost_with(url, |_| {})
}

pub fn easypost_with(url: &str, change: impl FnOnce(&mut EasyPostConfig)) -> EasyPost {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = EasyPostConfig::new(url, &KEY.into()).unwrap();
    config.timeouts.buy = Duration::from_millis(300);
    config.timeouts.other = Duration::from_millis(300);
    change(&mut config);
    EasyPost::new(carriers::http_client().unwrap(), config, Arc::new(SystemClock))
}

pub const SHIPMENT: &str = "shp_1";
/// The number of [`bought`].
pub const NUMBER: &str = "9400100208303109505657";

/// Longer than any answer of the stand-in takes.
pub fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

/// A label that was bought, by its shipment.
pub struct Bought {
    handle: LabelHandle,
    tracking: TrackingNumber,
}

impl Bought {
    pub fn of(shipment: &str, tracking: &str) -> Self {
        Self { handle: LabelHandle::new(shipment), tracking: TrackingNumber::new(tracking) }
    }

    pub fn new() -> Self {
        Self::of(SHIPMENT, NUMBER)
    }

    pub fn label(&self) -> LabelRef<'_> {
        LabelRef { handle: &self.handle, tracking: &self.tracking }
    }
}

/// All of an order.
pub fn part() -> OrderPart {
    OrderPart {
        order: OrderId::new("7"),
        items: vec![LineItemId::new("71")],
        is_whole: true,
        package: None,
        has_dangerous_goods: false,
        combined_with: Vec::new(),
    }
}

/// What a purchase needs.
pub struct Order {
    pub purchase: Purchase,
    address: Address,
    part: OrderPart,
}

impl Order {
    pub fn new() -> Self {
        Self::of(SHIPMENT, "rate_1")
    }

    pub fn of(shipment: &str, rate: &str) -> Self {
        let quote = Quote {
            id: QuoteId::new(rate),
            service: Service::new(Carrier::Usps, "Ground Advantage"),
            account: AccountId::default_of("easypost"),
            billed_to: CarrierAccountId::new("ca_1"),
            ticket: Ticket::new(shipment),
            cost: Money::usd(607),
            days: None,
            arrives_on: None,
            packaging: None,
        };
        let parcel = Parcel { weight: Weight::ounces(15), dimensions: None };
        let (limit, asked_at) = (quote.cost, Timestamp::UNIX_EPOCH);
        let chosen = ChosenQuote { quote, parcel, customs: None, limit, asked_at };
        let address = Address { name: "Ann".into(), street1: "12 Elm St".into(), ..Address::default() };
        Self { purchase: Purchase::intend(PurchaseKey::new("key"), chosen), address, part: part() }
    }

    pub fn request(&self) -> ShipRequest<'_> {
        let (from, to, part) = (&self.address, &self.address, &self.part);
        let parcel = &self.purchase.chosen.parcel;
        ShipRequest { from, to, parcel, customs: None, reference: "7-1", part }
    }

    pub async fn buy(&self, easypost: &EasyPost) -> Result<carriers::BoughtLabel, carriers::BuyError> {
        use carriers::Connector as _;
        let request = self.request();
        match easypost.buy(&PurchaseOrder { purchase: &self.purchase, request: &request }).await? {
            carriers::Sold::Issued(label) => Ok(*label),
            carriers::Sold::Pending(label) => panic!("it is not issued: {label:?}"),
        }
    }
}

/// A shipment that is bought, with its label at `label_url`.
pub fn bought(label_url: &str) -> Value {
    json!({
        "id": "shp_1",
        "tracking_code": "9400100208303109505657",
        "refund_status": null,
        "messages": [],
        "rates": [],
        "selected_rate": {
            "id": "rate_1", "carrier": "USPS", "service": "GroundAdvantage", "rate": "6.07", "currency": "USD",
            "delivery_days": 3, "carrier_account_id": "ca_1"
        },
        "postage_label": {"label_url": label_url, "label_file_type": "application/pdf", "label_pdf_url": null},
        "fees": [
            {"type": "LabelFee", "amount": "0.01000", "charged": true, "refunded": false},
            {"type": "PostageFee", "amount": "6.07000", "charged": true, "refunded": false}
        ]
    })
}

/// A shipment that has rates and no postage.
pub fn unbought() -> Value {
    json!({
        "id": "shp_1", "tracking_code": null, "selected_rate": null, "postage_label": null, "fees": [],
        "refund_status": null, "messages": [],
        "rates": [{
            "id": "rate_1", "carrier": "USPS", "service": "GroundAdvantage", "rate": "6.07", "currency": "USD",
            "delivery_days": 3, "carrier_account_id": "ca_1"
        }]
    })
}

/// An error and its causes, as a log would show them, and its `Debug`.
pub fn shown(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = format!("{error:?} {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(" {cause}"));
        source = cause.source();
    }
    text
}

/// Fails when an error shows the key, a URL, an id of the path or a word of a body.
#[track_caller]
pub fn assert_nothing_private(error: &(dyn std::error::Error + 'static)) {
    let text = shown(error);
    for secret in [KEY, "http://", "shp_1", "rate_1", "Ann", "Elm"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
