//! Each shop gets its share of a queue, whoever has no turn keeps its place, and a clock that is set stops nobody.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use backend::queues::RECEIVES_MAX;
use backend::{Committed, OrderStore as _, Queues as _};
use backend_contract::samples::{at, key, order};
use backend_sqlite::{Allowance, SqliteBackend};
use domain::deadline::{Clock, Deadline};
use domain::message::Message;
use domain::message::Queue::{OrderChanges, RateRequests};
use domain::message::{ChangeSource, ShipmentRef};
use domain::{ShopId, Timestamp};
use support::TempFolder;

mod support;

const LONG: Duration = Duration::from_secs(600);

fn change(shop: &str, order: &str) -> Message {
    Message::order_change(key(shop, order), ChangeSource::Webhook)
}

fn rate(shop: &str, order: &str) -> Message {
    let key = key(shop, order);
    Message::RateRequest(ShipmentRef { shipment: key.shipment(1), key })
}

fn due(at: Timestamp) -> Deadline {
    Deadline { at, clock: Clock::ReadyToShip, why: "TikTok says so.".into(), cancellation: None }
}

async fn take(backend: &SqliteBackend, max: usize, allowance: &Allowance) -> Vec<Message> {
    let taken = backend.take(OrderChanges, max, LONG, allowance).await.unwrap();
    taken.received.into_iter().map(|received| received.message).collect()
}

fn by_shop(messages: &[Message]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for message in messages {
        *counts.entry(message.shop().as_str()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn shops_share_what_is_taken() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    let backlog: Vec<Message> = (0..100).map(|n| change("busy", &n.to_string())).collect();
    backend.send_all(&backlog).await.unwrap();
    backend.send_all(&[change("calm", "1"), change("calm", "2"), change("quiet", "1")]).await.unwrap();
    let taken = take(&backend, 10, &Allowance::default()).await;
    let counts = by_shop(&taken);
    assert_eq!((counts["calm"], counts["quiet"]), (2, 1), "{counts:?}");
    assert!(counts["busy"] >= 4, "{counts:?}");
}

#[tokio::test]
async fn a_shop_gets_no_more_than_its_allowance() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    for shop in ["busy", "calm", "closed"] {
        let messages: Vec<Message> = (0..20).map(|n| change(shop, &n.to_string())).collect();
        backend.send_all(&messages).await.unwrap();
    }
    let shops = HashMap::from([(ShopId::new("busy"), 3), (ShopId::new("closed"), 0)]);
    let taken = take(&backend, 60, &Allowance { others: 5, shops }).await;
    assert_eq!(by_shop(&taken), BTreeMap::from([("busy", 3), ("calm", 5)]));
}

#[tokio::test]
async fn of_a_shop_the_earliest_deadline_comes_first() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    for (id, deadline) in [("late", 900), ("soon", 300), ("later", 1_200)] {
        let mut record = order("shop-1", id, at(0));
        record.deadline = Some(due(at(deadline)));
        assert_eq!(backend.commit_order(&record, 0).await.unwrap(), Committed::Stored(1));
        backend.send(&rate("shop-1", id), Duration::ZERO).await.unwrap();
    }
    let mut order_of = Vec::new();
    for _ in 0..3 {
        let taken = backend.take(RateRequests, 1, LONG, &Allowance::default()).await.unwrap();
        order_of.push(taken.received[0].message.key().unwrap().order.to_string());
    }
    assert_eq!(order_of, ["soon", "late", "later"]);
}

