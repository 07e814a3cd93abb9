//! An order, the function, and a scripted account.

use async_trait::async_trait;
use backend::{Backend, LabelStore};
use backend_contract::samples;
use backend_sqlite::SqliteBackend;
use carriers::{
    BoughtLabel, BuyError, Capabilities, CarrierAccounts, CarrierCode, CarrierError, Certainty, Connector,
    Found, LabelSource, Offer, PurchaseOrder, Rejection, ShipRequest, Sold,
};
use domain::exception::ExceptionKind as K;
use domain::measure::Weight;
use domain::message::{Message, Queue, ShipmentRef};
use domain::order::OrderPart;
use domain::parcel::Parcel;
use domain::purchase::{Purchase, PurchaseEvent};
use domain::rates::{Carrier, ChosenQuote, Quote, Service, Ticket};
use domain::record::OrderRecord;
use domain::stage::{PurchaseIntent, Stage};
use domain::{
    AccountId, CarrierAccountId, CarrierText, LabelDocument, LabelHandle, Money, Private, PurchaseKey,
    QuoteId, Timestamp, TrackingNumber,
};
use jiff::SignedDuration;
use label_create::{LabelCreate, LabelCreateDeps};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use system::{Clock as _, ManualClock, SystemRandom};
use tempfile::TempDir;
use tiktok::{TikTok, TikTokConfig};
use workflow::StepError;

pub const SHOP: &str = "shop-1";
pub const ORDER: &str = "5771";
/// When a missing purchase in the account's record is proof.
pub const SETTLE: Duration = Duration::from_secs(65);

pub type Buy = dyn Fn() -> Result<BoughtLabel, BuyError> + Send + Sync;
pub type Find = dyn Fn() -> Result<Found, CarrierError> + Send + Sync;

/// An account that answers as the test says, and records what it was asked to buy.
pub struct ScriptedAccount {
    account: AccountId,
    capabilities: Capabilities,
    buy: Box<Buy>,
    find: Box<Find>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Connector for ScriptedAccount {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn quote(
        &self,
        _request: &ShipRequest<'_>,
        _again: Option<&Ticket>,
        _deadline: Instant,
    ) -> Result<Offer, CarrierError> {
        Ok(Offer::default())
    }

    async fn buy(&self, order: &PurchaseOrder<'_>) -> Result<Sold, BuyError> {
        let PurchaseOrder { purchase, request } = order;
        let (from, to) = (&request.from.street1, &request.to.street1);
        let asked =
            format!("{from} to {to}, {:?}, {}", request.parcel.weight, purchase.chosen.quote.ticket.as_str());
        self.asked.lock().unwrap().push(asked);
        (self.buy)().map(|label| Sold::Issued(Box::new(label)))
    }

    async fn find_purchase(&self, _purchase: &Purchase, _part: &OrderPart) -> Result<Found, CarrierError> {
        (self.find)()
    }
}

/// Sells a label whose file comes as `file` says.
pub fn sells(file: LabelSource) -> Box<Buy> {
    Box::new(move || Ok(bought(file.clone())))
}

/// Refuses to sell, with a text that quotes the buyer's street.
pub fn rejects(reason: Rejection) -> Box<Buy> {
    Box::new(move || {
        let (code, text) = (CarrierCode::new("RATE.ERROR"), CarrierText::new("No pickup at 12 Juniper Lane"));
        Err(BuyError::Rejected { reason: reason.clone(), code, text })
    })
}

/// Its record shows this of a purchase whose answer was lost.
pub fn finds(found: Found) -> Box<Find> {
    Box::new(move || Ok(found.clone()))
}

pub fn finds_nothing() -> Box<Find> {
    finds(Found::Nothing(Certainty::Proof))
}

pub fn account() -> AccountId {
    AccountId::default_of("stand_in")
}

pub fn bought(file: LabelSource) -> BoughtLabel {
    BoughtLabel {
        account: account(),
        handle: LabelHandle::new("handle-1"),
        quote: QuoteId::new("rate-1"),
        tracking: TrackingNumber::new("1Z999"),
        service: Service::new(Carrier::Ups, "Ground"),
        billed_to: CarrierAccountId::new("contract-1"),
        cost: Money::usd(607),
        file,
        void: None,
    }
}

pub fn document() -> LabelDocument {
    LabelDocument { bytes: b"%PDF-1.4 label".to_vec(), content_type: "application/pdf".into() }
}

pub fn chosen(account: AccountId, asked_at: Timestamp) -> ChosenQuote {
    let quote = Quote {
        id: QuoteId::new("rate-1"),
        service: Service::new(Carrier::Ups, "Ground"),
        account,
        billed_to: CarrierAccountId::new("contract-1"),
        ticket: Ticket::new("ticket-1"),
        cost: Money::usd(607),
        days: Some(3),
        arrives_on: None,
        packaging: None,
    };
    let parcel = Parcel { weight: Weight::ounces(12), dimensions: None };
    ChosenQuote { quote, parcel, customs: None, limit: Money::usd(650), asked_at }
}

/// A TikTok that is never asked: no order here ships with its labels.
fn tiktok_of_nobody(backend: &Backend, clock: &ManualClock) -> TikTok {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = TikTokConfig {
        api_url: "http://127.0.0.1:9".into(),
        auth_url: "http://127.0.0.1:9".into(),
        consent_url: "http://127.0.0.1:9".into(),
        app_key: "key".into(),
        app_secret: Private::from("secret"),
    };
    TikTok::new(tiktok::http_client().unwrap(), config, Arc::new(clock.clone()), backend.secrets.clone())
}

pub struct World {
    pub backend: Backend,
    pub clock: ManualClock,
    pub step: LabelCreate,
    account: Arc<ScriptedAccount>,
    pub target: ShipmentRef,
    _folder: TempDir,
}

impl World {
    pub async fn new(buy: Box<Buy>, find: Box<Find>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(samples::at(0));
        let backend = Backend::of(SqliteBackend::open(folder.path(), Arc::new(clock.clone())).unwrap());
        let labels = backend.labels.clone();
        Self::with(folder, clock, backend, labels, buy, find).await
    }

