//! A backend that fails or crashes at a chosen operation.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use backend::{
    AlarmStore, Backend, BackendError, CatalogueStore, Committed, DeadLetter, LabelStore, OrderFilter,
    OrderPage, OrderStore, ProcessedEventStore, Queues, RateOutcome, Received, ShopList, ShopStore,
    Versioned,
};
use domain::LabelDocument;
use domain::alarm::Alarm;
use domain::message::{Message, Queue};
use domain::parcel::CatalogueItem;
use domain::record::OrderRecord;
use domain::shop::Shop;
use domain::{AlarmId, OrderKey, Private, ShipmentId, ShopId, SkuId, Timestamp, TrackingNumber};
use system::Secret;
use system::SecretStore;
use tokio::sync::Notify;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The operation fails and has no effect.
    FailsBefore,
    /// The operation takes effect and its answer is lost.
    FailsAfter,
    /// The process dies before the operation.
    CrashesBefore,
    /// The process dies right after the operation.
    CrashesAfter,
}

impl Mishap {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::FailsBefore, Self::FailsAfter, Self::CrashesBefore, Self::CrashesAfter];
}

/// An operation on one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The order is loaded.
    Load,
    /// The decision on its rate is kept.
    KeepDecision,
}

/// When something goes wrong.
#[derive(Debug, Default)]
pub struct Plan {
    poison: Option<(Operation, OrderKey)>,
    operations: AtomicUsize,
    at: Option<(usize, Mishap)>,
    random: Option<(std::sync::Mutex<fastrand::Rng>, f64)>,
    dead: AtomicBool,
    died: Notify,
    under_way: AtomicUsize,
    landed: Notify,
}

impl Plan {
    /// Nothing goes wrong; operations are counted.
    pub fn calm() -> Arc<Self> {
        Arc::default()
    }

    /// The `n`th operation (from 1) meets `mishap`, once.
    pub fn at(n: usize, mishap: Mishap) -> Arc<Self> {
        Arc::new(Self { at: Some((n, mishap)), ..Self::default() })
    }

    /// The operation on this order panics, always.
    pub fn poison(operation: Operation, key: OrderKey) -> Arc<Self> {
        Arc::new(Self { poison: Some((operation, key)), ..Self::default() })
    }

    /// Every operation meets one of the mishaps with this probability, drawn from `seed`.
    pub fn random(seed: u64, probability: f64) -> Arc<Self> {
        let rng = std::sync::Mutex::new(fastrand::Rng::with_seed(seed));
        Arc::new(Self { random: Some((rng, probability)), ..Self::default() })
    }

    /// How many operations there were.
    pub fn operations(&self) -> usize {
        self.operations.load(Ordering::SeqCst)
    }

    /// Waits until the process has died.
    pub async fn death(&self) {
        loop {
            let died = self.died.notified();
            if self.dead.load(Ordering::SeqCst) && self.under_way.load(Ordering::SeqCst) == 0 {
                return;
            }
            died.await;
        }
    }

    /// The process lives again.
    pub fn revive(&self) {
        self.dead.store(false, Ordering::SeqCst);
    }

    fn next(&self) -> Option<Mishap> {
        let n = self.operations.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some((at, mishap)) = self.at
            && at == n
        {
            return Some(mishap);
        }
        let (rng, probability) = self.random.as_ref()?;
        let mut rng = rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (rng.f64() < *probability).then(|| Mishap::ALL[rng.usize(..Mishap::ALL.len())])
    }

    fn taste(&self, operation: Operation, key: &OrderKey) {
        let poisoned = self.poison.as_ref().is_some_and(|(at, of)| *at == operation && of == key);
        assert!(!poisoned, "the test poisoned {operation:?}");
    }

    /// What the process has sent lands before anybody works on: a dead process's requests are over long before another
    /// one takes its place, and the turned clock leaves no time for that.
    async fn die<T>(&self) -> T {
        self.dead.store(true, Ordering::SeqCst);
        loop {
            let landed = self.landed.notified();
            if self.under_way.load(Ordering::SeqCst) == 0 {
                break;
            }
            landed.await;
        }
        self.died.notify_waiters();
        pending().await
    }
}

