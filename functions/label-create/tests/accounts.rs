//! What the step makes of what accounts answer that no aggregator answers: labels inside the answer, records that prove
//! nothing, accounts that are gone. The account is a stand-in; the backend is real.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use backend::Backend;
use backend_contract::samples;
use backend_sqlite::SqliteBackend;
use carriers::{
    BoughtLabel, BuyError, Capabilities, CarrierAccounts, CarrierError, Certainty, Connector, Found,
    LabelSource, Offer, PurchaseOrder, ShipRequest,
};
use domain::exception::ExceptionKind as K;
use domain::measure::Weight;
use domain::message::{Message, Queue, ShipmentRef};
use domain::parcel::Parcel;
use domain::purchase::{Purchase, PurchaseEvent, PurchaseState};
use domain::rates::{Carrier, ChosenQuote, Quote, Service, Ticket};
use domain::record::OrderRecord;
use domain::stage::{LabelFileState, PurchaseIntent, Stage};
use domain::{
    AccountId, CarrierAccountId, LabelDocument, LabelHandle, Money, PurchaseKey, QuoteId, Timestamp,
    TrackingNumber,
};
use jiff::SignedDuration;
use label_create::{LabelCreate, LabelCreateStores};
use system::{Clock as _, ManualClock, SystemRandom};
use tempfile::TempDir;

const SHOP: &str = "shop-1";
const ORDER: &str = "5771";

