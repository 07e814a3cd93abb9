//! Every answer that an account may give to a purchase and to its read-back, also those that no simulated aggregator gives:
//! labels inside the answer, records that prove nothing, accounts that are not configured. The account is scripted; the
//! backend is real.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use backend::{Backend, BackendError, LabelStore};
use backend_contract::samples;
use backend_sqlite::SqliteBackend;
use carriers::{
    BoughtLabel, BuyError, Capabilities, CarrierAccounts, CarrierCall, CarrierCode, CarrierError, Certainty,
    Connector, Found, LabelSource, Offer, PurchaseOrder, Rejection, ShipRequest, UnknownOutcome,
};
use domain::exception::ExceptionKind as K;
use domain::measure::Weight;
use domain::message::{ChangeSource, Message, Queue, ShipmentRef};
use domain::parcel::Parcel;
use domain::purchase::{Purchase, PurchaseEvent, PurchaseState};
use domain::rates::{Carrier, ChosenQuote, Quote, Service, Ticket};
use domain::record::OrderRecord;
use domain::stage::{LabelFileState, PurchaseIntent, Stage};
use domain::{
    AccountId, CarrierAccountId, CarrierText, LabelDocument, LabelHandle, Money, PurchaseKey, QuoteId,
    Timestamp, TrackingNumber,
};
use jiff::SignedDuration;
use label_create::{LabelCreate, LabelCreateDeps};
use system::{Clock as _, ManualClock, SystemRandom};
use tempfile::TempDir;
use workflow::StepError;

const SHOP: &str = "shop-1";
const ORDER: &str = "5771";
/// When a missing purchase in the account's record is proof.
const SETTLE: Duration = Duration::from_secs(65);

type Buy = dyn Fn() -> Result<BoughtLabel, BuyError> + Send + Sync;
type Find = dyn Fn() -> Result<Found, CarrierError> + Send + Sync;

/// An account that answers as the test says, and records what it was asked to buy.
struct ScriptedAccount {
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

    async fn buy(&self, order: &PurchaseOrder<'_>) -> Result<BoughtLabel, BuyError> {
        let PurchaseOrder { purchase, request } = order;
        let (from, to) = (&request.from.street1, &request.to.street1);
        let asked =
            format!("{from} to {to}, {:?}, {}", request.parcel.weight, purchase.chosen.quote.ticket.as_str());
        self.asked.lock().unwrap().push(asked);
        (self.buy)()
    }

    async fn find_purchase(&self, _purchase: &Purchase) -> Result<Found, CarrierError> {
        (self.find)()
    }
}

/// Sells a label whose file comes as `file` says.
fn sells(file: LabelSource) -> Box<Buy> {
    Box::new(move || Ok(bought(file.clone())))
}

/// Refuses to sell, with a text that quotes the buyer's street.
fn rejects(reason: Rejection) -> Box<Buy> {
    Box::new(move || {
        let (code, text) = (CarrierCode::new("RATE.ERROR"), CarrierText::new("No pickup at 12 Juniper Lane"));
        Err(BuyError::Rejected { reason: reason.clone(), code, text })
    })
}

/// Its record shows this of a purchase whose answer was lost.
fn finds(found: Found) -> Box<Find> {
    Box::new(move || Ok(found.clone()))
}

fn finds_nothing() -> Box<Find> {
    finds(Found::Nothing(Certainty::Proof))
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
    account: Arc<ScriptedAccount>,
    target: ShipmentRef,
    _folder: TempDir,
}

impl World {
    async fn new(buy: Box<Buy>, find: Box<Find>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(samples::at(0));
        let backend = Backend::of(SqliteBackend::open(folder.path(), Arc::new(clock.clone())).unwrap());
        let labels = backend.labels.clone();
        Self::with(folder, clock, backend, labels, buy, find).await
    }

