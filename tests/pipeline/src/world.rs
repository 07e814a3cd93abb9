//! The outside services, the backend and the functions between them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use backend::Backend;
use carriers::CarrierAccounts;
use carriers::easypost::{self, EasyPost};
use domain::deadline::DispatchRules;
use domain::message::{Message, Queue};
use domain::rates::RateRules;
use domain::record::OrderRecord;
use domain::settings::AllSettings;
use domain::{OrderId, OrderKey, Private, ShopId};
use emulator::{Cloud, Wire};
use jiff::SignedDuration;
use order_poll::PollSettings;
use punctual::functions::{FunctionParts, Functions};
use remedy::{RemedyDeps, RemedyStep};
use sim::sandbox::{Kind, SandboxOrder};
use sim::{Sandbox, SandboxConfig};
use system::{Clock, SystemClock, SystemRandom};
use tempfile::TempDir;
use test_world::TestClock;
use tiktok::TikTok;
use tiktok::webhook::WebhookVerifier;
use webhook_intake::Senders;

use crate::backend_kind::BackendKind;
use crate::check::check;
use crate::drive::Drive;
use crate::faults::{FaultPlan, FaultyBackend};
use crate::notifications::{FaultyNotifier, Notifications};
use crate::virtual_time_queues::VirtualTimeQueues;

/// How long the clients wait for the outside services; short, so that a test with a hanging call is short.
const TIMEOUT: Duration = Duration::from_millis(400);

/// How far the clock is moved when there is nothing to do.
const IDLE: SignedDuration = SignedDuration::from_secs(5);
/// The same on AWS, where every check takes a dozen requests.
const IDLE_ON_AWS: SignedDuration = SignedDuration::from_secs(20);

/// What a world begins with.
#[derive(Clone, Debug)]
pub struct WorldConfig {
    /// The sandbox; its number of orders is replaced by `orders`.
    pub sandbox: SandboxConfig,
    pub orders: Vec<SandboxOrder>,
    pub backend_kind: BackendKind,
    pub settings: AllSettings,
    pub rules: RateRules,
}

impl Default for WorldConfig {
    #[allow(clippy::unwrap_used, reason = "a broken build is found by a test of its own")]
    fn default() -> Self {
        Self {
            sandbox: SandboxConfig::default(),
            orders: Vec::new(),
            backend_kind: BackendKind::default(),
            settings: AllSettings::default(),
            rules: RateRules::built_in().unwrap(),
        }
    }
}

impl WorldConfig {
    /// One order of `kind`.
    pub fn one(kind: Kind) -> Self {
        let orders = sim::sandbox::orders(Kind::ALL.len(), 1).into_iter().filter(|order| order.kind == kind);
        Self { orders: orders.take(1).collect(), ..Self::default() }
    }

    /// The same on another backend.
    #[must_use]
    pub fn on(self, backend_kind: &BackendKind) -> Self {
        Self { backend_kind: backend_kind.clone(), ..self }
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
    pub sandbox: Sandbox,
    /// The backend, without any faults.
    pub backend: Backend,
    /// The backend as the functions reach it.
    of_functions: Backend,
    /// How far the clock is moved when there is nothing to do.
    pub(crate) idle: SignedDuration,
    /// The clock of functions and backend.
    pub clock: Arc<TestClock>,
    /// What people were notified of.
    pub notifications: Arc<Notifications>,
    /// The settings of the processes that start from now on.
    pub settings: Arc<AllSettings>,
    /// The secret of carriers' webhooks in the processes that start from now on; without one none is taken.
    pub carrier_secret: Option<Private<String>>,
    rules: RateRules,
    _folder: Option<TempDir>,
}

impl World {
    /// Builds a world.
    pub async fn new(config: WorldConfig) -> anyhow::Result<Self> {
        let mut sandbox =
            Box::pin(sim::sandbox::start(SandboxConfig { orders: 0, ..config.sandbox })).await?;
        sandbox.add(config.orders);
        let world = Box::pin(Self::between(sandbox, &config.backend_kind)).await?;
        Ok(Self { settings: Arc::new(config.settings), rules: config.rules, ..world })
    }

    /// Builds a world around running services, whose shops it connects.
    pub async fn between(sandbox: Sandbox, backend_kind: &BackendKind) -> anyhow::Result<Self> {
        // An error means that a test before has chosen it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(TestClock::default());
        let (backend, folder) = backend_kind.backend(&clock).await?;
        let idle = match backend_kind {
            BackendKind::Sqlite => IDLE,
            BackendKind::Aws(_) => IDLE_ON_AWS,
        };
        let world = Self {
            sandbox,
            of_functions: backend.clone(),
            backend,
            idle,
            clock,
            notifications: Arc::default(),
            settings: Arc::default(),
            rules: RateRules::built_in()?,
            carrier_secret: None,
            _folder: folder,
        };
        Box::pin(world.connect()).await?;
        Ok(world)
    }

