//! The outside services, the backend and the functions between them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use backend::Backend;
use carriers::{Carrier, EasyPost, easypost};
use domain::deadline::DispatchRules;
use domain::message::{Message, Queue};
use domain::rates::RateRules;
use domain::record::OrderRecord;
use domain::settings::AllSettings;
use domain::{OrderId, OrderKey, Private, ShopId};
use emulator::{Cloud, Wire};
use jiff::SignedDuration;
use order_poll::Pace;
use order_sync::Hint;
use punctual::functions::{Functions, Parts};
use remedy::RemedyStep;
use sim::sandbox::{Kind, SandboxOrder};
use sim::{Sandbox, SandboxConfig};
use system::{Clock, SystemClock, SystemRandom};
use tempfile::TempDir;
use tiktok::TikTok;
use webhook_intake::Senders;

use crate::chaos::{Chaos, Plan};
use crate::check::check;
use crate::clock::TurnedClock;
use crate::drive::Drive;
use crate::notifications::{Notifications, Telling};
use crate::site::Site;
use crate::turned_queues::TurnedQueues;

/// How long the clients wait for the outside services; short, so that a test with a hanging call is short.
const PATIENCE: Duration = Duration::from_millis(400);

/// How far the clock is turned when there is nothing to do.
const IDLE: SignedDuration = SignedDuration::from_secs(5);
/// The same on AWS, where every look takes a dozen requests.
const IDLE_ON_AWS: SignedDuration = SignedDuration::from_secs(20);

/// What a world begins with.
#[derive(Clone, Debug, Default)]
pub struct WorldConfig {
    /// The sandbox; its number of orders is replaced by `orders`.
    pub sandbox: SandboxConfig,
    /// The orders.
    pub orders: Vec<SandboxOrder>,
    /// The backend.
    pub site: Site,
    /// What the seller chose.
    pub settings: AllSettings,
    /// By which rules labels are chosen.
    pub rules: RateRules,
}

impl WorldConfig {
    /// One order of `kind`.
    pub fn one(kind: Kind) -> Self {
        let orders = sim::sandbox::orders(Kind::ALL.len(), 1).into_iter().filter(|order| order.kind == kind);
        Self { orders: orders.take(1).collect(), ..Self::default() }
    }

    /// The same on another backend.
    #[must_use]
    pub fn on(self, site: &Site) -> Self {
        Self { site: site.clone(), ..self }
    }

    /// The same at a time or in a place where TikTok accepts the labels of every carrier.
    #[must_use]
    pub fn without_restrictions(mut self) -> Self {
        self.rules.restrictions.clear();
        self.sandbox.label_rules.clear();
        self
    }

    /// `n` mixed orders drawn from `seed`. Holds are ended by the drive, which also tells of it, and not by themselves.
    pub fn mixed(n: usize, seed: u64) -> Self {
        let mut orders = sim::sandbox::orders(n, seed);
        for order in orders.iter_mut().filter(|order| order.kind == Kind::OnHoldThenReleased) {
            order.spec.script.clear();
        }
        Self { orders, ..Self::default() }
    }
}

/// The outside services, a backend and a clock. The shop is connected, webhooks are off.
pub struct World {
    /// Both outside services.
    pub sandbox: Sandbox,
    /// The backend, not under any plan.
    pub backend: Backend,
    /// The backend as the functions reach it.
    of_functions: Backend,
    /// How far the clock is turned when there is nothing to do.
    pub(crate) idle: SignedDuration,
    /// The clock of functions and backend.
    pub clock: Arc<TurnedClock>,
    /// What people were told.
    pub notifications: Arc<Notifications>,
    /// What the seller chose, for the processes that start from now on.
    pub settings: Arc<AllSettings>,
    rules: RateRules,
    _folder: Option<TempDir>,
}

impl World {
    /// Builds a world.
    pub async fn new(config: WorldConfig) -> anyhow::Result<Self> {
        let mut sandbox = sim::sandbox::start(SandboxConfig { orders: 0, ..config.sandbox }).await?;
        sandbox.add(config.orders);
        let world = Self::between(sandbox, &config.site).await?;
        Ok(Self { settings: Arc::new(config.settings), rules: config.rules, ..world })
    }

    /// Builds a world around running services, whose shops it connects.
    pub async fn between(sandbox: Sandbox, site: &Site) -> anyhow::Result<Self> {
        // An error means that a test before has chosen it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(TurnedClock::default());
        let (backend, folder) = site.backend(&clock).await?;
        let idle = match site {
            Site::OneMachine => IDLE,
            Site::Aws(_) => IDLE_ON_AWS,
        };
        let world = Self {
            sandbox,
            of_functions: backend.clone(),
            backend,
            idle,
            clock,
            notifications: Arc::default(),
            settings: Arc::default(),
            rules: RateRules::default(),
            _folder: folder,
        };
        world.connect().await?;
        Ok(world)
    }

    /// Builds a world on AWS whose functions reach it through `wire`; what AWS does by itself, such as to hand out
    /// messages, does not go over it.
    pub async fn over(config: WorldConfig, cloud: &Cloud, wire: &Wire) -> anyhow::Result<Self> {
        let mut sandbox = sim::sandbox::start(SandboxConfig { orders: 0, ..config.sandbox }).await?;
        sandbox.add(config.orders);
        let clock = Arc::new(TurnedClock::default());
        let (backend, over) = (cloud.backend(), cloud.through(wire.url())?.backend());
        let queues = TurnedQueues::new(backend.queues.clone(), clock.clone());
        let of_functions = Backend { queues: Arc::new(queues.through(over.queues.clone())), ..over };
        let backend = Backend { queues: Arc::new(queues), ..backend };
        let world = Self {
            sandbox,
            backend,
            of_functions,
            idle: IDLE_ON_AWS,
            clock,
            notifications: Arc::default(),
            settings: Arc::new(config.settings),
            rules: config.rules,
            _folder: None,
        };
        world.connect().await?;
        Ok(world)
    }