    pub async fn with(
        folder: TempDir,
        clock: ManualClock,
        backend: Backend,
        labels: Arc<dyn LabelStore>,
        buy: Box<Buy>,
        find: Box<Find>,
    ) -> Self {
        let capabilities = Capabilities {
            features: &[],
            quote_ttl: SignedDuration::from_mins(10),
            buy_timeout: Duration::from_secs(60),
            settle: SETTLE,
            refund_overdue_days: &[],
        };
        let asked = Mutex::default();
        let account = Arc::new(ScriptedAccount { account: account(), capabilities, buy, find, asked });
        let Backend { orders, shops, queues, .. } = backend.clone();
        let step = LabelCreate::new(LabelCreateDeps {
            orders,
            shops,
            labels,
            queues,
            accounts: CarrierAccounts::new([account.clone() as Arc<dyn Connector>]),
            tiktok: tiktok_of_nobody(&backend, &clock),
            settings: Arc::default(),
            clock: Arc::new(clock.clone()),
            random: Arc::new(SystemRandom),
        });
        let key = samples::key(SHOP, ORDER);
        let target = ShipmentRef { shipment: key.shipment(1), key };
        backend.shops.commit_shop(&samples::shop(SHOP, samples::at(0)), 0).await.unwrap();
        Self { backend, clock, step, account, target, _folder: folder }
    }

    /// Stores an order that may ship, with its shipment in this stage.
    pub async fn store(&self, stage: Stage, ledger: Vec<Purchase>) {
        let paid = self.clock.now().saturating_sub(SignedDuration::from_hours(3)).unwrap();
        let mut record = samples::order(SHOP, ORDER, paid);
        record.synced_at = self.clock.now();
        record.shipments[0].stage = stage;
        record.shipments[0].ledger = ledger;
        self.backend.orders.commit_order(&record, 0).await.unwrap();
    }

    /// Stores a shipment whose rate is chosen, and has its label bought.
    pub async fn buy(&self) -> Result<(), StepError> {
        let fingerprint = samples::order(SHOP, ORDER, self.clock.now()).order.parcel_fingerprint();
        let stage = Stage::Rated { chosen: chosen(account(), self.clock.now()), fingerprint };
        self.store(stage, Vec::new()).await;
        self.step.handle(&self.target).await
    }

    /// Stores a shipment whose purchase was claimed `minutes` ago, for `lease`; returns the purchase.
    pub async fn store_in_flight(
        &self,
        intent: PurchaseIntent,
        minutes: i64,
        lease: SignedDuration,
    ) -> Purchase {
        let at = self.clock.now().saturating_sub(SignedDuration::from_mins(minutes)).unwrap();
        let mut purchase = Purchase::intend(PurchaseKey::new("4f1c0a2e-93d5"), chosen(account(), at));
        purchase.apply(PurchaseEvent::Start { lease_until: at.saturating_add(lease).unwrap() }, at).unwrap();
        self.store(Stage::Buying { intent, fingerprint: 0 }, vec![purchase.clone()]).await;
        purchase
    }

    /// Stores a purchase from `account` whose answer was lost this long ago.
    pub async fn store_lost(&self, account: AccountId, ago: SignedDuration, intent: PurchaseIntent) {
        let lost_at = self.clock.now().saturating_sub(ago).unwrap();
        let sent_at = lost_at.saturating_sub(SignedDuration::from_mins(1)).unwrap();
        let mut purchase = Purchase::intend(PurchaseKey::new("4f1c0a2e-93d5"), chosen(account, sent_at));
        purchase.apply(PurchaseEvent::Start { lease_until: lost_at }, sent_at).unwrap();
        purchase.apply(PurchaseEvent::Lost { why: "no answer came".into() }, lost_at).unwrap();
        self.store(Stage::Buying { intent, fingerprint: 0 }, vec![purchase]).await;
    }

    /// A purchase from `account` whose answer was lost ten minutes ago.
    pub async fn lost_at(&self, account: AccountId) {
        self.store_lost(account, SignedDuration::from_mins(10), PurchaseIntent::Ship).await;
    }

    pub async fn record(&self) -> OrderRecord {
        self.backend.orders.load_order(&self.target.key).await.unwrap().unwrap().value
    }

    pub async fn stage(&self) -> &'static str {
        self.record().await.shipments[0].stage.name()
    }

    pub async fn purchase(&self) -> Purchase {
        self.record().await.shipments[0].ledger[0].clone()
    }

    /// The open exceptions of the order, with their details.
    pub async fn open(&self) -> Vec<(K, String)> {
        self.record().await.open_exceptions().map(|e| (e.kind, e.detail.clone())).collect()
    }

    pub fn asked(&self) -> Vec<String> {
        self.account.asked.lock().unwrap().clone()
    }

    /// Receives and acknowledges the messages that are visible in a queue.
    pub async fn take(&self, queue: Queue) -> Vec<Message> {
        let (visibility, wait) = (Duration::from_secs(60), Duration::ZERO);
        let received = self.backend.queues.receive(queue, 10, visibility, wait).await.unwrap();
        for one in &received {
            self.backend.queues.ack(queue, &one.receipt).await.unwrap();
        }
        received.into_iter().map(|one| one.message).collect()
    }
}
