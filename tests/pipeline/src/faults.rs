//! A backend into which faults are injected: it fails, or the process crashes, at a chosen operation.

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
use domain::{
    AlarmId, CombineGroupId, OrderKey, Private, ShipmentId, ShopId, SkuId, Timestamp, TrackingNumber,
};
use system::Secret;
use system::SecretStore;
use tokio::sync::Notify;

/// A fault at an operation of the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendFault {
    /// The operation fails and has no effect.
    FailsBefore,
    /// The operation takes effect and its answer is lost.
    FailsAfter,
    /// The process crashes before the operation.
    CrashesBefore,
    /// The process crashes right after the operation.
    CrashesAfter,
}

impl BackendFault {
    pub const ALL: [Self; 4] = [Self::FailsBefore, Self::FailsAfter, Self::CrashesBefore, Self::CrashesAfter];
}

/// An operation on one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The order is loaded.
    Load,
    /// The decision on its rate is stored.
    PutDecision,
}

/// Which operations meet a fault.
#[derive(Debug, Default)]
pub struct FaultPlan {
    panic_on: Option<(Operation, OrderKey)>,
    denied: Option<ShopId>,
    denials: AtomicUsize,
    operations: AtomicUsize,
    at: Option<(usize, BackendFault)>,
    random: Option<(std::sync::Mutex<fastrand::Rng>, f64)>,
    is_crashed: AtomicBool,
    crashed: Notify,
    in_flight: AtomicUsize,
    landed: Notify,
}

impl FaultPlan {
    /// No faults. Operations are counted.
    pub fn none() -> Arc<Self> {
        Arc::default()
    }

    /// The `n`th operation (from 1) meets `fault`, once.
    pub fn at(n: usize, fault: BackendFault) -> Arc<Self> {
        Arc::new(Self { at: Some((n, fault)), ..Self::default() })
    }

    /// The operation on this order panics, always.
    pub fn panic_on(operation: Operation, key: OrderKey) -> Arc<Self> {
        Arc::new(Self { panic_on: Some((operation, key)), ..Self::default() })
    }

    /// No message of this shop can be sent, as if the queue were denied to us.
    pub fn deny_messages_of(shop: ShopId) -> Arc<Self> {
        Arc::new(Self { denied: Some(shop), ..Self::default() })
    }

    /// How many messages could not be sent for that.
    pub fn denials(&self) -> usize {
        self.denials.load(Ordering::SeqCst)
    }

    /// Every operation meets one of the faults with this probability, drawn from `seed`.
    pub fn random(seed: u64, probability: f64) -> Arc<Self> {
        let rng = std::sync::Mutex::new(fastrand::Rng::with_seed(seed));
        Arc::new(Self { random: Some((rng, probability)), ..Self::default() })
    }

    /// How many operations there were.
    pub fn operations(&self) -> usize {
        self.operations.load(Ordering::SeqCst)
    }

    /// Waits until the process has crashed.
    pub async fn crash(&self) {
        loop {
            let crashed = self.crashed.notified();
            if self.is_crashed.load(Ordering::SeqCst) && self.in_flight.load(Ordering::SeqCst) == 0 {
                return;
            }
            crashed.await;
        }
    }

    /// A new process takes the place of the crashed one.
    pub fn restart(&self) {
        self.is_crashed.store(false, Ordering::SeqCst);
    }

    fn next(&self) -> Option<BackendFault> {
        let n = self.operations.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some((at, fault)) = self.at
            && at == n
        {
            return Some(fault);
        }
        let (rng, probability) = self.random.as_ref()?;
        let mut rng = rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (rng.f64() < *probability).then(|| BackendFault::ALL[rng.usize(..BackendFault::ALL.len())])
    }

    /// Panics if the plan says so.
    fn before(&self, operation: Operation, key: &OrderKey) {
        let must_panic = self.panic_on.as_ref().is_some_and(|(at, of)| *at == operation && of == key);
        assert!(!must_panic, "the test has {operation:?} panic");
    }

