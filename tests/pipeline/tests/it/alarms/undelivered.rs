//! That nobody was told is itself told: as an exception of the shop, to whoever looks, and in the log.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use backend::{Backend, Notification, Notifier, NotifyError, NotifyOutcome};
use domain::exception::ExceptionKind;
use domain::recipient::Channel;
use domain::shop::Shop;
use domain::{OrderKey, RecipientId, ShopId};
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, Operation, TestClock};
use punctual::summary::Summary;
use system::Clock as _;

use crate::alarms::alarm_support::{shop_with, sweep, sweep_by, waiting};
use crate::alarms::turn_to_minute;

pipeline::on_both_backends!(
    an_alarm_without_recipients_is_told_of_and_told_to_who_is_added,
    an_alarm_that_is_over_is_not_told_of_any_more,
    a_recipient_without_a_subscription_is_an_exception_until_they_have_one,
    an_order_that_fails_makes_the_run_an_error_after_all_the_others,
);

const NOBODY: &str = "{}";
const ANN: &str = r#"{"default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]}}"#;

/// Takes every message; a test says who has no subscription.
#[derive(Default)]
struct Service {
    told: Mutex<Vec<String>>,
    unsubscribed: Mutex<Vec<RecipientId>>,
}

#[async_trait]
impl Notifier for Service {
    async fn notify(&self, notification: &Notification) -> Result<NotifyOutcome, NotifyError> {
        assert_eq!(notification.channel, Channel::Email);
        self.told.lock().unwrap().push(format!("{} {}", notification.recipient, notification.kind));
        Ok(NotifyOutcome::Sent)
    }

    async fn unsubscribed(&self, _: &[RecipientId]) -> Result<Vec<RecipientId>, NotifyError> {
        Ok(self.unsubscribed.lock().unwrap().clone())
    }
}

/// The shop's open exceptions, as the summary shows them.
pub async fn shown(backend: &Backend) -> Vec<String> {
    let mut summary = Summary::default();
    summary.count_shop(&shop(backend).await);
    summary.exceptions_by_kind.into_keys().collect()
}

pub async fn shop(backend: &Backend) -> Shop {
    backend.shops.load_shop(&ShopId::new("shop-1")).await.unwrap().unwrap().value
}

/// A shop with one order that no service carries.
pub async fn blocked(backend: &Backend, clock: &TestClock) {
    shop_with(backend, "shop-1", clock.now()).await;
    let deadline = clock.now().saturating_add(SignedDuration::from_hours(90)).unwrap();
    let mut blocked = waiting("shop-1", "d", deadline, clock.now());
    blocked.open_exception(ExceptionKind::NoRate, None, "Too heavy.", clock.now());
    backend.orders.commit_order(&blocked, 0).await.unwrap();
}

async fn an_alarm_without_recipients_is_told_of_and_told_to_who_is_added(backend_kind: BackendKind) {
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = backend_kind.backend(&clock).await.unwrap();
    let service = Arc::new(Service::default());
    let notifier: Arc<dyn Notifier> = service.clone();
    turn_to_minute(&clock, 1);
    blocked(&backend, &clock).await;
    for _ in 0..20 {
        sweep_by(&backend, &notifier, NOBODY, &clock).await;
        assert_eq!(shown(&backend).await, ["alarm_undelivered"], "at once, and as long as it lasts");
        turn_to_minute(&clock, 1);
    }
    let detail = shop(&backend).await.open_exceptions().next().unwrap().detail.clone();
    assert_eq!(detail, "An alarm reached nobody: no_rate, the settings name nobody who can be notified.");
    for _ in 0..16 {
        sweep_by(&backend, &notifier, ANN, &clock).await;
        turn_to_minute(&clock, 1);
    }
    assert_eq!(*service.told.lock().unwrap(), ["ann no_rate"]);
    assert_eq!(shown(&backend).await, [""; 0]);
}

async fn an_alarm_that_is_over_is_not_told_of_any_more(backend_kind: BackendKind) {
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = backend_kind.backend(&clock).await.unwrap();
    let notifier: Arc<dyn Notifier> = Arc::new(Service::default());
    turn_to_minute(&clock, 1);
    blocked(&backend, &clock).await;
    sweep_by(&backend, &notifier, NOBODY, &clock).await;
    assert_eq!(shown(&backend).await, ["alarm_undelivered"]);
    let key = OrderKey::new(ShopId::new("shop-1"), domain::OrderId::new("d"));
    let mut stored = backend.orders.load_order(&key).await.unwrap().unwrap();
    stored.value.close_exception(ExceptionKind::NoRate, None, clock.now());
    backend.orders.commit_order(&stored.value, stored.version).await.unwrap();
    for _ in 0..4 {
        clock.advance(SignedDuration::from_mins(15));
        sweep_by(&backend, &notifier, NOBODY, &clock).await;
    }
    assert_eq!(shown(&backend).await, [""; 0]);
    // It would be told if it came back within six hours; then it is over for good.
    clock.advance(SignedDuration::from_hours(6));
    sweep_by(&backend, &notifier, ANN, &clock).await;
    let unfinished = backend
        .alarms
        .list_unfinished_alarms(clock.now().saturating_add(SignedDuration::from_hours(1)).unwrap(), 10);
    assert_eq!(unfinished.await.unwrap(), []);
}

async fn a_recipient_without_a_subscription_is_an_exception_until_they_have_one(backend_kind: BackendKind) {
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = backend_kind.backend(&clock).await.unwrap();
    let service = Arc::new(Service::default());
    let notifier: Arc<dyn Notifier> = service.clone();
    turn_to_minute(&clock, 1);
    shop_with(&backend, "shop-1", clock.now()).await;
    *service.unsubscribed.lock().unwrap() = vec![RecipientId::new("ann")];
    sweep_by(&backend, &notifier, ANN, &clock).await;
    assert_eq!(shown(&backend).await, ["recipient_not_subscribed"]);
    let detail = shop(&backend).await.open_exceptions().next().unwrap().detail.clone();
    assert_eq!(detail, "These recipients have no confirmed subscription to the alarm topic: ann.");
    service.unsubscribed.lock().unwrap().clear();
    sweep_by(&backend, &notifier, ANN, &clock).await;
    assert_eq!(shown(&backend).await, [""; 0]);
}

async fn an_order_that_fails_makes_the_run_an_error_after_all_the_others(backend_kind: BackendKind) {
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = backend_kind.backend(&clock).await.unwrap();
    let service = Arc::new(pipeline::Notifications::default());
    turn_to_minute(&clock, 1);
    shop_with(&backend, "shop-1", clock.now()).await;
    let deadline = clock.now().saturating_add(SignedDuration::from_hours(5)).unwrap();
    for order in ["a", "b", "c"] {
        backend.orders.commit_order(&waiting("shop-1", order, deadline, clock.now()), 0).await.unwrap();
    }
    let key = OrderKey::new(ShopId::new("shop-1"), domain::OrderId::new("b"));
    let poison = FaultPlan::panic_on(Operation::Load, key);
    let swept = sweep(&backend, &service, &clock, &poison).await.unwrap();
    assert_eq!((swept.orders, swept.failed), (3, 1));
    assert_eq!(swept.all_done().unwrap_err().to_string(), "1 of the items due failed");
    let told = service.sent();
    assert!(!told.is_empty() && told.iter().all(|(_, message)| message.text.expose().contains("2 ")));
    assert!(deadline_alarm::AlarmSweepReport { failed: 0, ..swept }.all_done().is_ok());
}
