//! Records that can't be read: nothing waits behind them, and they are told once a day, further ones once an hour.

use std::sync::Arc;

use backend::Backend;
use backend_contract::samples::{order, staged, waking};
use domain::ShopId;
use domain::recipient::Channel;
use due_sweep::DueSweep;
use jiff::SignedDuration;
use pipeline::{BackendKind, FaultPlan, Notifications, TestClock};
use system::Clock as _;

use super::turn_to_minute;
use crate::alarms::alarm_support::{shop_with, sweep, waiting};

/// What a newer version may have stored.
const NEWER: &str = r#"{"shop":"shop-1","order":{"id":"1"},"shipments":[{"stage":"teleported"}]}"#;

fn spoil(folder: &tempfile::TempDir, sql: &str) {
    let db = rusqlite::Connection::open(folder.path().join("punctual.sqlite")).unwrap();
    assert!(db.execute(sql, [NEWER]).unwrap() > 0, "{sql}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_due_orders_than_a_look_takes_that_cannot_be_read_hold_up_no_other() {
    let clock = Arc::new(TestClock::default());
    let (backend, folder) = BackendKind::Sqlite.backend(&clock).await.unwrap();
    let (now, folder) = (clock.now(), folder.unwrap());
    let ago = |seconds| now.saturating_sub(SignedDuration::from_secs(seconds)).unwrap();
    for n in 0..450 {
        let record = waking(order("shop-1", &format!("b{n}"), ago(900)), Some(ago(600)));
        backend.orders.commit_order(&record, 0).await.unwrap();
    }
    for n in 0..3 {
        let record = waking(order("shop-1", &format!("g{n}"), ago(900)), Some(ago(1)));
        backend.orders.commit_order(&record, 0).await.unwrap();
    }
    spoil(&folder, "UPDATE orders SET document = ?1 WHERE order_id LIKE 'b%'");

    let Backend { orders, labels, queues, .. } = backend.clone();
    let swept = DueSweep::new(orders, labels, queues, clock.clone()).run().await.unwrap();
    assert_eq!((swept.orders, swept.unreadable, swept.failed), (3, 450, 0));
    let sent = backend.queues.depth(domain::message::Queue::OrderChanges).await.unwrap();
    assert_eq!(sent, 3, "the others are taken up");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_told_once_a_day_and_the_rest_as_ever() {
    let clock = Arc::new(TestClock::default());
    let (backend, folder) = BackendKind::Sqlite.backend(&clock).await.unwrap();
    let folder = folder.unwrap();
    let service = Arc::new(Notifications::default());
    // At noon: the days of alarms begin at midnight.
    let into_day = clock.now().as_second().rem_euclid(86_400);
    clock.advance(SignedDuration::from_secs(86_400 + 43_200 - into_day));
    turn_to_minute(&clock, 1);
    for shop in ["shop-1", "shop-2", "shop-3"] {
        shop_with(&backend, shop, clock.now()).await;
    }
    let soon = clock.now().saturating_add(SignedDuration::from_hours(20)).unwrap();
    for id in ["near", "good"] {
        backend.orders.commit_order(&waiting("shop-1", id, soon, clock.now()), 0).await.unwrap();
    }
    let ago = clock.now().saturating_sub(SignedDuration::from_secs(150)).unwrap();
    let done = staged(order("shop-1", "overdue", ago), domain::stage::Stage::Ready);
    backend.orders.commit_order(&waking(done, Some(ago)), 0).await.unwrap();
    spoil(&folder, "UPDATE orders SET document = ?1 WHERE order_id IN ('near', 'overdue')");
    spoil(&folder, "UPDATE shops SET document = ?1 WHERE id = 'shop-2'");

    let swept = sweep(&backend, &service, &clock, &FaultPlan::none()).await.unwrap();
    assert_eq!((swept.failed, swept.unreadable), (0, 3));
    let told = service.sent();
    let of = |kind: &str, shop: &str| {
        let messages = told.iter().map(|(_, message)| message);
        let of = messages.filter(|message| message.kind == kind && message.shop == ShopId::new(shop));
        of.map(|message| (message.recipient.to_string(), message.text.expose().clone())).collect::<Vec<_>>()
    };
    let unreadable = of("records_unreadable", "shop-1");
    assert_eq!(unreadable.iter().map(|(who, _)| who.as_str()).collect::<Vec<_>>(), ["ann", "bo"]);
    let text = &unreadable[0].1;
    assert!(text.contains("2 orders") && text.contains("\nnear") && text.contains("\noverdue"), "{text}");
    assert!(!text.contains("good"), "{text}");
    assert_eq!(of("records_unreadable", "shop-2").len(), 2);
    assert_eq!(of("records_unreadable", "shop-3"), []);
    assert_eq!(of("dispatch_24h", "shop-1").len(), 2, "the other order is told of as ever");
    assert!(told.iter().all(|(_, message)| message.channel == Channel::Email));

    // An alarm that can't be read is told an hour later; nothing is told twice on the same day.
    spoil(&folder, "UPDATE alarms SET document = ?1, next_check_at = 0 WHERE id LIKE 'shop-1/dispatch%'");
    for _ in 0..3 {
        turn_to_minute(&clock, 1);
        let swept = sweep(&backend, &service, &clock, &FaultPlan::none()).await.unwrap();
        assert_eq!((swept.failed, swept.unreadable), (0, 4));
    }
    assert_eq!(service.sent().len(), told.len());
    let told_after = async |time: SignedDuration| {
        let before = service.sent().len();
        clock.advance(time);
        turn_to_minute(&clock, 1);
        sweep(&backend, &service, &clock, &FaultPlan::none()).await.unwrap();
        let sent = service.sent().split_off(before);
        let of_records = sent.iter().filter(|(_, message)| message.kind == "records_unreadable");
        of_records.map(|(_, message)| message.text.expose().clone()).collect::<Vec<String>>()
    };
    let texts = told_after(SignedDuration::from_mins(60)).await;
    assert_eq!(texts.len(), 2, "two people, of the shop that has more: {texts:?}");
    assert!(texts[0].contains("The alarm shop-1/dispatch_24h/") && texts[0].contains("\nnear"), "{texts:?}");
    assert_eq!(told_after(SignedDuration::from_mins(90)).await, [""; 0], "it is the same");

    // Another order, which is told of within the hour, and once.
    let ago = clock.now().saturating_sub(SignedDuration::from_secs(150)).unwrap();
    let later = staged(order("shop-1", "later", ago), domain::stage::Stage::Ready);
    backend.orders.commit_order(&waking(later, Some(ago)), 0).await.unwrap();
    spoil(&folder, "UPDATE orders SET document = ?1 WHERE order_id = 'later'");
    let mut texts = Vec::new();
    for _ in 0..12 {
        texts.extend(told_after(SignedDuration::from_mins(5)).await);
    }
    assert!(texts.len() == 2 && texts[0].contains("\nlater") && texts[0].contains("3 orders"), "{texts:?}");

    let texts = told_after(SignedDuration::from_hours(24)).await;
    assert_eq!(texts.len(), 4, "two people, two shops");
    assert!(texts.iter().any(|text| text.contains("The alarm shop-1/dispatch_24h/")), "{texts:?}");
}
