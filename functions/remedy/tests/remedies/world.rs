//! TikTok with a shop in the United States and one in the United Kingdom, EasyPost, the embedded backend, and the function.

use std::sync::Arc;
use std::time::Duration;

use backend::Backend;
use backend_sqlite::SqliteBackend;
use carriers::easypost::{self, EasyPost};
use carriers::{CarrierAccounts, Connector};
use domain::deadline::DispatchRules;
use domain::message::{ChangeSource, Message, OrderChange, Queue};
use domain::record::OrderRecord;
use domain::remedy::Remedy;
use domain::{OrderId, OrderKey, Private, ShopId};
use order_sync::{OrderSync, OrderSyncDeps};
use remedy::{RemedyDeps, RemedyOutcome, RemedyReport, RemedyRequest, RemedyStep};
use shop_authorization::{ShopAuthorization, ShopAuthorizationDeps};
use sim::easypost::EasyPostConfig;
use sim::tiktok::{OrderSpec, OrderStatus, Region, ShopSpec, TikTokConfig};
use sim::{CallKind, Fault};
use system::{Clock, SystemClock, SystemRandom};
use tempfile::TempDir;
use tiktok::{TikTok, TikTokTimeouts};

/// The shop in the United States.
pub const US: &str = "7495540735365700001";
/// The shop in the United Kingdom.
pub const GB: &str = "7495540735365700002";
/// A product of both shops.
const MUG: &str = "1729590000000000001";
/// How long the clients wait for an answer.
const TIMEOUT: Duration = Duration::from_millis(400);

pub struct RemedyWorld {
    pub tiktok: sim::tiktok::TikTok,
    pub easypost: sim::easypost::EasyPost,
    pub backend: Backend,
    pub connector: Arc<dyn Connector>,
    step: RemedyStep,
    sync: OrderSync,
    _folder: TempDir,
}

impl RemedyWorld {
    pub async fn new() -> Self {
        Self::with(TikTokConfig::default()).await
    }

    /// A world with this configuration of TikTok; its shops are replaced by ours.
    pub async fn with(config: TikTokConfig) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let british = ShopSpec {
            id: GB.to_owned(),
            cipher: "TTP_c1pherAAAAAsampleGB".to_owned(),
            code: "GBLCSAMPLE01".to_owned(),
            region: Region::Gb,
            ..ShopSpec::sample()
        };
        let shops = vec![ShopSpec::sample(), british];
        let tiktok = sim::tiktok::TikTok::start(TikTokConfig { shops, ..config }).await.unwrap();
        let easypost = sim::easypost::EasyPost::start(EasyPostConfig::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let backend = Backend::of(SqliteBackend::open(folder.path(), clock.clone()).unwrap());
        let config = tiktok::TikTokConfig {
            api_url: tiktok.url().to_owned(),
            auth_url: tiktok.url().to_owned(),
            consent_url: format!("{}/oauth/authorize", tiktok.url()),
            app_key: tiktok.app_key().to_owned(),
            app_secret: Private::from(tiktok.app_secret()),
        };
        let client =
            TikTok::new(tiktok::http_client().unwrap(), config, clock.clone(), backend.secrets.clone())
                .with_timeouts(TikTokTimeouts { read: TIMEOUT, write: TIMEOUT });
        let key = Private::from(easypost.api_key());
        let config = easypost::EasyPostConfig::new(easypost.url(), &key).unwrap();
        let connector: Arc<dyn Connector> =
            Arc::new(EasyPost::new(carriers::http_client().unwrap(), config, clock.clone()));
        connect(&tiktok, &backend, &client, &clock).await;
        let step = RemedyStep::new(RemedyDeps {
            orders: backend.orders.clone(),
            shops: backend.shops.clone(),
            queues: backend.queues.clone(),
            tiktok: client.clone(),
            accounts: CarrierAccounts::new([connector.clone()]),
            clock: clock.clone(),
        });
        let sync = OrderSync::new(OrderSyncDeps {
            orders: backend.orders.clone(),
            shops: backend.shops.clone(),
            queues: backend.queues.clone(),
            tiktok: client,
            clock,
            random: Arc::new(SystemRandom),
            dispatch: DispatchRules::built_in().unwrap(),
            settings: Arc::default(),
        });
        Self { tiktok, easypost, backend, connector, step, sync, _folder: folder }
    }