    async fn with(
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
    async fn store(&self, stage: Stage, ledger: Vec<Purchase>) {
        let paid = self.clock.now().saturating_sub(SignedDuration::from_hours(3)).unwrap();
        let mut record = samples::order(SHOP, ORDER, paid);
        record.synced_at = self.clock.now();
        record.shipments[0].stage = stage;
        record.shipments[0].ledger = ledger;
        self.backend.orders.commit_order(&record, 0).await.unwrap();
    }

    /// Stores a shipment whose rate is chosen, and has its label bought.
    async fn buy(&self) -> Result<(), StepError> {
        let fingerprint = samples::order(SHOP, ORDER, self.clock.now()).order.parcel_fingerprint();
        let stage = Stage::Rated { chosen: chosen(account(), self.clock.now()), fingerprint };
        self.store(stage, Vec::new()).await;
        self.step.handle(&self.target).await
    }

    /// Stores a shipment whose purchase was claimed `minutes` ago, for `lease`; returns the purchase.
    async fn store_in_flight(&self, intent: PurchaseIntent, minutes: i64, lease: SignedDuration) -> Purchase {
        let at = self.clock.now().saturating_sub(SignedDuration::from_mins(minutes)).unwrap();
        let mut purchase = Purchase::intend(PurchaseKey::new("4f1c0a2e-93d5"), chosen(account(), at));
        purchase.apply(PurchaseEvent::Start { lease_until: at.saturating_add(lease).unwrap() }, at).unwrap();
        self.store(Stage::Buying { intent, fingerprint: 0 }, vec![purchase.clone()]).await;
        purchase
    }

    /// Stores a purchase from `account` whose answer was lost this long ago.
    async fn store_lost(&self, account: AccountId, ago: SignedDuration, intent: PurchaseIntent) {
        let lost_at = self.clock.now().saturating_sub(ago).unwrap();
        let sent_at = lost_at.saturating_sub(SignedDuration::from_mins(1)).unwrap();
        let mut purchase = Purchase::intend(PurchaseKey::new("4f1c0a2e-93d5"), chosen(account, sent_at));
        purchase.apply(PurchaseEvent::Start { lease_until: lost_at }, sent_at).unwrap();
        purchase.apply(PurchaseEvent::Lost { why: "no answer came".into() }, lost_at).unwrap();
        self.store(Stage::Buying { intent, fingerprint: 0 }, vec![purchase]).await;
    }

    /// A purchase from `account` whose answer was lost ten minutes ago.
    async fn lost_at(&self, account: AccountId) {
        self.store_lost(account, SignedDuration::from_mins(10), PurchaseIntent::Ship).await;
    }

    async fn record(&self) -> OrderRecord {
        self.backend.orders.load_order(&self.target.key).await.unwrap().unwrap().value
    }

    async fn stage(&self) -> &'static str {
        self.record().await.shipments[0].stage.name()
    }

    async fn purchase(&self) -> Purchase {
        self.record().await.shipments[0].ledger[0].clone()
    }

    /// The open exceptions of the order, with their details.
    async fn open(&self) -> Vec<(K, String)> {
        self.record().await.open_exceptions().map(|e| (e.kind, e.detail.clone())).collect()
    }

    fn asked(&self) -> Vec<String> {
        self.account.asked.lock().unwrap().clone()
    }

    /// Receives and acknowledges the messages that are visible in a queue.
    async fn take(&self, queue: Queue) -> Vec<Message> {
        let (visibility, wait) = (Duration::from_secs(60), Duration::ZERO);
        let received = self.backend.queues.receive(queue, 10, visibility, wait).await.unwrap();
        for one in &received {
            self.backend.queues.ack(queue, &one.receipt).await.unwrap();
        }
        received.into_iter().map(|one| one.message).collect()
    }
}