/// An operation that was sent and has not been answered.
struct Flight<'a>(&'a Plan);

impl<'a> Flight<'a> {
    fn begin(plan: &'a Plan) -> Self {
        plan.under_way.fetch_add(1, Ordering::SeqCst);
        Self(plan)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
        self.0.landed.notify_waiters();
    }
}

/// A backend under a plan.
#[derive(Clone)]
pub struct Chaos {
    backend: Backend,
    plan: Arc<Plan>,
}

impl Chaos {
    /// Puts `backend` under `plan`.
    pub fn new(backend: Backend, plan: Arc<Plan>) -> Self {
        Self { backend, plan }
    }

    async fn run<T>(
        &self,
        operation: impl Future<Output = Result<T, BackendError>>,
    ) -> Result<T, BackendError> {
        self.plan.run(operation, || BackendError::unavailable("the test broke it")).await
    }
}

impl Plan {
    /// Runs an operation on the outside, which the plan may have fail with `broken` or crash.
    pub async fn run<T, E>(
        &self,
        operation: impl Future<Output = Result<T, E>>,
        broken: impl Fn() -> E,
    ) -> Result<T, E> {
        if self.dead.load(Ordering::SeqCst) {
            return pending().await;
        }
        let operation = async {
            let _flight = Flight::begin(self);
            operation.await
        };
        match self.next() {
            None => operation.await,
            Some(Mishap::FailsBefore) => Err(broken()),
            Some(Mishap::FailsAfter) => {
                operation.await?;
                Err(broken())
            }
            Some(Mishap::CrashesBefore) => self.die().await,
            Some(Mishap::CrashesAfter) => {
                operation.await?;
                self.die().await
            }
        }
    }
}