    /// Adds an order with this status, and reads it back.
    pub async fn order(&self, shop: &str, status: OrderStatus) -> String {
        let spec = OrderSpec { shop_id: Some(shop.to_owned()), status, ..OrderSpec::new(MUG) };
        let order = self.tiktok.add_order(spec).unwrap();
        self.read_back(shop, &order).await;
        order
    }

    /// An order whose buyer asks to cancel.
    pub async fn asked(&self, shop: &str) -> String {
        let order = self.order(shop, OrderStatus::AwaitingShipment).await;
        self.tiktok.request_cancel(&order).unwrap();
        self.read_back(shop, &order).await;
        order
    }

    pub async fn read_back(&self, shop: &str, order: &str) {
        let change = OrderChange { key: key(shop, order), source: ChangeSource::Poll };
        let outcomes = self.sync.handle_batch(vec![change]).await;
        assert_eq!(outcomes.len(), 1);
        assert!(matches!(outcomes[0], backend::batch::Outcome::Done), "{:?}", outcomes[0]);
        self.messages(Queue::OrderChanges).await;
    }

    pub async fn run(&self, shop: &str, orders: &[&str], remedy: Remedy) -> RemedyReport {
        let orders = orders.iter().map(|order| OrderId::new(*order)).collect();
        self.step.run(RemedyRequest { shop: ShopId::new(shop), orders, remedy }).await.unwrap()
    }

    /// The outcome for one order: `done: …`, `refused: …` or `failed: …`.
    pub async fn one(&self, shop: &str, order: &str, remedy: Remedy) -> String {
        let report = self.run(shop, &[order], remedy).await;
        assert_eq!(report.outcomes.len(), 1);
        said(&report.outcomes[0].outcome)
    }

    pub async fn record(&self, shop: &str, order: &str) -> OrderRecord {
        self.backend.orders.load_order(&key(shop, order)).await.unwrap().unwrap().value
    }

    /// Changes a stored order.
    pub async fn change(&self, shop: &str, order: &str, change: impl FnOnce(&mut OrderRecord)) {
        let mut stored = self.backend.orders.load_order(&key(shop, order)).await.unwrap().unwrap();
        change(&mut stored.value);
        self.backend.orders.commit_order(&stored.value, stored.version).await.unwrap();
    }

    pub fn status(&self, order: &str) -> OrderStatus {
        self.tiktok.order(order).unwrap().status
    }

    pub fn fault(&self, kind: CallKind, fault: Fault) {
        self.tiktok.faults().on_next(kind, fault);
    }

    pub fn calls(&self, kind: CallKind) -> u64 {
        self.tiktok.calls().get(&kind).copied().unwrap_or(0)
    }

    /// Receives and acknowledges the messages of a queue.
    pub async fn messages(&self, queue: Queue) -> Vec<Message> {
        let received =
            self.backend.queues.receive(queue, 100, Duration::from_secs(60), Duration::ZERO).await.unwrap();
        for message in &received {
            self.backend.queues.ack(queue, &message.receipt).await.unwrap();
        }
        received.into_iter().map(|received| received.message).collect()
    }

    /// True when a person's remedy requested that the order be read back. Takes the message.
    pub async fn is_read_back(&self, shop: &str, order: &str) -> bool {
        let change = Message::order_change(key(shop, order), ChangeSource::Person);
        self.messages(Queue::OrderChanges).await.contains(&change)
    }
}

pub fn key(shop: &str, order: &str) -> OrderKey {
    OrderKey::new(ShopId::new(shop), OrderId::new(order))
}

pub fn said(outcome: &RemedyOutcome) -> String {
    match outcome {
        RemedyOutcome::Done { what } => format!("done: {what}"),
        RemedyOutcome::Refused { why } => format!("refused: {why}"),
        RemedyOutcome::Failed { why } => format!("failed: {why}"),
    }
}

#[track_caller]
pub fn assert_outcome(outcome: &str, expect: &str) {
    assert!(outcome.starts_with(expect), "{outcome}");
}

async fn connect(tiktok: &sim::tiktok::TikTok, backend: &Backend, client: &TikTok, clock: &Arc<dyn Clock>) {
    let (shops, processed_events) = (backend.shops.clone(), backend.processed_events.clone());
    let shops = ShopAuthorization::new(ShopAuthorizationDeps {
        shops,
        processed_events,
        tiktok: client.clone(),
        clock: clock.clone(),
        settings: Arc::default(),
        secret: Private::from("state"),
    });
    let connected = shops.connect(&Private::new(tiktok.authorization_code())).await.unwrap();
    assert_eq!(connected.len(), 2);
}
