//! A service that hangs: a sweep ends in time, new alarms come first, and what happened is stored.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use backend::{Notification, Notifier, NotifyError, NotifyOutcome};
use domain::ShopId;
use domain::exception::ExceptionKind;
use jiff::SignedDuration;
use pipeline::{BackendKind, TestClock};
use system::Clock as _;

use super::turn_to_minute;
use crate::alarms::alarm_support::{shop_with, telling_by, waiting};

pipeline::on_both_backends!(a_service_that_hangs_holds_up_neither_new_alarms_nor_the_end_of_a_sweep);

const ANN: &str = r#"{"default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]}}"#;
const SHOPS: usize = 80;
/// How long the service hangs for each message; eight are sent at a time.
const HANGS_FOR: Duration = Duration::from_millis(1_500);
/// How long a sweep may send: long enough for a few of them, far too short for all.
const SENDING_TIME: Duration = Duration::from_secs(3);

/// Hangs, and then has not sent; until it works.
#[derive(Default)]
struct Service {
    works: AtomicBool,
    asked: Mutex<Vec<String>>,
}

impl Service {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

#[async_trait]
impl Notifier for Service {
    async fn notify(&self, notification: &Notification) -> Result<NotifyOutcome, NotifyError> {
        self.asked.lock().unwrap().push(format!("{} {}", notification.shop, notification.kind));
        if self.works.load(Ordering::SeqCst) {
            return Ok(NotifyOutcome::Sent);
        }
        tokio::time::sleep(HANGS_FOR).await;
        let after = Duration::from_secs(60);
        Err(NotifyError::NotSent { reason: "it hangs".to_owned(), after })
    }
}

async fn a_service_that_hangs_holds_up_neither_new_alarms_nor_the_end_of_a_sweep(backend_kind: BackendKind) {
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = backend_kind.backend(&clock).await.unwrap();
    let service = Arc::new(Service::default());
    let notifier: Arc<dyn Notifier> = service.clone();
    turn_to_minute(&clock, 1);
    for n in 0..SHOPS {
        let id = format!("shop-{n}");
        shop_with(&backend, &id, clock.now()).await;
        let mut stored = backend.shops.load_shop(&ShopId::new(id.as_str())).await.unwrap().unwrap();
        stored.value.open_exception(ExceptionKind::ClockWrong, "It is wrong.", clock.now());
        backend.shops.commit_shop(&stored.value, stored.version).await.unwrap();
    }
    let sweep = async |sending_time| {
        let began = Instant::now();
        let swept = telling_by(&backend, &notifier, ANN, &clock).run_for(sending_time).await.unwrap();
        assert_eq!(swept.failed, 0);
        (began.elapsed(), service.take())
    };
    let (_, asked) = sweep(Duration::ZERO).await;
    assert_eq!(asked, [""; 0], "there was no time to send");
    let raised = backend.alarms.list_unfinished_alarms(clock.now(), SHOPS + 1).await.unwrap();
    assert_eq!(raised.len(), SHOPS, "all were raised");

    // Everything is pending when an order comes near its deadline.
    clock.advance(SignedDuration::from_mins(11));
    turn_to_minute(&clock, 1);
    let soon = clock.now().saturating_add(SignedDuration::from_hours(5)).unwrap();
    backend.orders.commit_order(&waiting("shop-3", "near", soon, clock.now()), 0).await.unwrap();
    let (took, asked) = sweep(SENDING_TIME).await;
    assert_eq!(asked.first().map(String::as_str), Some("shop-3 dispatch_6h"), "the new one comes first");
    assert!((2..SHOPS).contains(&asked.len()), "old ones are resumed for a while: {}", asked.len());
    let all_of_them = HANGS_FOR * u32::try_from(SHOPS / 8).unwrap();
    assert!(took < all_of_them, "{took:?}");
    let shops = backend.shops.list_shops().await.unwrap().shops;
    let untold = shops
        .iter()
        .filter(|shop| shop.value.open_exceptions().any(|open| open.kind == ExceptionKind::AlarmUndelivered));
    assert!(untold.count() > 0, "that nobody was reached is stored");

    // The service works again: everybody hears of everything, once.
    service.works.store(true, Ordering::SeqCst);
    let mut told = Vec::new();
    for _ in 0..20 {
        turn_to_minute(&clock, 1);
        told.extend(sweep(SENDING_TIME).await.1);
    }
    told.sort_unstable();
    let mut expected: Vec<String> = (0..SHOPS).map(|n| format!("shop-{n} clock_wrong")).collect();
    expected.push("shop-3 dispatch_6h".to_owned());
    expected.sort_unstable();
    assert_eq!(told, expected);
}
