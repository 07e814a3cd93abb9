//! A simulated TikTok and an engine, and the functions between them.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::exception::{Exception, ExceptionKind};
use domain::message::{Message, Queue, Source};
use domain::record::OrderRecord;
use domain::{OrderId, OrderKey, Private, ShopId, Timestamp};
use engine::batch::Outcome;
use engine::{Clock, Engine, SystemClock, SystemRandom};
use engine_sqlite::SqliteEngine;
use jiff::SignedDuration;
use order_sync::{Hint, Laws, OrderSync};
use shop_authorization::ShopAuthorization;
use sim::tiktok::{OrderSpec, TikTok as Sim, TikTokConfig};
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
    pub engine: Engine,
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
        let engine = Engine::of(SqliteEngine::open(folder.path(), clock.clone()).unwrap());
        let secret = Private::new(sim.app_secret().to_owned());
        let config = tiktok::Config {
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
            TikTok::new(http, config, Arc::new(SystemClock), engine.secrets.clone()).with_timeouts(patience);
        let shop = ShopId::new(sim.shops()[0].id.as_str());
        let world = Self { sim, engine, clock, tiktok, shop, _folder: folder };
        world.connect(secret).await;
        world
    }

    async fn connect(&self, secret: Private<String>) {
        let (shops, clock) = (self.engine.shops.clone(), self.clock.clone());
        let (notices, settings) = (self.engine.notices.clone(), Arc::default());
        let authorization =
            ShopAuthorization::new(shops, notices, self.tiktok.clone(), clock, settings, secret);
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
        let hints = orders.iter().map(|order| Hint { key: self.key(order), source: Source::Webhook });
        let outcomes = self.step().handle_batch(hints.collect()).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done)), "{outcomes:?}");
    }

    pub fn step(&self) -> OrderSync {
        let Engine { orders: store, shops, queues, .. } = self.engine.clone();
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
        self.engine.orders.load(&self.key(order)).await.unwrap().unwrap().value
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
        let received = self.engine.queues.receive(queue, 10, visibility, wait).await.unwrap();
        for one in &received {
            self.engine.queues.acknowledge(queue, &one.receipt).await.unwrap();
        }
        received.into_iter().map(|one| one.message).collect()
    }
}
