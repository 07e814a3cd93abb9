//! Alarms: once a level, order, recipient and channel, on time, whatever becomes of the sweeps; and until somebody was told.

mod alarm_support;
mod alarm_week;
mod hanging;
mod mail_server;
mod told_again;
mod undelivered;
mod undelivered_by_mail;
mod undelivered_by_sns;
mod unreadable;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::exception::ExceptionKind;
use domain::recipient::Channel;
use jiff::SignedDuration;
use pipeline::{BackendFault, BackendKind, FaultPlan, Notifications, TestClock};
use system::Clock as _;

use alarm_support::{DeliveredOrders, orders_by_alarm, shop_with, sweep, waiting};

pipeline::on_both_backends!(
    five_hundred_orders_in_one_minute_are_one_message_a_recipient_and_channel,
    a_fault_at_every_operation_tells_everybody_and_nobody_twice,
);

/// Turns the clock to `seconds` after the next whole minute.
fn turn_to_minute(clock: &TestClock, seconds: i64) {
    let now = clock.now();
    let past = SignedDuration::from_millis(now.as_millisecond().rem_euclid(60_000));
    clock.advance(SignedDuration::from_secs(60 + seconds) - past);
}

async fn five_hundred_orders_in_one_minute_are_one_message_a_recipient_and_channel(
    backend_kind: BackendKind,
) {
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = backend_kind.backend(&clock).await.unwrap();
    let service = Arc::new(Notifications::default());
    shop_with(&backend, "shop-1", clock.now()).await;
    turn_to_minute(&clock, 1);
    let first = clock.now().saturating_add(SignedDuration::from_hours(6)).unwrap();
    let orders = (0..500).map(|n| {
        // All within one minute.
        let deadline = first.saturating_add(SignedDuration::from_millis(n * 100)).unwrap();
        waiting("shop-1", &format!("{n:03}"), deadline, clock.now())
    });
    let commits = orders.map(|order| {
        let backend = &backend;
        async move { backend.orders.commit_order(&order, 0).await.map(drop) }
    });
    backend::batch::run(commits.collect(), 16, |commit| commit).await;

    let swept = sweep(&backend, &service, &clock, &FaultPlan::none()).await.unwrap();
    assert_eq!((swept.orders, swept.alarms, swept.failed), (500, 1, 0));
    let told = service.sent();
    let mut messages: BTreeMap<(String, Channel), usize> = BTreeMap::new();
    for (_, message) in &told {
        *messages.entry((message.recipient.to_string(), message.channel)).or_default() += 1;
        assert_eq!(message.kind, "dispatch_6h");
        assert!(message.text.expose().contains("500"), "the count: {}", message.text.expose());
        let deadline = first.strftime("%Y-%m-%d %H:%M").to_string();
        assert!(message.text.expose().contains(&deadline), "the first deadline: {}", message.text.expose());
    }
    let one = |recipient: &str, channel| ((recipient.to_owned(), channel), 1);
    let expected = [one("ann", Channel::Sms), one("ann", Channel::Call), one("bo", Channel::Sms)];
    assert_eq!(messages, BTreeMap::from(expected));

    // The next minutes have nothing to add.
    for _ in 0..3 {
        turn_to_minute(&clock, 1);
        sweep(&backend, &service, &clock, &FaultPlan::none()).await.unwrap();
    }
    assert_eq!(service.sent().len(), told.len());
}

async fn a_fault_at_every_operation_tells_everybody_and_nobody_twice(backend_kind: BackendKind) {
    let calm = FaultPlan::none();
    small_world(&backend_kind, &calm).await;
    let operations = calm.operations();
    assert!(operations > 20, "{operations} operations");
    // Over the network every second one must do.
    let step = if backend_kind == BackendKind::Sqlite { 1 } else { 3 };
    for n in (1..=operations).step_by(step) {
        for fault in BackendFault::ALL {
            let plan = FaultPlan::at(n, fault);
            let told = small_world(&backend_kind, &plan).await;
            assert!(plan.operations() >= n, "{fault:?} at {n}: it never came");
            for recipient in ["ann", "bo"] {
                for order in ["a", "b", "c", "d"] {
                    let heard = told.messages(&format!("shop-1/{order}"), recipient);
                    assert!(!heard.is_empty(), "{fault:?} at {n}: {recipient} never heard of {order}");
                }
            }
            assert_eq!(told.twice(), [""; 0], "{fault:?} at {n}");
        }
    }
}

/// Two orders that are near their deadline, one that missed it, and one that no service carries; the first sweep is
/// under `plan`.
async fn small_world(backend_kind: &BackendKind, plan: &Arc<FaultPlan>) -> DeliveredOrders {
    let clock = Arc::new(TestClock::default());
    let (backend, _folder) = backend_kind.backend(&clock).await.unwrap();
    let service = Arc::new(Notifications::default());
    turn_to_minute(&clock, 1);
    shop_with(&backend, "shop-1", clock.now()).await;
    for (order, hours) in [("a", 5), ("b", 5), ("c", -1)] {
        let deadline = clock.now().saturating_add(SignedDuration::from_hours(hours)).unwrap();
        backend.orders.commit_order(&waiting("shop-1", order, deadline, clock.now()), 0).await.unwrap();
    }
    let deadline = clock.now().saturating_add(SignedDuration::from_hours(90)).unwrap();
    let mut blocked = waiting("shop-1", "d", deadline, clock.now());
    blocked.open_exception(ExceptionKind::NoRate, None, "Too heavy.", clock.now());
    backend.orders.commit_order(&blocked, 0).await.unwrap();
    sweep(&backend, &service, &clock, plan).await;
    // The last sweep comes when the next quarter of an hour has begun.
    for minutes in [0, 0, 0, 0, 15] {
        clock.advance(SignedDuration::from_mins(minutes));
        turn_to_minute(&clock, 1);
        sweep(&backend, &service, &clock, &FaultPlan::none()).await;
    }
    let unfinished = backend.alarms.list_unfinished_alarms(clock.now(), 10).await.unwrap();
    assert_eq!(unfinished, [], "every alarm is told to its end");
    let orders = orders_by_alarm(&backend, &service).await;
    DeliveredOrders::by(service.sent(), |message| orders[message.alarm.as_str()].clone())
}
