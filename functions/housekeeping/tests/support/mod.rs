//! A connected shop, and runs of housekeeping over it.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::ops::Deref;
use std::sync::Arc;

use backend::{Backend, Committed, Queues};
use domain::exception::{Exception, ExceptionKind};
use domain::settings::AllSettings;
use domain::shop::Shop;
use domain::{Private, Timestamp};
use housekeeping::{Housekeeping, HousekeepingDeps};
use jiff::SignedDuration;
use sim::tiktok::{OrderSpec, TikTokConfig};
use system::{Clock, ManualClock, SystemClock};
use test_world::{MUG, ShopWorld};
use workflow::StepError;

/// A connected shop whose clock stands still until a test advances it.
pub struct HousekeepingWorld {
    shop_world: ShopWorld<ManualClock>,
    /// When it began: a full hour some days ago, so that orders placed after it can be made.
    pub began: Timestamp,
}

impl Deref for HousekeepingWorld {
    type Target = ShopWorld<ManualClock>;

    fn deref(&self) -> &Self::Target {
        &self.shop_world
    }
}

impl HousekeepingWorld {
    pub async fn new() -> Self {
        let hour = SystemClock.now().as_second() / 3_600;
        let began = Timestamp::from_second((hour - 96) * 3_600).unwrap();
        let shop_world = ShopWorld::at(TikTokConfig::default(), ManualClock::new(began)).await;
        Self { shop_world, began }
    }

    /// A world in which learning the shop's order rate is not due, so that only the test causes calls to TikTok.
    pub async fn quiet() -> Self {
        let world = Self::new().await;
        let far = world.after(SignedDuration::from_hours(10_000));
        world.change(|shop| shop.monitor.learnt_until = Some(far)).await;
        world
    }

    pub fn advance(&self, by: SignedDuration) {
        self.clock.advance(by.unsigned_abs());
    }

    /// This long after the world began.
    pub fn after(&self, by: SignedDuration) -> Timestamp {
        self.began + by
    }

    /// One run of the function.
    pub async fn run(&self) {
        self.run_with(self.backend.queues.clone(), AllSettings::default()).await;
    }

    /// One run with personal data to be forgotten this many days after an order is over.
    pub async fn run_forgetting_after(&self, days: Option<u16>) {
        let settings = AllSettings { expire_personal_data_days: days, ..AllSettings::default() };
        self.run_with(self.backend.queues.clone(), settings).await;
    }

    /// One run over other queues.
    pub async fn run_over(&self, queues: &Arc<dyn Queues>) {
        self.run_with(queues.clone(), AllSettings::default()).await;
    }

    async fn run_with(&self, queues: Arc<dyn Queues>, settings: AllSettings) {
        self.try_run(queues, settings).await.unwrap();
    }

    /// One run, which may fail.
    pub async fn try_run(&self, queues: Arc<dyn Queues>, settings: AllSettings) -> Result<(), StepError> {
        let Backend { orders, shops, .. } = self.backend.clone();
        let function = Housekeeping::new(HousekeepingDeps {
            orders,
            shops,
            queues,
            tiktok: self.tiktok.clone(),
            clock: self.clock.clone(),
            settings: Arc::new(settings),
            rejected_settings: None,
        });
        function.run().await
    }

    pub async fn stored_shop(&self) -> Shop {
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
    pub async fn open_of_shop(&self) -> Vec<ExceptionKind> {
        self.stored_shop().await.open_exceptions().map(|exception| exception.kind).collect()
    }

    /// The only open exception of the shop.
    pub async fn only_open(&self) -> Exception {
        let shop = self.stored_shop().await;
        let mut open = shop.open_exceptions().cloned();
        let only = open.next().unwrap();
        assert_eq!(open.next(), None);
        only
    }

    /// Rewrites the stored tokens as if they had been issued six days ago: the access token is good for `access` more, and
    /// the authorization ends at `ends_at`.
    pub async fn age_tokens(&self, access: SignedDuration, ends_at: Timestamp) {
        let name = format!("tiktok/tokens/{}", self.stored_shop().await.account);
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

    /// Adds an order to TikTok, placed at `at`, of which we have not heard.
    pub fn unheard(&self, at: Timestamp) -> String {
        let ago = SystemClock.now().duration_since(at).unsigned_abs();
        let spec = OrderSpec { created_ago: ago, paid_ago: ago, ..OrderSpec::new(MUG) };
        self.sim.add_order(spec).unwrap()
    }
}