    /// Builds a world on AWS whose functions reach it through `wire`; what AWS does by itself, such as to hand out
    /// messages, does not go over it.
    pub async fn over(config: WorldConfig, cloud: &Cloud, wire: &Wire) -> anyhow::Result<Self> {
        let mut sandbox =
            Box::pin(sim::sandbox::start(SandboxConfig { orders: 0, ..config.sandbox })).await?;
        sandbox.add(config.orders);
        let clock = Arc::new(TestClock::default());
        let (backend, over) = (cloud.backend(), cloud.through(wire.url())?.backend());
        let queues = VirtualTimeQueues::new(backend.queues.clone(), clock.clone());
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
            carrier_secret: None,
            rules: config.rules,
            _folder: None,
        };
        Box::pin(world.connect()).await?;
        Ok(world)
    }

    /// Connects the shops, once more if they are connected.
    pub async fn connect(&self) -> anyhow::Result<()> {
        let code = Private::new(self.sandbox.tiktok.authorization_code());
        self.functions(&FaultPlan::none())?.shop_authorization.connect(&code).await?;
        Ok(())
    }

    /// The functions of a process that has just started, with the faults of `plan`.
    pub fn functions(&self, plan: &Arc<FaultPlan>) -> anyhow::Result<Functions> {
        let backend = Backend::of(FaultyBackend::new(self.of_functions.clone(), plan.clone()));
        let (tiktok, accounts) = self.outside(&backend)?;
        let senders = Senders {
            tiktok: WebhookVerifier::new(
                self.sandbox.tiktok.app_key().to_owned(),
                vec![Private::from(self.sandbox.tiktok.app_secret())],
            ),
            carriers: carriers::registry::webhooks(|_| self.carrier_secret.iter().cloned().collect()),
        };
        Ok(Functions::new(FunctionParts {
            rejected_settings: None,
            backend,
            tiktok,
            accounts,
            clock: self.clock.clone(),
            random: Arc::new(SystemRandom),
            rules: self.rules.clone(),
            dispatch_rules: DispatchRules::built_in()?,
            settings: self.settings.clone(),
            notifier: Arc::new(FaultyNotifier {
                service: self.notifications.clone(),
                plan: plan.clone(),
                clock: self.clock.clone(),
            }),
            pace: PollSettings { interval: None, overlap: domain::polling::OVERLAP },
            senders,
            link_secret: Private::from(self.sandbox.tiktok.app_secret()),
        }))
    }

    /// The remedies of people. No plan injects faults into them.
    pub fn remedies(&self) -> anyhow::Result<RemedyStep> {
        let backend = self.of_functions.clone();
        let (tiktok, accounts) = self.outside(&backend)?;
        let Backend { orders, shops, queues, .. } = backend;
        Ok(RemedyStep::new(RemedyDeps { orders, shops, queues, tiktok, accounts, clock: self.clock.clone() }))
    }

    /// The clients of the outside services, whose tokens are in `backend`.
    fn outside(&self, backend: &Backend) -> anyhow::Result<(TikTok, CarrierAccounts)> {
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
        let patience = tiktok::TikTokTimeouts { read: TIMEOUT, write: TIMEOUT };
        let tiktok =
            TikTok::new(tiktok::http_client()?, tiktok_config, real.clone(), backend.secrets.clone())
                .with_timeouts(patience);
        let key = Private::new(self.sandbox.easypost.api_key().to_owned());
        let mut config = easypost::EasyPostConfig::new(self.sandbox.easypost.url(), &key)?;
        config.timeouts = easypost::EasyPostTimeouts {
            quote: TIMEOUT,
            buy: TIMEOUT,
            other: TIMEOUT,
            download: TIMEOUT,
            place: TIMEOUT,
        };
        let connector = EasyPost::new(carriers::http_client()?, config, real);
        Ok((tiktok, CarrierAccounts::new([Arc::new(connector) as _])))
    }

    /// A process that works with the faults of `plan`.
    pub fn drive(&self, plan: Arc<FaultPlan>) -> anyhow::Result<Drive<'_>> {
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

    /// Syncs every order whose change is in the queue. Returns the orders.
    pub async fn sync_all(&self) -> anyhow::Result<BTreeSet<String>> {
        let functions = self.functions(&FaultPlan::none())?;
        let queues = &self.backend.queues;
        let mut named = BTreeSet::new();
        loop {
            let visibility = Duration::from_secs(60);
            let received = queues.receive(Queue::OrderChanges, 50, visibility, Duration::ZERO).await?;
            if received.is_empty() {
                return Ok(named);
            }
            let mut changes = Vec::new();
            for received in received {
                let Message::OrderChange(change) = received.message else {
                    anyhow::bail!("{:?} is not a change of an order", received.message);
                };
                named.insert(change.key.order.to_string());
                changes.push(change);
                queues.ack(Queue::OrderChanges, &received.receipt).await?;
            }
            functions.order_sync.handle_batch(changes).await;
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