#[async_trait]
impl OrderStore for Chaos {
    async fn load_order(&self, key: &OrderKey) -> Result<Option<Versioned<OrderRecord>>, BackendError> {
        self.plan.taste(Operation::Load, key);
        self.run(self.backend.orders.load_order(key)).await
    }
    async fn commit_order(&self, record: &OrderRecord, expected: u64) -> Result<Committed, BackendError> {
        self.run(self.backend.orders.commit_order(record, expected)).await
    }
    async fn list_due(&self, now: Timestamp, limit: usize) -> Result<Vec<OrderKey>, BackendError> {
        self.run(self.backend.orders.list_due(now, limit)).await
    }
    async fn list_alarms_due(&self, until: Timestamp, limit: usize) -> Result<Vec<OrderKey>, BackendError> {
        self.run(self.backend.orders.list_alarms_due(until, limit)).await
    }
    async fn find_by_tracking(&self, tracking: &TrackingNumber) -> Result<Option<OrderKey>, BackendError> {
        self.run(self.backend.orders.find_by_tracking(tracking)).await
    }
    async fn list_orders(
        &self,
        filter: &OrderFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<OrderPage, BackendError> {
        self.backend.orders.list_orders(filter, cursor, limit).await
    }
    async fn put_decision(
        &self,
        key: &OrderKey,
        shipment: &ShipmentId,
        decision: &RateOutcome,
    ) -> Result<(), BackendError> {
        self.plan.taste(Operation::KeepDecision, key);
        self.run(self.backend.orders.put_decision(key, shipment, decision)).await
    }
    async fn get_decision(
        &self,
        key: &OrderKey,
        shipment: &ShipmentId,
    ) -> Result<Option<RateOutcome>, BackendError> {
        self.backend.orders.get_decision(key, shipment).await
    }
    async fn wipe_traces(&self) -> Result<(), BackendError> {
        self.backend.orders.wipe_traces().await
    }
}

#[async_trait]
impl AlarmStore for Chaos {
    async fn load_alarm(&self, id: &AlarmId) -> Result<Option<Versioned<Alarm>>, BackendError> {
        self.run(self.backend.alarms.load_alarm(id)).await
    }
    async fn commit_alarm(&self, alarm: &Alarm, expected: u64) -> Result<Committed, BackendError> {
        self.run(self.backend.alarms.commit_alarm(alarm, expected)).await
    }
    async fn list_unfinished_alarms(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<AlarmId>, BackendError> {
        self.run(self.backend.alarms.list_unfinished_alarms(now, limit)).await
    }
}

#[async_trait]
impl ShopStore for Chaos {
    async fn load_shop(&self, id: &ShopId) -> Result<Option<Versioned<Shop>>, BackendError> {
        self.run(self.backend.shops.load_shop(id)).await
    }
    async fn commit_shop(&self, shop: &Shop, expected: u64) -> Result<Committed, BackendError> {
        self.run(self.backend.shops.commit_shop(shop, expected)).await
    }
    async fn list_shops(&self) -> Result<ShopList, BackendError> {
        self.backend.shops.list_shops().await
    }
    async fn list_shops_due(&self, now: Timestamp) -> Result<ShopList, BackendError> {
        self.run(self.backend.shops.list_shops_due(now)).await
    }
}

#[async_trait]
impl Queues for Chaos {
    async fn send(&self, message: &Message, delay: Duration) -> Result<(), BackendError> {
        self.run(self.backend.queues.send(message, delay)).await
    }
    async fn receive(
        &self,
        queue: Queue,
        max: usize,
        visibility: Duration,
        wait: Duration,
    ) -> Result<Vec<Received>, BackendError> {
        self.backend.queues.receive(queue, max, visibility, wait).await
    }
    async fn ack(&self, queue: Queue, receipt: &str) -> Result<(), BackendError> {
        self.run(self.backend.queues.ack(queue, receipt)).await
    }
    async fn nack(&self, queue: Queue, receipt: &str, delay: Duration) -> Result<(), BackendError> {
        self.backend.queues.nack(queue, receipt, delay).await
    }
    async fn depth(&self, queue: Queue) -> Result<usize, BackendError> {
        self.backend.queues.depth(queue).await
    }
    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BackendError> {
        self.backend.queues.dead_letters(limit).await
    }
}

#[async_trait]
impl LabelStore for Chaos {
    async fn put_label(&self, name: &str, file: &LabelDocument) -> Result<(), BackendError> {
        self.run(self.backend.labels.put_label(name, file)).await
    }
    async fn delete_label(&self, name: &str) -> Result<(), BackendError> {
        self.run(self.backend.labels.delete_label(name)).await
    }
    async fn get_label(&self, name: &str) -> Result<Option<LabelDocument>, BackendError> {
        self.backend.labels.get_label(name).await
    }
}

#[async_trait]
impl ProcessedEventStore for Chaos {
    async fn is_processed(&self, id: &str, now: Timestamp) -> Result<bool, BackendError> {
        self.run(self.backend.processed_events.is_processed(id, now)).await
    }
    async fn mark_processed(&self, id: &str, keep_until: Timestamp) -> Result<(), BackendError> {
        self.run(self.backend.processed_events.mark_processed(id, keep_until)).await
    }
    async fn claim(&self, id: &str, now: Timestamp, keep_until: Timestamp) -> Result<bool, BackendError> {
        self.run(self.backend.processed_events.claim(id, now, keep_until)).await
    }
}

#[async_trait]
impl CatalogueStore for Chaos {
    async fn get_items(&self, shop: &ShopId, skus: &[SkuId]) -> Result<Vec<CatalogueItem>, BackendError> {
        self.run(self.backend.catalogue.get_items(shop, skus)).await
    }
    async fn put_items(&self, shop: &ShopId, items: &[CatalogueItem]) -> Result<(), BackendError> {
        self.run(self.backend.catalogue.put_items(shop, items)).await
    }
}

#[async_trait]
impl SecretStore for Chaos {
    async fn load_secret(&self, name: &str) -> Result<Option<Secret>, BackendError> {
        self.backend.secrets.load_secret(name).await
    }
    async fn commit_secret(
        &self,
        name: &str,
        value: Private<String>,
        expected: u64,
    ) -> Result<Committed, BackendError> {
        self.run(self.backend.secrets.commit_secret(name, value, expected)).await
    }
}
