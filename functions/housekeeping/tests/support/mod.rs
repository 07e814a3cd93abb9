//! A simulated TikTok and a backend, and the functions between them.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::Arc;
use std::time::Duration;

use backend::batch::Outcome;
use backend::{Backend, Committed, Queues};
use backend_sqlite::SqliteBackend;
use domain::exception::{Exception, ExceptionKind};
use domain::message::{ChangeSource, Message, Queue};
use domain::record::OrderRecord;
use domain::settings::AllSettings;
use domain::shop::Shop;
use domain::{OrderId, OrderKey, Private, ShopId, Timestamp};
use housekeeping::Housekeeping;
use jiff::SignedDuration;
use order_sync::{Hint, Laws, OrderSync};
use shop_authorization::ShopAuthorization;
use sim::faults::CallKind;
use sim::tiktok::{OrderSpec, TikTok as Sim, TikTokConfig};
use system::ManualClock;
use system::{Clock, SystemClock, SystemRandom};
use tempfile::TempDir;
use tiktok::TikTok;

/// The mug of the sample shop.
pub const MUG: &str = "1729590000000000001";
/// How many orders one sync takes.
const SYNCED_AT_ONCE: usize = 50;

/// The surroundings. The shop is connected when the world begins.
pub struct World {
    pub sim: Sim,
    pub backend: Backend,
    pub tiktok: TikTok,
    pub shop: ShopId,
    /// When it began: a full hour some days ago, so that orders of after it can be made.
    pub began: Timestamp,
    clock: ManualClock,
    _folder: TempDir,
}

impl World {
    pub async fn new() -> Self {
        // An error means that a test before has chosen it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sim = Sim::start(TikTokConfig::default()).await.unwrap();
        let hour = SystemClock.now().as_second() / 3_600;
        let began = Timestamp::from_second((hour - 96) * 3_600).unwrap();
        let clock = ManualClock::new(began);
        let folder = tempfile::tempdir().unwrap();
        let backend = Backend::of(SqliteBackend::open(folder.path(), Arc::new(clock.clone())).unwrap());
        let secret = Private::new(sim.app_secret().to_owned());
        let config = tiktok::TikTokConfig {
            api_url: sim.url().to_owned(),
            auth_url: sim.url().to_owned(),
            consent_url: format!("{}/oauth/authorize?app_key={}", sim.url(), sim.app_key()),
            app_key: sim.app_key().to_owned(),
            app_secret: secret.clone(),
        };
        // TikTok checks timestamps: its client keeps real time.
        let patience = tiktok::Timeouts { read: Duration::from_secs(5), write: Duration::from_secs(5) };
        let http = tiktok::http_client().unwrap();
        let tiktok =
            TikTok::new(http, config, Arc::new(SystemClock), backend.secrets.clone()).with_timeouts(patience);
        let shop = ShopId::new(sim.shops()[0].id.as_str());
        let world = Self { sim, backend, tiktok, shop, began, clock, _folder: folder };
        world.connect(secret).await;
        world
    }

    async fn connect(&self, secret: Private<String>) {
        let (shops, clock) = (self.backend.shops.clone(), Arc::new(self.clock.clone()));
        let (processed_events, settings) = (self.backend.processed_events.clone(), Arc::default());
        let authorization =
            ShopAuthorization::new(shops, processed_events, self.tiktok.clone(), clock, settings, secret);
        authorization.connect(&Private::new(self.sim.authorization_code())).await.unwrap();
    }

    /// A world whose shop's order_rate is not due to be learnt, so that nothing but the test asks TikTok.
    pub async fn quiet() -> Self {
        let world = Self::new().await;
        let far = world.after(SignedDuration::from_hours(10_000));
        world.change(|shop| shop.monitor.learnt_until = Some(far)).await;
        world
    }

    pub fn turn(&self, by: SignedDuration) {
        self.clock.advance(by.unsigned_abs());
    }

    /// So long after the world began.
    pub fn after(&self, by: SignedDuration) -> Timestamp {
        self.began + by
    }

    /// One run of the function.
    pub async fn run(&self) {
        self.run_over(&self.backend.queues).await;
    }

