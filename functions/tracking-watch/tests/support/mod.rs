//! A simulated TikTok, a simulated carrier and a backend, and the functions that bring a parcel to its first scan.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use backend::Backend;
use backend::batch::Outcome;
use backend_sqlite::SqliteBackend;
use carriers::CarrierAccounts;
use carriers::easypost::{self, EasyPost};
use domain::deadline::DispatchRules;
use domain::exception::ExceptionKind;
use domain::message::{ChangeSource, Message, OrderChange, Queue, ShipmentRef};
use domain::rates::RateRules;
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::{OrderId, OrderKey, Private, ShopId, Timestamp};
use jiff::SignedDuration;
use label_create::{LabelCreate, LabelCreateDeps};
use order_sync::{OrderSync, OrderSyncDeps};
use rate_shop::{RateShop, RateShopDeps};
use shop_authorization::{ShopAuthorization, ShopAuthorizationDeps};
use sim::easypost::{EasyPost as CarrierSim, EasyPostConfig};
use sim::tiktok::{OrderSpec, TikTok as TikTokSim, TikTokConfig};
use system::{Clock, SystemClock, SystemRandom};
use tempfile::TempDir;
use tiktok::TikTok;
use tracking_upload::{TrackingUpload, TrackingUploadDeps};
use tracking_watch::{TrackingWatch, TrackingWatchDeps};

/// The mug of the sample shop.
const MUG: &str = "1729590000000000001";
/// How long the clients wait for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Real time plus an offset in seconds. The simulators keep real time.
#[derive(Default)]
struct OffsetClock(AtomicI64);