/// Answers as it is told, and remembers what it was asked to buy.
struct StandIn {
    account: AccountId,
    capabilities: Capabilities,
    found: Found,
    sells: LabelSource,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Connector for StandIn {
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

    async fn buy(&self, order: &PurchaseOrder<'_>) -> Result<BoughtLabel, BuyError> {
        let PurchaseOrder { purchase, request } = order;
        let (from, to) = (&request.from.street1, &request.to.street1);
        let asked =
            format!("{from} to {to}, {:?}, {}", request.parcel.weight, purchase.chosen.quote.ticket.as_str());
        self.asked.lock().unwrap().push(asked);
        Ok(bought(self.sells.clone()))
    }

    async fn find_purchase(&self, _purchase: &Purchase) -> Result<Found, CarrierError> {
        Ok(self.found.clone())
    }
}

fn account() -> AccountId {
    AccountId::default_of("stand_in")
}

fn bought(file: LabelSource) -> BoughtLabel {
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

fn document() -> LabelDocument {
    LabelDocument { bytes: b"%PDF-1.4 label".to_vec(), content_type: "application/pdf".into() }
}

fn chosen(account: AccountId, asked_at: Timestamp) -> ChosenQuote {
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

struct World {
    backend: Backend,
    clock: ManualClock,
    step: LabelCreate,
    account: Arc<StandIn>,
    task: ShipmentRef,
    _folder: TempDir,
}

impl World {
    /// An order that may be shipped, whose record says `found` of a lost purchase, and whose labels come as `sells` says.
    async fn new(found: Found, sells: LabelSource) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(samples::at(0));
        let backend = Backend::of(SqliteBackend::open(folder.path(), Arc::new(clock.clone())).unwrap());
        let capabilities = Capabilities {
            features: &[],
            quote_ttl: SignedDuration::from_mins(10),
            buy_timeout: Duration::from_secs(60),
            settle: Duration::from_secs(65),
            refund_overdue_days: &[],
        };
        let asked = Mutex::default();
        let account = Arc::new(StandIn { account: account(), capabilities, found, sells, asked });
        let Backend { orders, shops, labels, queues, .. } = backend.clone();
        let stores = LabelCreateStores { orders, shops, labels, queues };
        let accounts = CarrierAccounts::new([account.clone() as Arc<dyn Connector>]);
        let step = LabelCreate::new(
            stores,
            accounts,
            Arc::default(),
            Arc::new(clock.clone()),
            Arc::new(SystemRandom),
        );
        let key = samples::key(SHOP, ORDER);
        let task = ShipmentRef { shipment: key.shipment(1), key };
        backend.shops.commit_shop(&samples::shop(SHOP, samples::at(0)), 0).await.unwrap();
        Self { backend, clock, step, account, task, _folder: folder }
    }

    /// LabelCreateStores the order with its shipment in this stage.
    async fn store(&self, stage: Stage, ledger: Vec<Purchase>) {
        let paid = self.clock.now().saturating_sub(SignedDuration::from_hours(3)).unwrap();
        let mut record = samples::order(SHOP, ORDER, paid);
        record.synced_at = self.clock.now();
        record.shipments[0].stage = stage;
        record.shipments[0].ledger = ledger;
        self.backend.orders.commit_order(&record, 0).await.unwrap();
    }

    /// A purchase from `account` whose answer was lost ten minutes ago.
    async fn lost_at(&self, account: AccountId) {
        let ago = |minutes| self.clock.now().saturating_sub(SignedDuration::from_mins(minutes)).unwrap();
        let mut purchase = Purchase::intend(PurchaseKey::new("4f1c0a2e-93d5"), chosen(account, ago(11)));
        purchase.apply(PurchaseEvent::Start { lease_until: ago(10) }, ago(11)).unwrap();
        purchase.apply(PurchaseEvent::Lost { why: "no answer came".into() }, ago(10)).unwrap();
        let stage = Stage::Buying { intent: PurchaseIntent::Ship, fingerprint: 0 };
        self.store(stage, vec![purchase]).await;
    }

    async fn record(&self) -> OrderRecord {
        self.backend.orders.load_order(&self.task.key).await.unwrap().unwrap().value
    }

    /// The open exceptions of the order, with their details.
    async fn open(&self) -> Vec<(K, String)> {
        self.record().await.open_exceptions().map(|e| (e.kind, e.detail.clone())).collect()
    }
}

#[tokio::test]
async fn the_account_hears_of_the_whole_parcel_and_a_label_in_its_answer_is_kept() {
    let world = World::new(Found::Nothing(Certainty::Weak), LabelSource::Inline(document())).await;
    let chosen = chosen(account(), world.clock.now());
    let fingerprint = samples::order(SHOP, ORDER, world.clock.now()).order.parcel_fingerprint();
    world.store(Stage::Rated { chosen, fingerprint }, Vec::new()).await;
    world.step.handle(&world.task).await.unwrap();

    let asked = world.account.asked.lock().unwrap().clone();
    let weight = Weight::ounces(12);
    assert_eq!(asked, [format!("1 Depot Road to 12 Juniper Lane, {weight:?}, ticket-1")]);
    let record = world.record().await;
    let label = record.shipments[0].stage.label().unwrap();
    assert_eq!((record.shipments[0].stage.name(), &label.account), ("labelled", &account()));
    let LabelFileState::Kept { name } = &label.file else { panic!("{:?}", label.file) };
    assert_eq!(world.backend.labels.get_label(name).await.unwrap(), Some(document()));
    assert!(
        record.shipments[0].ledger[0].pretty().ends_with(" sold"),
        "{}",
        record.shipments[0].ledger[0].pretty()
    );
}

#[tokio::test]
async fn a_label_that_is_found_again_is_kept_too() {
    let label = Box::new(bought(LabelSource::Inline(document())));
    let world = World::new(Found::Label(label), LabelSource::Refetch).await;
    world.lost_at(account()).await;
    world.step.handle(&world.task).await.unwrap();
    let record = world.record().await;
    let label = record.shipments[0].stage.label().unwrap();
    assert!(matches!(label.file, LabelFileState::Kept { .. }), "{:?}", label.file);
    assert!(world.account.asked.lock().unwrap().is_empty(), "nothing is bought again");
}

#[tokio::test]
async fn a_record_that_proves_nothing_is_shown_and_nothing_is_bought() {
    let world = World::new(Found::Nothing(Certainty::Weak), LabelSource::Refetch).await;
    world.lost_at(account()).await;
    for _ in 0..3 {
        world.step.handle(&world.task).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
    }
    let purchase = world.record().await.shipments[0].ledger[0].clone();
    assert!(matches!(purchase.state, PurchaseState::Unknown { .. }), "{:?}", purchase.state);
    let open = world.open().await;
    let (_, detail) = open.iter().find(|(kind, _)| *kind == K::PurchaseUnknown).unwrap();
    for part in ["stand_in:default", "reference 4F1C0A2E93D5", "no clear answer (no answer came)"] {
        assert!(detail.contains(part), "{part} is not in {detail}");
    }
    assert!(world.account.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_absence_that_is_proven_leads_to_another_attempt() {
    let world = World::new(Found::Nothing(Certainty::Proof), LabelSource::Inline(document())).await;
    world.lost_at(account()).await;
    world.step.handle(&world.task).await.unwrap();
    let purchase = world.record().await.shipments[0].ledger[0].clone();
    assert_eq!(purchase.state, PurchaseState::Intended);
    let queues = &world.backend.queues;
    let received =
        queues.receive(Queue::LabelRequests, 10, Duration::from_secs(60), Duration::ZERO).await.unwrap();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].message, Message::LabelRequest(world.task.clone()));
}

#[tokio::test]
async fn a_label_that_is_paid_and_lost_is_shown_at_once() {
    let (handle, tracking) = (LabelHandle::new("handle-1"), TrackingNumber::new("1Z999"));
    let world = World::new(Found::Bare { handle, tracking }, LabelSource::Refetch).await;
    world.lost_at(account()).await;
    world.step.handle(&world.task).await.unwrap();
    let open = world.open().await;
    let (_, detail) = open.iter().find(|(kind, _)| *kind == K::PurchaseUnknown).unwrap();
    assert!(detail.starts_with("The label with the number 1Z999 is paid for"), "{detail}");
    assert!(world.record().await.shipments[0].ledger[0].is_live());
}

#[tokio::test]
async fn a_purchase_from_an_account_that_is_gone_waits_and_is_shown() {
    let world = World::new(Found::Nothing(Certainty::Proof), LabelSource::Refetch).await;
    world.lost_at(AccountId::default_of("sold_out")).await;
    world.step.handle(&world.task).await.unwrap();
    let detail = "the carrier account sold_out:default is not configured".to_owned();
    assert!(world.open().await.contains(&(K::ServiceUnavailable, detail)), "{:?}", world.open().await);
    assert!(matches!(world.record().await.shipments[0].ledger[0].state, PurchaseState::Unknown { .. }));
}