    /// One run with personal data to be forgotten so many days after an order is over.
    pub async fn run_forgetting_after(&self, days: Option<u16>) {
        let Backend { orders, shops, queues, .. } = self.backend.clone();
        let clock = Arc::new(self.clock.clone());
        let settings = AllSettings { expire_personal_data_days: days, ..AllSettings::default() };
        let step = Housekeeping::new(orders, shops, queues, self.tiktok.clone(), clock, Arc::new(settings));
        step.run().await.unwrap();
    }

    /// One run over other queues.
    pub async fn run_over(&self, queues: &Arc<dyn Queues>) {
        let Backend { orders, shops, .. } = self.backend.clone();
        let clock = Arc::new(self.clock.clone());
        let step =
            Housekeeping::new(orders, shops, queues.clone(), self.tiktok.clone(), clock, Arc::default());
        step.run().await.unwrap();
    }

    pub async fn shop(&self) -> Shop {
        self.backend.shops.load_shop(&self.shop).await.unwrap().unwrap().value
    }

    /// Changes the stored shop.
    pub async fn change(&self, change: impl FnOnce(&mut Shop)) {
        let stored = self.backend.shops.load_shop(&self.shop).await.unwrap().unwrap();
        let mut shop = stored.value;
        change(&mut shop);
        self.backend.shops.commit_shop(&shop, stored.version).await.unwrap();
    }

    /// The open exceptions of the shop.
    pub async fn open(&self) -> Vec<ExceptionKind> {
        self.shop().await.open_exceptions().map(|exception| exception.kind).collect()
    }

    /// The only open exception of the shop.
    pub async fn told(&self) -> Exception {
        let shop = self.shop().await;
        let mut open = shop.open_exceptions().cloned();
        let told = open.next().unwrap();
        assert_eq!(open.next(), None);
        told
    }

    /// Rewrites the stored tokens as if they had been got six days ago: `access` is left of the access token, and the
    /// authorisation ends at `ends_at`.
    pub async fn age_tokens(&self, access: SignedDuration, ends_at: Timestamp) {
        let name = format!("tiktok/tokens/{}", self.shop().await.account);
        let stored = self.backend.secrets.load_secret(&name).await.unwrap().unwrap();
        let mut tokens: serde_json::Value = serde_json::from_str(stored.value.expose()).unwrap();
        let now = SystemClock.now();
        tokens["obtained_at"] = (now - SignedDuration::from_hours(144)).to_string().into();
        tokens["access_expires_at"] = (now + access).to_string().into();
        tokens["refresh_expires_at"] = ends_at.to_string().into();
        let aged = Private::new(tokens.to_string());
        let replaced = self.backend.secrets.commit_secret(&name, aged, stored.version).await.unwrap();
        assert!(matches!(replaced, Committed::Stored(_)));
    }

    pub fn key(&self, order: &str) -> OrderKey {
        OrderKey::new(self.shop.clone(), OrderId::new(order))
    }

    /// An order that TikTok has, created at `at`, and that we have not heard of.
    pub fn unheard(&self, at: Timestamp) -> String {
        let ago = SystemClock.now().duration_since(at).unsigned_abs();
        let spec = OrderSpec { created_ago: ago, paid_ago: ago, ..OrderSpec::new(MUG) };
        self.sim.add_order(spec).unwrap()
    }

    /// An order comes in and is synced.
    pub async fn order(&self, spec: OrderSpec) -> String {
        let order = self.sim.add_order(spec).unwrap();
        self.sync(std::slice::from_ref(&order)).await;
        order
    }

    pub async fn sync(&self, orders: &[String]) {
        let Backend { orders: store, shops, queues, .. } = self.backend.clone();
        let (tiktok, clock) = (self.tiktok.clone(), Arc::new(self.clock.clone()));
        let step =
            OrderSync::new(store, shops, queues, tiktok, clock, Arc::new(SystemRandom), Laws::default());
        for batch in orders.chunks(SYNCED_AT_ONCE) {
            let hints =
                batch.iter().map(|order| Hint { key: self.key(order), source: ChangeSource::Webhook });
            let outcomes = step.handle_batch(hints.collect()).await;
            assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done)), "{outcomes:?}");
        }
    }

    pub async fn record(&self, order: &str) -> OrderRecord {
        self.backend.orders.load_order(&self.key(order)).await.unwrap().unwrap().value
    }

    /// How often TikTok was called so.
    pub fn calls(&self, kind: CallKind) -> u64 {
        self.sim.calls().get(&kind).copied().unwrap_or(0)
    }

    /// Takes all that is in a queue at present.
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