impl Clock for OffsetClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// The simulators, a backend and a connected shop.
pub struct World {
    pub sim: TikTokSim,
    pub parcels: CarrierSim,
    pub backend: Backend,
    clock: Arc<OffsetClock>,
    tiktok: TikTok,
    accounts: CarrierAccounts,
    shop: ShopId,
    _folder: TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::begun_before(SignedDuration::ZERO).await
    }

    /// A world whose clock is behind those of the outside services.
    pub async fn begun_before(ago: SignedDuration) -> Self {
        // An error means that an earlier test has installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sim = TikTokSim::start(TikTokConfig::default()).await.unwrap();
        let parcels = CarrierSim::start(EasyPostConfig::default()).await.unwrap();
        let clock = Arc::new(OffsetClock::default());
        let folder = tempfile::tempdir().unwrap();
        let backend = Backend::of(SqliteBackend::open(folder.path(), clock.clone()).unwrap());
        let tiktok = tiktok_client(&sim, &backend);
        let accounts = carrier_accounts(&parcels);
        let shop = ShopId::new(sim.shops()[0].id.as_str());
        let world = Self { sim, parcels, backend, clock, tiktok, accounts, shop, _folder: folder };
        world.advance(-ago);
        world.connect().await;
        world
    }

    async fn connect(&self) {
        let (shops, clock) = (self.backend.shops.clone(), self.clock.clone());
        let secret = Private::new(self.sim.app_secret().to_owned());
        let (processed_events, settings) = (self.backend.processed_events.clone(), Arc::default());
        let authorization = ShopAuthorization::new(ShopAuthorizationDeps {
            shops,
            processed_events,
            tiktok: self.tiktok.clone(),
            clock,
            settings,
            secret,
        });
        authorization.connect(&Private::new(self.sim.authorization_code())).await.unwrap();
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn advance(&self, by: SignedDuration) {
        self.clock.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }

    /// Adds an order and syncs it: its shipment is ready to be rated.
    pub async fn ready(&self) -> ShipmentRef {
        let days = |days: u64| Duration::from_secs(days * 24 * 3_600);
        // Paid long ago and due far ahead, so that the clock can be advanced.
        let spec = OrderSpec {
            created_ago: days(8),
            paid_ago: days(8),
            ship_within: days(30),
            ..OrderSpec::new(MUG)
        };
        let order = self.sim.add_order(spec).unwrap();
        let key = OrderKey::new(self.shop.clone(), OrderId::new(order.as_str()));
        self.sync(&key).await;
        let stored = self.backend.orders.load_order(&key).await.unwrap().unwrap();
        ShipmentRef { shipment: stored.value.shipments[0].id.clone(), key }
    }

    pub async fn sync(&self, key: &OrderKey) {
        let Backend { orders, shops, queues, .. } = self.backend.clone();
        let (tiktok, clock) = (self.tiktok.clone(), self.clock.clone());
        let step = OrderSync::new(OrderSyncDeps {
            orders,
            shops,
            queues,
            tiktok,
            clock,
            random: Arc::new(SystemRandom),
            dispatch: DispatchRules::built_in().unwrap(),
            settings: Arc::default(),
        });
        let change = OrderChange { key: key.clone(), source: ChangeSource::Webhook };
        let outcomes = step.handle_batch(vec![change]).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done)), "{outcomes:?}");
    }

    /// An order whose label is bought and whose tracking number TikTok has. The queues are empty.
    pub async fn uploaded(&self) -> ShipmentRef {
        let target = self.ready().await;
        let Backend { orders, shops, catalogue, labels, queues, .. } = self.backend.clone();
        let (clock, random) = (self.clock.clone(), Arc::new(SystemRandom));
        let (tiktok, accounts) = (self.tiktok.clone(), self.accounts.clone());
        let rate = RateShop::new(RateShopDeps {
            orders: orders.clone(),
            shops: shops.clone(),
            catalogue,
            queues: queues.clone(),
            tiktok: tiktok.clone(),
            accounts: accounts.clone(),
            clock: clock.clone(),
            random: random.clone(),
            rules: RateRules::built_in().unwrap(),
            settings: Arc::default(),
        });
        rate.handle(&target).await.unwrap();
        let label = LabelCreate::new(LabelCreateDeps {
            orders: orders.clone(),
            shops: shops.clone(),
            labels,
            queues: queues.clone(),
            accounts,
            tiktok: tiktok.clone(),
            settings: Arc::default(),
            clock: clock.clone(),
            random: random.clone(),
        });
        label.handle(&target).await.unwrap();
        let upload = TrackingUpload::new(TrackingUploadDeps { orders, shops, queues, tiktok, clock, random });
        upload.handle(&target).await.unwrap();
        assert_eq!(self.shipment(&target).await.stage.name(), "uploaded");
        self.sync(&target.key).await;
        for &queue in Queue::ALL {
            self.take(queue).await;
        }
        target
    }

    /// Handles a check with a new client, as one that was used before may pause its calls.
    pub async fn check(&self, target: &ShipmentRef) {
        self.step().handle(target).await.unwrap();
    }

    pub fn step(&self) -> TrackingWatch {
        let Backend { orders, shops, queues, .. } = self.backend.clone();
        TrackingWatch::new(TrackingWatchDeps {
            orders,
            shops,
            queues,
            accounts: carrier_accounts(&self.parcels),
            tiktok: self.tiktok.clone(),
            clock: self.clock.clone(),
            random: Arc::new(SystemRandom),
        })
    }

    pub async fn record(&self, target: &ShipmentRef) -> OrderRecord {
        self.backend.orders.load_order(&target.key).await.unwrap().unwrap().value
    }

    pub async fn shipment(&self, target: &ShipmentRef) -> Shipment {
        self.record(target).await.shipment(&target.shipment).unwrap().clone()
    }

    /// The tracking number of the shipment's parcel.
    pub async fn number(&self, target: &ShipmentRef) -> String {
        self.shipment(target).await.stage.label().unwrap().tracking.to_string()
    }

    /// The open exceptions of the order.
    pub async fn open(&self, target: &ShipmentRef) -> Vec<ExceptionKind> {
        self.record(target).await.open_exceptions().map(|exception| exception.kind).collect()
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

/// The client keeps real time, because TikTok checks timestamps.
fn tiktok_client(sim: &TikTokSim, backend: &Backend) -> TikTok {
    let config = tiktok::TikTokConfig {
        api_url: sim.url().to_owned(),
        auth_url: sim.url().to_owned(),
        consent_url: format!("{}/oauth/authorize?app_key={}", sim.url(), sim.app_key()),
        app_key: sim.app_key().to_owned(),
        app_secret: Private::new(sim.app_secret().to_owned()),
    };
    let http = tiktok::http_client().unwrap();
    let patience = tiktok::TikTokTimeouts { read: PATIENCE, write: PATIENCE };
    TikTok::new(http, config, Arc::new(SystemClock), backend.secrets.clone()).with_timeouts(patience)
}

fn carrier_accounts(sim: &CarrierSim) -> CarrierAccounts {
    let key = Private::new(sim.api_key().to_owned());
    let mut config = easypost::EasyPostConfig::new(sim.url(), &key).unwrap();
    config.timeouts = easypost::EasyPostTimeouts {
        quote: PATIENCE,
        buy: PATIENCE,
        other: PATIENCE,
        download: PATIENCE,
        place: PATIENCE,
    };
    let connector = EasyPost::new(carriers::http_client().unwrap(), config, Arc::new(SystemClock));
    CarrierAccounts::new([Arc::new(connector) as _])
}
