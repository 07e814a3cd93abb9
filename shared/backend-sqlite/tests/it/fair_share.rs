//! Each shop gets its share of a queue, released messages keep their place, and a clock that is set stops nobody.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::support::{self, TempFolder};
use backend::queues::RECEIVES_MAX;
use backend::{Committed, OrderStore as _, Queues as _};
use backend_contract::samples::{at, key, order};
use backend_sqlite::{Lane, LaneLimits, SqliteBackend};
use domain::deadline::{Deadline, DeadlineSource};
use domain::message::Message;
use domain::message::Queue::{OrderChanges, RateRequests};
use domain::message::{ChangeSource, ShipmentRef};
use domain::{AccountId, ShopId, Timestamp};

const LONG: Duration = Duration::from_secs(600);

fn change(shop: &str, order: &str) -> Message {
    Message::order_change(key(shop, order), ChangeSource::Webhook)
}

fn rate(shop: &str, order: &str) -> Message {
    let key = key(shop, order);
    Message::RateRequest(ShipmentRef { shipment: key.shipment(1), key })
}

fn due(at: Timestamp) -> Deadline {
    Deadline { at, clock: DeadlineSource::ReadyToShip, why: "TikTok says so.".into(), cancellation: None }
}

async fn receive(backend: &SqliteBackend, max: usize, allowance: &LaneLimits) -> Vec<Message> {
    let batch = backend.receive_fairly(OrderChanges, max, LONG, allowance).await.unwrap();
    batch.messages.into_iter().map(|delivery| delivery.received.message).collect()
}

fn by_shop(messages: &[Message]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for message in messages {
        *counts.entry(message.shop().as_str()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn shops_share_what_is_received() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    let backlog: Vec<Message> = (0..100).map(|n| change("busy", &n.to_string())).collect();
    backend.send_all(&backlog).await.unwrap();
    backend.send_all(&[change("calm", "1"), change("calm", "2"), change("quiet", "1")]).await.unwrap();
    let batch = receive(&backend, 10, &LaneLimits::default()).await;
    let counts = by_shop(&batch);
    assert_eq!((counts["calm"], counts["quiet"]), (2, 1), "{counts:?}");
    assert!(counts["busy"] >= 4, "{counts:?}");
}

#[tokio::test]
async fn a_shop_gets_no_more_than_its_limit() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    for shop in ["busy", "calm", "closed"] {
        let messages: Vec<Message> = (0..20).map(|n| change(shop, &n.to_string())).collect();
        backend.send_all(&messages).await.unwrap();
    }
    let by_shop_limits = [("busy", 3), ("closed", 0)].map(|(shop, limit)| (ShopId::new(shop), limit));
    let limits = LaneLimits { default: 5, by_shop: HashMap::from(by_shop_limits), by_lane: HashMap::new() };
    let batch = receive(&backend, 60, &limits).await;
    assert_eq!(by_shop(&batch), BTreeMap::from([("busy", 3), ("calm", 5)]));
}

#[tokio::test]
async fn within_a_shop_the_earliest_deadline_comes_first() {
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
        let batch = backend.receive_fairly(RateRequests, 1, LONG, &LaneLimits::default()).await.unwrap();
        order_of.push(batch.messages[0].received.message.key().unwrap().order.to_string());
    }
    assert_eq!(order_of, ["soon", "late", "later"]);
}

#[tokio::test]
async fn a_released_message_keeps_its_place_and_never_becomes_a_dead_letter() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    backend.send_all(&[change("shop-1", "first"), change("shop-1", "second")]).await.unwrap();
    for _ in 0..4 * RECEIVES_MAX {
        let received = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap();
        assert_eq!(received[0].message, change("shop-1", "first"));
        backend.release(OrderChanges, &received[0].receipt, None).await.unwrap();
    }
    // A failed delivery still counts.
    for _ in 0..RECEIVES_MAX {
        assert!(backend.dead_letters(10).await.unwrap().is_empty());
        let received = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap();
        assert_eq!(received[0].message, change("shop-1", "first"));
        backend.nack(OrderChanges, &received[0].receipt, Duration::ZERO).await.unwrap();
    }
    assert_eq!(backend.dead_letters(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_old_receipt_releases_nothing() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    backend.send(&change("shop-1", "1"), Duration::ZERO).await.unwrap();
    let first = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap();
    backend.release(OrderChanges, &first[0].receipt, None).await.unwrap();
    let second = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap();
    backend.release(OrderChanges, &first[0].receipt, None).await.unwrap();
    backend.ack(OrderChanges, &first[0].receipt).await.unwrap();
    assert!(backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap().is_empty());
    backend.ack(OrderChanges, &second[0].receipt).await.unwrap();
    assert_eq!(backend.depth(OrderChanges).await.unwrap(), 0);
}

/// Of a shop whose account takes no more calls, only what needs that account waits.
#[tokio::test]
async fn who_waits_for_an_account_stands_in_nobodys_way() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    let paused = AccountId::parse("easypost:default").unwrap();
    backend.send_all(&[change("shop-1", "1"), change("shop-1", "2")]).await.unwrap();
    for received in backend.receive(OrderChanges, 2, LONG, Duration::ZERO).await.unwrap() {
        backend.release(OrderChanges, &received.receipt, Some(&paused)).await.unwrap();
    }
    backend.send(&change("shop-1", "3"), Duration::ZERO).await.unwrap();
    let lane = Lane { shop: ShopId::new("shop-1"), account: Some(paused) };
    let limits = LaneLimits { by_lane: HashMap::from([(lane.clone(), 0)]), ..LaneLimits::default() };
    assert_eq!(receive(&backend, 10, &limits).await, [change("shop-1", "3")]);
    assert!(receive(&backend, 10, &limits).await.is_empty());
    let batch = backend.receive_fairly(OrderChanges, 10, LONG, &LaneLimits::default()).await.unwrap();
    assert!(batch.messages.iter().all(|delivery| delivery.lane == lane));
    let waited: Vec<&Message> = batch.messages.iter().map(|delivery| &delivery.received.message).collect();
    assert_eq!(waited, [&change("shop-1", "1"), &change("shop-1", "2")], "each in its place");
}

/// The clock is a day ahead for a while and then set right; and the other way round.
#[tokio::test]
async fn setting_the_clock_delays_no_message() {
    for hours in [24, -24] {
        let folder = TempFolder::new();
        let clock = support::clock();
        let backend = support::open(&folder, &clock);
        let right = at(0);
        assert!(receive(&backend, 1, &LaneLimits::default()).await.is_empty());
        clock.set(at(hours * 3_600));
        backend.send(&change("shop-1", "1"), Duration::from_secs(60)).await.unwrap();
        assert!(receive(&backend, 1, &LaneLimits::default()).await.is_empty(), "{hours} h: not due yet");
        clock.set(right);
        assert!(
            receive(&backend, 1, &LaneLimits::default()).await.is_empty(),
            "{hours} h: no time has passed"
        );
        clock.advance(Duration::from_secs(61));
        assert_eq!(receive(&backend, 1, &LaneLimits::default()).await, [change("shop-1", "1")], "{hours} h");
    }
}

/// Messages that were sent by a wrong clock are visible within the longest delay.
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
    assert_eq!(receive(&backend, 1, &LaneLimits::default()).await, [change("shop-1", "1")]);
}