    /// What the process has sent lands before work continues. In reality a crashed process's requests are over long before
    /// another one takes its place, but the test's clock leaves no time for that.
    async fn crash_now<T>(&self) -> T {
        self.is_crashed.store(true, Ordering::SeqCst);
        loop {
            let landed = self.landed.notified();
            if self.in_flight.load(Ordering::SeqCst) == 0 {
                break;
            }
            landed.await;
        }
        self.crashed.notify_waiters();
        pending().await
    }
}

/// An operation that was sent and has not been answered.
struct InFlight<'a>(&'a FaultPlan);

impl<'a> InFlight<'a> {
    fn begin(plan: &'a FaultPlan) -> Self {
        plan.in_flight.fetch_add(1, Ordering::SeqCst);
        Self(plan)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.0.landed.notify_waiters();
    }
}

/// A backend with the faults of a plan.
#[derive(Clone)]
pub struct FaultyBackend {
    backend: Backend,
    plan: Arc<FaultPlan>,
}

impl FaultyBackend {
    pub fn new(backend: Backend, plan: Arc<FaultPlan>) -> Self {
        Self { backend, plan }
    }

    async fn run<T>(
        &self,
        operation: impl Future<Output = Result<T, BackendError>>,
    ) -> Result<T, BackendError> {
        self.plan.run(operation, || BackendError::unavailable("fault injected by the test")).await
    }
}

impl FaultPlan {
    /// Runs an operation, which the plan may have fail with `error` or crash the process.
    pub async fn run<T, E>(
        &self,
        operation: impl Future<Output = Result<T, E>>,
        error: impl Fn() -> E,
    ) -> Result<T, E> {
        if self.is_crashed.load(Ordering::SeqCst) {
            return pending().await;
        }
        let operation = async {
            let _in_flight = InFlight::begin(self);
            operation.await
        };
        match self.next() {
            None => operation.await,
            Some(BackendFault::FailsBefore) => Err(error()),
            Some(BackendFault::FailsAfter) => {
                operation.await?;
                Err(error())
            }
            Some(BackendFault::CrashesBefore) => self.crash_now().await,
            Some(BackendFault::CrashesAfter) => {
                operation.await?;
                self.crash_now().await
            }
        }
    }
}

#[async_trait]
impl OrderStore for FaultyBackend {
    async fn load_order(&self, key: &OrderKey) -> Result<Option<Versioned<OrderRecord>>, BackendError> {
        self.plan.before(Operation::Load, key);
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
    async fn list_group(&self, shop: &ShopId, group: &CombineGroupId) -> Result<Vec<OrderKey>, BackendError> {
        self.run(self.backend.orders.list_group(shop, group)).await
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
        self.plan.before(Operation::PutDecision, key);
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
impl AlarmStore for FaultyBackend {
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
impl ShopStore for FaultyBackend {
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
impl Queues for FaultyBackend {
    async fn send(&self, message: &Message, delay: Duration) -> Result<(), BackendError> {
        if self.plan.denied.as_ref().is_some_and(|shop| shop == message.shop()) {
            self.plan.denials.fetch_add(1, Ordering::SeqCst);
            return Err(BackendError::unavailable("denied by the test"));
        }
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
    async fn has_message(&self, order: &OrderKey) -> Result<bool, BackendError> {
        self.run(self.backend.queues.has_message(order)).await
    }
    async fn depth(&self, queue: Queue) -> Result<usize, BackendError> {
        self.backend.queues.depth(queue).await
    }
    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, BackendError> {
        self.backend.queues.dead_letters(limit).await
    }
}

#[async_trait]
impl LabelStore for FaultyBackend {
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
impl ProcessedEventStore for FaultyBackend {
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
impl CatalogueStore for FaultyBackend {
    async fn get_items(&self, shop: &ShopId, skus: &[SkuId]) -> Result<Vec<CatalogueItem>, BackendError> {
        self.run(self.backend.catalogue.get_items(shop, skus)).await
    }
    async fn put_items(&self, shop: &ShopId, items: &[CatalogueItem]) -> Result<(), BackendError> {
        self.run(self.backend.catalogue.put_items(shop, items)).await
    }
}

#[async_trait]
impl SecretStore for FaultyBackend {
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