#[tokio::test]
async fn who_has_no_turn_keeps_its_place_and_is_never_a_dead_letter() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    backend.send_all(&[change("shop-1", "first"), change("shop-1", "second")]).await.unwrap();
    for _ in 0..4 * RECEIVES_MAX {
        let received = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap();
        assert_eq!(received[0].message, change("shop-1", "first"));
        backend.put_back(OrderChanges, &received[0].receipt).await.unwrap();
    }
    // What fails counts as before.
    for _ in 0..RECEIVES_MAX {
        assert!(backend.dead_letters(10).await.unwrap().is_empty());
        let received = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap();
        assert_eq!(received[0].message, change("shop-1", "first"));
        backend.nack(OrderChanges, &received[0].receipt, Duration::ZERO).await.unwrap();
    }
    assert_eq!(backend.dead_letters(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_old_receipt_puts_nothing_back() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    backend.send(&change("shop-1", "1"), Duration::ZERO).await.unwrap();
    let first = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap();
    backend.put_back(OrderChanges, &first[0].receipt).await.unwrap();
    let second = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap();
    backend.put_back(OrderChanges, &first[0].receipt).await.unwrap();
    backend.ack(OrderChanges, &first[0].receipt).await.unwrap();
    assert!(backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap().is_empty());
    backend.ack(OrderChanges, &second[0].receipt).await.unwrap();
    assert_eq!(backend.depth(OrderChanges).await.unwrap(), 0);
}

/// A day ahead for a while, and back; and the other way round.
#[tokio::test]
async fn a_clock_that_is_set_delays_no_message() {
    for hours in [24, -24] {
        let folder = TempFolder::new();
        let clock = support::clock();
        let backend = support::open(&folder, &clock);
        let right = at(0);
        assert!(take(&backend, 1, &Allowance::default()).await.is_empty());
        clock.set(at(hours * 3_600));
        backend.send(&change("shop-1", "1"), Duration::from_secs(60)).await.unwrap();
        assert!(take(&backend, 1, &Allowance::default()).await.is_empty(), "{hours} h: not due yet");
        clock.set(right);
        assert!(take(&backend, 1, &Allowance::default()).await.is_empty(), "{hours} h: no time has passed");
        clock.advance(Duration::from_secs(61));
        assert_eq!(take(&backend, 1, &Allowance::default()).await, [change("shop-1", "1")], "{hours} h");
    }
}

/// What was stored by a clock that was wrong is due within the longest delay.
#[tokio::test]
async fn a_clock_that_was_wrong_before_the_start_delays_no_message_for_long() {
    let folder = TempFolder::new();
    let clock = support::clock();
    clock.set(at(86_400));
    let backend = support::open(&folder, &clock);
    backend.send(&change("shop-1", "1"), Duration::from_secs(60)).await.unwrap();
    drop(backend);
    clock.set(at(0));
    let backend = support::open(&folder, &clock);
    clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(take(&backend, 1, &Allowance::default()).await, [change("shop-1", "1")]);
}

#[tokio::test]
async fn messages_of_an_earlier_version_are_taken() {
    let folder = TempFolder::new();
    std::fs::create_dir_all(folder.path()).unwrap();
    let db = rusqlite::Connection::open(folder.path().join("punctual.sqlite")).unwrap();
    db.execute_batch(include_str!("../src/schema/1.sql")).unwrap();
    db.execute_batch(include_str!("../src/schema/2.sql")).unwrap();
    let insert =
        "INSERT INTO messages (queue, body, visible_at, receive_count, taken) VALUES (?1, ?2, ?3, ?4, ?5)";
    for (order, visible_at, taken) in [("1", at(0), 0), ("2", at(500), 1)] {
        let body = serde_json::to_string(&change("shop-1", order)).unwrap();
        let values = rusqlite::params!["order-changes", body, visible_at.as_microsecond(), taken, taken];
        db.execute(insert, values).unwrap();
    }
    db.pragma_update(None, "user_version", 2).unwrap();
    drop(db);
    let backend = SqliteBackend::open(folder.path(), Arc::new(support::clock())).unwrap();
    let allowance = Allowance { others: 0, shops: HashMap::from([(ShopId::new("shop-1"), 9)]) };
    assert_eq!(take(&backend, 9, &allowance).await, [change("shop-1", "1"), change("shop-1", "2")]);
}
