//! The shop and what surrounds it.

use std::sync::Arc;
use std::time::Duration;

use backend::Backend;
use backend::batch::Outcome;
use backend_sqlite::SqliteBackend;
use domain::deadline::DispatchRules;
use domain::exception::{Exception, ExceptionKind};
use domain::message::{ChangeSource, Message, OrderChange, Queue};
use domain::record::OrderRecord;
use domain::{OrderId, OrderKey, Private, ShopId};
use jiff::SignedDuration;
use order_sync::{OrderSync, OrderSyncDeps};
use shop_authorization::{ShopAuthorization, ShopAuthorizationDeps};
use sim::CallKind;
use sim::tiktok::{OrderSpec, TikTok as Sim, TikTokConfig};
use system::{Clock, SystemClock, SystemRandom};
use tempfile::TempDir;
use tiktok::TikTok;

use crate::clock::TestClock;

/// The mug of the sample shop.
pub const MUG: &str = "1729590000000000001";
/// How many orders one batch of order-sync holds at most.
const BATCH: usize = 50;
/// How long the client waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A connected shop at a simulated TikTok, an embedded backend, and a clock of type `C` that both functions and backend
/// follow.
pub struct ShopWorld<C = TestClock> {
    pub sim: Sim,
    pub backend: Backend,
    pub clock: Arc<C>,
    pub tiktok: TikTok,
    pub shop: ShopId,
    _folder: TempDir,
}

impl ShopWorld {
    pub async fn new(config: TikTokConfig) -> Self {
        Self::with_timeout(config, TIMEOUT).await
    }

    /// A world whose client waits this long for TikTok's answers.
    pub async fn with_timeout(config: TikTokConfig, timeout: Duration) -> Self {
        Self::with_clock(config, timeout, Arc::new(TestClock::default())).await
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }
}

impl<C: Clock> ShopWorld<C> {
    /// A world that follows `clock`, with the default timeout.
    pub async fn at(config: TikTokConfig, clock: C) -> Self {
        Self::with_clock(config, TIMEOUT, Arc::new(clock)).await
    }

    async fn with_clock(config: TikTokConfig, timeout: Duration, clock: Arc<C>) -> Self {
        // An error means that an earlier test has installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sim = Sim::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let backend = Backend::of(SqliteBackend::open(folder.path(), clock.clone()).unwrap());
        let config = tiktok::TikTokConfig {
            api_url: sim.url().to_owned(),
            auth_url: sim.url().to_owned(),
            consent_url: format!("{}/oauth/authorize?app_key={}", sim.url(), sim.app_key()),
            app_key: sim.app_key().to_owned(),
            app_secret: Private::from(sim.app_secret()),
        };
        // TikTok checks timestamps, so its client keeps real time.
        let http = tiktok::http_client().unwrap();
        let tiktok = TikTok::new(http, config, Arc::new(SystemClock), backend.secrets.clone())
            .with_timeouts(tiktok::TikTokTimeouts { read: timeout, write: timeout });
        let shop = ShopId::new(sim.shops()[0].id.as_str());
        let world = Self { sim, backend, clock, tiktok, shop, _folder: folder };
        world.connect().await;
        world
    }

    async fn connect(&self) {
        let authorization = ShopAuthorization::new(ShopAuthorizationDeps {
            shops: self.backend.shops.clone(),
            processed_events: self.backend.processed_events.clone(),
            tiktok: self.tiktok.clone(),
            clock: self.clock.clone(),
            settings: Arc::default(),
            secret: Private::from(self.sim.app_secret()),
        });
        authorization.connect(&Private::new(self.sim.authorization_code())).await.unwrap();
    }

    pub fn key(&self, order: &str) -> OrderKey {
        OrderKey::new(self.shop.clone(), OrderId::new(order))
    }

    /// An order comes in and is synced.
    pub async fn order(&self, spec: OrderSpec) -> String {
        let order = self.sim.add_order(spec).unwrap();
        self.sync(&[&order]).await;
        order
    }

    /// Syncs orders in as few batches as possible.
    pub async fn sync<T: AsRef<str>>(&self, orders: &[T]) {
        let function = self.order_sync();
        for batch in orders.chunks(BATCH) {
            let changes = batch
                .iter()
                .map(|order| OrderChange { key: self.key(order.as_ref()), source: ChangeSource::Webhook });
            let outcomes = function.handle_batch(changes.collect()).await;
            assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done)), "{outcomes:?}");
        }
    }

    /// order-sync in a process that has just started.
    pub fn order_sync(&self) -> OrderSync {
        let Backend { orders, shops, queues, .. } = self.backend.clone();
        OrderSync::new(OrderSyncDeps {
            orders,
            shops,
            queues,
            tiktok: self.tiktok.clone(),
            clock: self.clock.clone(),
            random: Arc::new(SystemRandom),
            dispatch: DispatchRules::built_in().unwrap(),
            settings: Arc::default(),
        })
    }

    pub async fn record(&self, order: &str) -> OrderRecord {
        self.backend.orders.load_order(&self.key(order)).await.unwrap().unwrap().value
    }

    /// The open exceptions of an order.
    pub async fn open(&self, order: &str) -> Vec<ExceptionKind> {
        self.record(order).await.open_exceptions().map(|exception| exception.kind).collect()
    }

    /// The open exception of this kind.
    pub async fn exception(&self, order: &str, kind: ExceptionKind) -> Exception {
        let record = self.record(order).await;
        record.open_exceptions().find(|exception| exception.kind == kind).unwrap().clone()
    }

    /// How often TikTok was called this way.
    pub fn calls(&self, kind: CallKind) -> u64 {
        self.sim.calls().get(&kind).copied().unwrap_or(0)
    }

    /// Takes everything that is in a queue at present.
    pub async fn take(&self, queue: Queue) -> Vec<Message> {
        let mut taken = Vec::new();
        loop {
            let (visibility, wait) = (Duration::from_secs(60), Duration::ZERO);
            let received = self.backend.queues.receive(queue, 100, visibility, wait).await.unwrap();
            if received.is_empty() {
                return taken;
            }
            for one in received {
                self.backend.queues.ack(queue, &one.receipt).await.unwrap();
                taken.push(one.message);
            }
        }
    }
}
