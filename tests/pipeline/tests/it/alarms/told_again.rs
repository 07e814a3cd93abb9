//! What comes back or grows while people think that they know of it.

use std::sync::Arc;

use backend::{Backend, Committed};
use domain::OrderId;
use domain::exception::ExceptionKind;
use domain::recipient::Channel;
use domain::shop::Shop;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, Notifications, TestClock};
use system::Clock as _;

use super::turn_to_minute;
use crate::alarms::alarm_support::{shop_with, sweep};

pipeline::on_both_backends!(
    an_outage_that_comes_back_and_stays_is_told_again_after_six_hours,
    a_further_order_that_can_t_be_read_is_told_of,
);

async fn change(backend: &Backend, change: impl FnOnce(&mut Shop)) {
    let mut stored = backend.shops.load_shop(&domain::ShopId::new("shop-1")).await.unwrap().unwrap();
    change(&mut stored.value);
    let committed = backend.shops.commit_shop(&stored.value, stored.version).await.unwrap();
    assert!(matches!(committed, Committed::Stored(_)));
}

/// Sweeps every ten minutes for so many hours; returns Ann's e-mails of that time.
async fn live(
    backend: &Backend,
    service: &Arc<Notifications>,
    clock: &Arc<TestClock>,
    hours: i64,
) -> Vec<String> {
    let before = service.sent().len();
    for _ in 0..hours * 6 {
        clock.advance(SignedDuration::from_mins(9));
        turn_to_minute(clock, 1);
        let swept = sweep(backend, service, clock, &FaultPlan::none()).await.unwrap();
        assert_eq!(swept.failed, 0);
    }
    let sent = service.sent().split_off(before);
    let anns = sent
        .into_iter()
        .map(|(_, message)| message)
        .filter(|message| message.recipient.as_str() == "ann" && message.channel == Channel::Email);
    anns.map(|message| format!("{} {}", message.kind, message.text.expose())).collect()
}

async fn an_outage_that_comes_back_and_stays_is_told_again_after_six_hours(backend_kind: BackendKind) {
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = backend_kind.backend(&clock).await.unwrap();
    let service = Arc::new(Notifications::default());
    turn_to_minute(&clock, 1);
    shop_with(&backend, "shop-1", clock.now()).await;
    let opens = |shop: &mut Shop| {
        shop.open_exception(ExceptionKind::ServiceUnavailable, "TikTok is down.", clock.now());
    };
    change(&backend, opens).await;
    assert_eq!(live(&backend, &service, &clock, 1).await.len(), 1);
    // It flutters for two hours, and then stays.
    for _ in 0..2 {
        change(&backend, |shop| shop.close_exception(ExceptionKind::ServiceUnavailable, clock.now())).await;
        change(&backend, opens).await;
        assert_eq!(live(&backend, &service, &clock, 1).await, [""; 0]);
    }
    assert_eq!(live(&backend, &service, &clock, 3).await, [""; 0], "six hours are not over");
    let told = live(&backend, &service, &clock, 24).await;
    assert!(told.len() == 1 && told[0].starts_with("service_unavailable "), "once more: {told:?}");
}

async fn a_further_order_that_can_t_be_read_is_told_of(backend_kind: BackendKind) {
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = backend_kind.backend(&clock).await.unwrap();
    let service = Arc::new(Notifications::default());
    turn_to_minute(&clock, 1);
    shop_with(&backend, "shop-1", clock.now()).await;
    let unread = async |order: &str| {
        let why = "its status is missing";
        change(&backend, |shop| {
            shop.order_unread(&OrderId::new(order), why, clock.now());
        })
        .await;
    };
    unread("5770001").await;
    let told = live(&backend, &service, &clock, 5).await;
    assert!(told.len() == 1 && told[0].contains("5770001"), "{told:?}");
    // Two more within a few minutes share a message.
    unread("5770002").await;
    turn_to_minute(&clock, 1);
    unread("5770003").await;
    let told = live(&backend, &service, &clock, 5).await;
    assert!(told.len() == 1 && told[0].contains("5770002, 5770003"), "{told:?}");
    assert!(told[0].starts_with("orders_unreadable "), "{told:?}");
}
