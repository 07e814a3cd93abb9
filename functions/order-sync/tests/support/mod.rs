//! A simulated TikTok and a backend, and the functions between them.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use backend::Backend;
use backend::batch::Outcome;
use backend_sqlite::SqliteBackend;
use domain::exception::{Exception, ExceptionKind};
use domain::message::{ChangeSource, Message, Queue};
use domain::record::OrderRecord;
use domain::{OrderId, OrderKey, Private, ShopId, Timestamp};
use jiff::SignedDuration;
use order_sync::{Hint, Laws, OrderSync};
use shop_authorization::ShopAuthorization;
use sim::tiktok::{OrderSpec, TikTok as Sim, TikTokConfig};
use system::{Clock, SystemClock, SystemRandom};
use tempfile::TempDir;
use tiktok::TikTok;

/// The mug of the sample shop.
pub const MUG: &str = "1729590000000000001";

/// Real time plus what it was turned forward.
#[derive(Default)]
pub struct Turned(AtomicI64);

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// The surroundings. The shop is connected.
pub struct World {
    pub sim: Sim,
    pub backend: Backend,
    pub clock: Arc<Turned>,
    pub tiktok: TikTok,
    pub shop: ShopId,
    _folder: TempDir,
}

impl World {
    pub async fn new(config: TikTokConfig) -> Self {
        Self::patient(config, Duration::from_secs(5)).await
    }

    /// One whose calls to TikTok are waited for so long.
    pub async fn patient(config: TikTokConfig, patience: Duration) -> Self {
        // An error means that a test before has chosen it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sim = Sim::start(config).await.unwrap();
        let clock = Arc::new(Turned::default());
        let folder = tempfile::tempdir().unwrap();
        let backend = Backend::of(SqliteBackend::open(folder.path(), clock.clone()).unwrap());
        let secret = Private::new(sim.app_secret().to_owned());
        let config = tiktok::TikTokConfig {
            api_url: sim.url().to_owned(),
            auth_url: sim.url().to_owned(),
            consent_url: format!("{}/oauth/authorize?app_key={}", sim.url(), sim.app_key()),
            app_key: sim.app_key().to_owned(),
            app_secret: secret.clone(),
        };
        // TikTok checks timestamps: its client keeps real time.
        let patience = tiktok::Timeouts { read: patience, write: patience };
        let http = tiktok::http_client().unwrap();
        let tiktok =
            TikTok::new(http, config, Arc::new(SystemClock), backend.secrets.clone()).with_timeouts(patience);
        let shop = ShopId::new(sim.shops()[0].id.as_str());
        let world = Self { sim, backend, clock, tiktok, shop, _folder: folder };
        world.connect(secret).await;
        world
    }

    async fn connect(&self, secret: Private<String>) {
        let (shops, clock) = (self.backend.shops.clone(), self.clock.clone());
        let (processed_events, settings) = (self.backend.processed_events.clone(), Arc::default());
        let authorization =
            ShopAuthorization::new(shops, processed_events, self.tiktok.clone(), clock, settings, secret);
        authorization.connect(&Private::new(self.sim.authorization_code())).await.unwrap();
    }

    pub fn turn(&self, by: SignedDuration) {
        self.clock.0.fetch_add(by.as_secs(), Ordering::SeqCst);
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

    /// Syncs orders in one batch.
    pub async fn sync(&self, orders: &[&str]) {
        let hints = orders.iter().map(|order| Hint { key: self.key(order), source: ChangeSource::Webhook });
        let outcomes = self.step().handle_batch(hints.collect()).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done)), "{outcomes:?}");
    }

    pub fn step(&self) -> OrderSync {
        let Backend { orders: store, shops, queues, .. } = self.backend.clone();
        OrderSync::new(
            store,
            shops,
            queues,
            self.tiktok.clone(),
            self.clock.clone(),
            Arc::new(SystemRandom),
            Laws::default(),
        )
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

    /// Takes what is in a queue at present.
    pub async fn take(&self, queue: Queue) -> Vec<Message> {
        let (visibility, wait) = (Duration::from_secs(60), Duration::ZERO);
        let received = self.backend.queues.receive(queue, 10, visibility, wait).await.unwrap();
        for one in &received {
            self.backend.queues.ack(queue, &one.receipt).await.unwrap();
        }
        received.into_iter().map(|one| one.message).collect()
    }
}