    /// Connects the shops, once more if they are connected.
    pub async fn connect(&self) -> anyhow::Result<()> {
        let code = Private::new(self.sandbox.tiktok.authorization_code());
        self.functions(&Plan::calm())?.shop_authorization.connect(&code).await?;
        Ok(())
    }

    /// The functions of a process that has just started, under `plan`.
    pub fn functions(&self, plan: &Arc<Plan>) -> anyhow::Result<Functions> {
        let backend = Backend::of(Chaos::new(self.of_functions.clone(), plan.clone()));
        let (tiktok, carrier) = self.outside(&backend)?;
        let senders = Senders {
            tiktok_app_key: self.sandbox.tiktok.app_key().to_owned(),
            tiktok_app_secret: Private::from(self.sandbox.tiktok.app_secret()),
            easypost_secret: None,
        };
        Ok(Functions::new(Parts {
            backend,
            tiktok,
            carrier,
            clock: self.clock.clone(),
            random: Arc::new(SystemRandom),
            rules: self.rules.clone(),
            dispatch_rules: DispatchRules::default(),
            settings: self.settings.clone(),
            notifier: Arc::new(Telling {
                service: self.notifications.clone(),
                plan: plan.clone(),
                clock: self.clock.clone(),
            }),
            pace: Pace { interval: None, overlap: domain::polling::OVERLAP },
            senders,
        }))
    }

    /// What people do about exceptions; no plan fails it.
    pub fn remedies(&self) -> anyhow::Result<RemedyStep> {
        let backend = self.of_functions.clone();
        let (tiktok, carrier) = self.outside(&backend)?;
        let Backend { orders, shops, queues, .. } = backend;
        Ok(RemedyStep::new(orders, shops, queues, tiktok, carrier, self.clock.clone()))
    }

    /// The clients of the outside services, whose tokens are in `backend`.
    fn outside(&self, backend: &Backend) -> anyhow::Result<(TikTok, Arc<dyn Carrier>)> {
        // The outside services check timestamps, so their clients keep real time.
        let real: Arc<dyn Clock> = Arc::new(SystemClock);
        let tiktok_config = tiktok::TikTokConfig {
            api_url: self.sandbox.tiktok.url().to_owned(),
            auth_url: self.sandbox.tiktok.url().to_owned(),
            consent_url: format!(
                "{}/oauth/authorize?app_key={}",
                self.sandbox.tiktok.url(),
                self.sandbox.tiktok.app_key()
            ),
            app_key: self.sandbox.tiktok.app_key().to_owned(),
            app_secret: Private::new(self.sandbox.tiktok.app_secret().to_owned()),
        };
        let patience = tiktok::Timeouts { read: PATIENCE, write: PATIENCE };
        let tiktok =
            TikTok::new(tiktok::http_client()?, tiktok_config, real.clone(), backend.secrets.clone())
                .with_timeouts(patience);
        let key = Private::new(self.sandbox.easypost.api_key().to_owned());
        let mut config = easypost::Config::new(self.sandbox.easypost.url(), &key)?;
        config.timeouts = easypost::Timeouts {
            quote: PATIENCE,
            buy: PATIENCE,
            other: PATIENCE,
            download: PATIENCE,
            place: PATIENCE,
        };
        let carrier: Arc<dyn Carrier> = Arc::new(EasyPost::new(carriers::http_client()?, config, real));
        Ok((tiktok, carrier))
    }

    /// Starts to work under `plan`.
    pub fn drive(&self, plan: Arc<Plan>) -> anyhow::Result<Drive<'_>> {
        Drive::new(self, plan)
    }

    /// The key of an order at TikTok.
    pub fn key(&self, order: &str) -> OrderKey {
        let shop = self.sandbox.tiktok.order(order).map_or_else(String::new, |order| order.shop_id);
        OrderKey::new(ShopId::new(shop), OrderId::new(order))
    }

    /// The stored order, if there is one.
    pub async fn record(&self, order: &str) -> anyhow::Result<Option<OrderRecord>> {
        Ok(self.backend.orders.load_order(&self.key(order)).await?.map(|stored| stored.value))
    }

    /// Every stored order.
    pub async fn records(&self) -> anyhow::Result<Vec<OrderRecord>> {
        Ok(punctual::summary::all_orders(&*self.backend.orders).await?)
    }

    /// Has every hint that waits followed; the orders that were named.
    pub async fn follow_all(&self) -> anyhow::Result<BTreeSet<String>> {
        let functions = self.functions(&Plan::calm())?;
        let queues = &self.backend.queues;
        let mut named = BTreeSet::new();
        loop {
            let visibility = Duration::from_secs(60);
            let received = queues.receive(Queue::OrderChanges, 50, visibility, Duration::ZERO).await?;
            if received.is_empty() {
                return Ok(named);
            }
            let mut hints = Vec::new();
            for received in received {
                let Message::OrderChange { key, source } = received.message else {
                    anyhow::bail!("{:?} is no change of an order", received.message);
                };
                named.insert(key.order.to_string());
                hints.push(Hint { key, source });
                queues.ack(Queue::OrderChanges, &received.receipt).await?;
            }
            functions.order_sync.handle_batch(hints).await;
        }
    }

    /// What must hold at any time: no label bought twice, none lost.
    ///
    /// # Errors
    /// With what does not hold.
    pub async fn check(&self) -> anyhow::Result<()> {
        check(&self.sandbox, &self.records().await?)
    }
}