#[tokio::test]
async fn the_whole_parcel_is_described_to_the_account_and_a_label_in_its_answer_is_kept() {
    let world = World::new(sells(LabelSource::Inline(document())), finds_nothing()).await;
    world.buy().await.unwrap();

    let asked = world.asked();
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
async fn a_label_that_is_read_back_is_kept_too() {
    let label = Box::new(bought(LabelSource::Inline(document())));
    let world = World::new(sells(LabelSource::Refetch), finds(Found::Label(label))).await;
    world.lost_at(account()).await;
    world.step.handle(&world.target).await.unwrap();
    let record = world.record().await;
    let label = record.shipments[0].stage.label().unwrap();
    assert!(matches!(label.file, LabelFileState::Kept { .. }), "{:?}", label.file);
    assert!(world.asked().is_empty(), "nothing is bought again");
}

#[tokio::test]
async fn a_record_that_proves_nothing_opens_an_exception_and_nothing_is_bought() {
    let world = World::new(sells(LabelSource::Refetch), finds(Found::Nothing(Certainty::Weak))).await;
    world.lost_at(account()).await;
    for _ in 0..3 {
        world.step.handle(&world.target).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
    }
    let purchase = world.record().await.shipments[0].ledger[0].clone();
    assert!(matches!(purchase.state, PurchaseState::Unknown { .. }), "{:?}", purchase.state);
    let open = world.open().await;
    let (_, detail) = open.iter().find(|(kind, _)| *kind == K::PurchaseUnknown).unwrap();
    for part in ["stand_in:default", "reference 4F1C0A2E93D5", "no clear answer (no answer came)"] {
        assert!(detail.contains(part), "{part} is not in {detail}");
    }
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_proven_absence_leads_to_another_attempt() {
    let world = World::new(sells(LabelSource::Inline(document())), finds_nothing()).await;
    world.lost_at(account()).await;
    world.step.handle(&world.target).await.unwrap();
    let purchase = world.record().await.shipments[0].ledger[0].clone();
    assert_eq!(purchase.state, PurchaseState::Intended);
    assert_eq!(world.take(Queue::LabelRequests).await, [Message::LabelRequest(world.target.clone())]);
}

#[tokio::test]
async fn a_paid_label_that_is_not_available_opens_an_exception_at_once() {
    let (handle, tracking) = (LabelHandle::new("handle-1"), TrackingNumber::new("1Z999"));
    let world = World::new(sells(LabelSource::Refetch), finds(Found::Bare { handle, tracking })).await;
    world.lost_at(account()).await;
    world.step.handle(&world.target).await.unwrap();
    let open = world.open().await;
    let (_, detail) = open.iter().find(|(kind, _)| *kind == K::PurchaseUnknown).unwrap();
    assert!(detail.starts_with("The label with tracking number 1Z999 is paid for"), "{detail}");
    assert!(world.record().await.shipments[0].ledger[0].is_live());
}

#[tokio::test]
async fn a_purchase_from_an_account_that_is_not_configured_waits_and_opens_an_exception() {
    let world = World::new(sells(LabelSource::Refetch), finds_nothing()).await;
    world.lost_at(AccountId::default_of("sold_out")).await;
    world.step.handle(&world.target).await.unwrap();
    let detail = "the carrier account sold_out:default is not configured".to_owned();
    assert!(world.open().await.contains(&(K::ServiceUnavailable, detail)), "{:?}", world.open().await);
    assert!(matches!(world.record().await.shipments[0].ledger[0].state, PurchaseState::Unknown { .. }));
}

#[tokio::test]
async fn a_refused_label_is_ruled_out_and_the_shipment_rated_again() {
    let carrier = Rejection::Carrier { code: CarrierCode::new("NO.PICKUP") };
    // The rejection, the kind of the refused label (none for a quote that is gone), and whether it counts against the carrier.
    for (rejection, kind, counts) in [
        (carrier, Some(K::PurchaseRefused), true),
        (Rejection::Address, Some(K::AddressUndeliverable), false),
        (Rejection::AddressField, Some(K::AddressUnprintable), false),
        (Rejection::Request, Some(K::PurchaseRefused), false),
        (Rejection::QuoteGone, None, false),
    ] {
        let world = World::new(rejects(rejection.clone()), finds_nothing()).await;
        world.buy().await.unwrap();
        let record = world.record().await;
        assert_eq!(record.shipments[0].stage, Stage::Ready, "{rejection:?}");
        let PurchaseState::Rejected { reason, .. } = world.purchase().await.state else {
            panic!("{rejection:?}: {:?}", world.purchase().await.state)
        };
        assert!(reason.starts_with("The carrier refused"), "{reason}");
        assert!(
            reason.contains(" The carrier says: No pickup at") && !reason.contains("Juniper"),
            "{reason}"
        );
        assert_eq!(record.refused.iter().map(|label| label.kind).collect::<Vec<_>>(), Vec::from_iter(kind));
        assert_eq!(world.take(Queue::RateRequests).await, [Message::RateRequest(world.target.clone())]);
        let shop = world.backend.shops.load_shop(&world.target.key.shop).await.unwrap().unwrap().value;
        assert_eq!(!shop.monitor.refusals.is_empty(), counts, "{rejection:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_the_account_blocks_the_shipment() {
    for rejection in [Rejection::Account, Rejection::Funds] {
        let world = World::new(rejects(rejection.clone()), finds_nothing()).await;
        world.buy().await.unwrap();
        assert_eq!(world.stage().await, "blocked", "{rejection:?}");
        let open = world.open().await;
        assert!(open.iter().any(|(kind, _)| *kind == K::PurchaseRefused), "{open:?}");
        assert_eq!(world.record().await.refused, [], "another label of the account would be refused as well");
        assert_eq!(world.take(Queue::RateRequests).await, []);
    }
}

#[tokio::test]
async fn a_purchase_that_was_not_sent_is_made_later_under_the_same_key() {
    let is_throttled = Arc::new(AtomicBool::new(true));
    let throttled = Arc::clone(&is_throttled);
    let buy = Box::new(move || {
        if throttled.swap(false, Ordering::SeqCst) {
            return Err(BuyError::NotSent { after: Duration::from_secs(3), source: None });
        }
        Ok(bought(LabelSource::Inline(document())))
    });
    let world = World::new(buy, finds_nothing()).await;
    let error = world.buy().await.unwrap_err();
    assert!(matches!(error, StepError::Paused(after) if after == Duration::from_secs(3)), "{error}");
    let before = world.purchase().await;
    assert_eq!((before.state.clone(), before.attempts), (PurchaseState::Intended, 1));

    world.step.handle(&world.target).await.unwrap();
    let after = world.purchase().await;
    assert_eq!((after.key, after.attempts, world.asked().len()), (before.key, 2, 2));
    assert_eq!((world.stage().await, is_throttled.load(Ordering::SeqCst)), ("labelled", false));
}

#[tokio::test]
async fn a_purchase_that_was_not_sent_is_dropped_when_its_label_is_no_longer_wanted() {
    let world = World::new(sells(LabelSource::Refetch), finds_nothing()).await;
    let intended = Purchase::intend(PurchaseKey::new("4f1c0a2e-93d5"), chosen(account(), world.clock.now()));
    world.store(Stage::Buying { intent: PurchaseIntent::Void, fingerprint: 0 }, vec![intended]).await;
    world.step.handle(&world.target).await.unwrap();
    assert!(matches!(world.purchase().await.state, PurchaseState::Rejected { .. }));
    assert_eq!((world.stage().await, world.asked().len()), ("cancelled", 0));
    let read_back = Message::order_change(world.target.key.clone(), ChangeSource::Timer);
    assert_eq!(world.take(Queue::OrderChanges).await, [read_back]);
}

#[tokio::test]
async fn a_lost_answer_is_read_back_and_nothing_is_bought_again() {
    let buy = Box::new(|| Err(BuyError::Unknown(UnknownOutcome::Broken("it is cut off"))));
    let label = Box::new(bought(LabelSource::Inline(document())));
    let world = World::new(buy, finds(Found::Label(label))).await;
    world.buy().await.unwrap();
    assert!(matches!(world.purchase().await.state, PurchaseState::Unknown { .. }));
    assert_eq!(world.take(Queue::LabelRequests).await, [], "the account is given a moment");
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(world.take(Queue::LabelRequests).await, [Message::LabelRequest(world.target.clone())]);
    world.step.handle(&world.target).await.unwrap();
    assert_eq!((world.stage().await, world.asked().len()), ("labelled", 1));
}

#[tokio::test]
async fn a_missing_purchase_is_no_proof_before_it_would_have_to_show() {
    let world = World::new(sells(LabelSource::Refetch), finds_nothing()).await;
    let settle = SignedDuration::try_from(SETTLE).unwrap();
    let ago = settle - SignedDuration::from_secs(10);
    world.store_lost(account(), ago, PurchaseIntent::Ship).await;
    world.step.handle(&world.target).await.unwrap();
    assert!(matches!(world.purchase().await.state, PurchaseState::Unknown { .. }));
    assert_eq!(world.take(Queue::LabelRequests).await, [], "not before the settling time has passed");
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(world.take(Queue::LabelRequests).await, [Message::LabelRequest(world.target.clone())]);
    world.step.handle(&world.target).await.unwrap();
    assert_eq!(world.purchase().await.state, PurchaseState::Intended);
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_failed_read_back_leaves_the_purchase_unknown_and_opens_an_exception_when_it_lasts() {
    let find = Box::new(|| Err(CarrierError::Late(CarrierCall::Read)));
    let world = World::new(sells(LabelSource::Refetch), find).await;
    world.store_lost(account(), SignedDuration::from_secs(5), PurchaseIntent::Ship).await;
    world.step.handle(&world.target).await.unwrap();
    assert_eq!(world.open().await, []);
    assert_eq!(world.record().await.shipments[0].outage.as_ref().map(|outage| outage.attempts), Some(1));
    world.clock.advance(Duration::from_secs(120));
    world.step.handle(&world.target).await.unwrap();
    assert!(world.open().await.iter().any(|(kind, _)| *kind == K::PurchaseUnknown));
    assert!(matches!(world.purchase().await.state, PurchaseState::Unknown { .. }));
    assert!(world.asked().is_empty());
}

#[tokio::test]
async fn a_purchase_in_flight_is_read_back_only_when_its_lease_has_ended() {
    let label = || Box::new(bought(LabelSource::Inline(document())));
    for (lease, stage) in [(10, "buying"), (1, "labelled")] {
        let world = World::new(sells(LabelSource::Refetch), finds(Found::Label(label()))).await;
        world.store_in_flight(PurchaseIntent::Ship, 5, SignedDuration::from_mins(lease)).await;
        world.step.handle(&world.target).await.unwrap();
        assert_eq!((world.stage().await, world.asked().len()), (stage, 0), "a lease of {lease} min");
    }
}

#[tokio::test]
async fn a_label_that_is_no_longer_wanted_is_voided() {
    let label = Box::new(bought(LabelSource::Refetch));
    let world = World::new(sells(LabelSource::Refetch), finds(Found::Label(label))).await;
    world.store_lost(account(), SignedDuration::from_mins(10), PurchaseIntent::Void).await;
    world.step.handle(&world.target).await.unwrap();
    assert_eq!(world.stage().await, "voiding");
    assert_eq!(world.take(Queue::LabelRequests).await, [Message::LabelRequest(world.target.clone())]);
    assert_eq!(world.take(Queue::TrackingUploads).await, []);
}

#[tokio::test]
async fn a_label_above_the_limit_is_used_and_opens_an_exception() {
    let buy =
        Box::new(|| Ok(BoughtLabel { cost: Money::usd(651), ..bought(LabelSource::Inline(document())) }));
    let world = World::new(buy, finds_nothing()).await;
    world.buy().await.unwrap();
    assert_eq!(world.stage().await, "labelled");
    let open = world.open().await;
    assert!(open.iter().any(|(kind, _)| *kind == K::Overcharged), "{open:?}");
}

/// Stores no file.
struct FullLabelStore;

#[async_trait]
impl LabelStore for FullLabelStore {
    async fn put_label(&self, _name: &str, _document: &LabelDocument) -> Result<(), BackendError> {
        Err(BackendError::unavailable("the disk is full"))
    }

    async fn get_label(&self, _name: &str) -> Result<Option<LabelDocument>, BackendError> {
        Ok(None)
    }

    async fn delete_label(&self, _name: &str) -> Result<(), BackendError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_label_whose_file_cannot_be_kept_is_uploaded_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(samples::at(0));
    let backend = Backend::of(SqliteBackend::open(folder.path(), Arc::new(clock.clone())).unwrap());
    let buy = sells(LabelSource::Inline(document()));
    let world = World::with(folder, clock, backend, Arc::new(FullLabelStore), buy, finds_nothing()).await;
    world.buy().await.unwrap();
    let record = world.record().await;
    let label = record.shipments[0].stage.label().unwrap();
    assert_eq!(label.file, LabelFileState::Pending { link: None });
    assert_eq!(world.take(Queue::TrackingUploads).await, [Message::TrackingUpload(world.target.clone())]);
}
