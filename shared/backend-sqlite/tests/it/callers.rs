//! Callers who go away, and what they must not break.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{self, TempFolder};
use backend::queues::RECEIVES_MAX;
use backend::{Committed, OrderStore as _, Queues as _};
use backend_contract::samples::{at, change, key, order};
use backend_sqlite::SqliteBackend;
use domain::message::Queue::OrderChanges;
use futures_util::future::poll_immediate;
use system::SystemClock;
use tokio::time::{sleep, timeout};

const LONG: Duration = Duration::from_secs(600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_commit_is_whole_or_absent() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    for n in 0..200 {
        let record = order("shop-1", &n.to_string(), at(n));
        // Asked for and dropped; now and then the answer is faster.
        let _ = poll_immediate(backend.commit_order(&record, 0)).await;
    }
    let last = order("shop-1", "last", at(0));
    assert_eq!(backend.commit_order(&last, 0).await.unwrap(), Committed::Stored(1));
    for n in 0..200 {
        let record = order("shop-1", &n.to_string(), at(n));
        let version = backend.load_order(&record.key()).await.unwrap().map_or(0, |found| found.version);
        assert_eq!(backend.commit_order(&record, version).await.unwrap(), Committed::Stored(version + 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_sender_left_wakes_who_waits() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    for n in 0..50 {
        let receiver = tokio::spawn({
            let backend = backend.clone();
            async move { backend.receive(OrderChanges, 1, LONG, Duration::from_secs(5)).await.unwrap() }
        });
        sleep(Duration::from_millis(5)).await;
        let _ = timeout(Duration::from_micros(n * 10), backend.send(&change("1"), Duration::ZERO)).await;
        // Whatever was asked for before this is overrides.
        backend.ack(OrderChanges, "0-0").await.unwrap();
        if backend.depth(OrderChanges).await.unwrap() > 0 || receiver.is_finished() {
            let received = timeout(Duration::from_secs(2), receiver).await.expect("it is woken").unwrap();
            backend.ack(OrderChanges, &received[0].receipt).await.unwrap();
        } else {
            receiver.abort();
            let _ = receiver.await;
        }
        assert_eq!(backend.depth(OrderChanges).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_leaves_hands_its_timer_on() {
    let folder = TempFolder::new();
    let backend = SqliteBackend::open(folder.path(), Arc::new(SystemClock)).unwrap();
    let receiver = || {
        let backend = backend.clone();
        tokio::spawn(
            async move { backend.receive(OrderChanges, 1, LONG, Duration::from_secs(10)).await.unwrap() },
        )
    };
    for leaver in 0..3 {
        let mut receivers: Vec<_> = (0..3).map(|_| receiver()).collect();
        sleep(Duration::from_millis(50)).await;
        backend.send(&change("1"), Duration::from_millis(300)).await.unwrap();
        sleep(Duration::from_millis(50)).await;
        receivers.remove(leaver).abort();
        let woken = timeout(Duration::from_secs(2), futures_util::future::select_all(receivers)).await;
        let (received, _, rest) = woken.expect("another one watches the delay");
        backend.ack(OrderChanges, &received.unwrap()[0].receipt).await.unwrap();
        rest.iter().for_each(tokio::task::JoinHandle::abort);
        futures_util::future::join_all(rest).await;
    }
}

#[tokio::test]
async fn who_was_killed_leaves_its_messages_to_the_next() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    backend.send(&change("1"), Duration::ZERO).await.unwrap();
    let first = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap().remove(0);
    drop(backend);
    let backend = support::open(&folder, &support::clock());
    backend.ack(OrderChanges, &first.receipt).await.unwrap();
    let second = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap().remove(0);
    assert_eq!(second.receive_count, 2, "at once: nobody else has the folder");
}

#[tokio::test]
async fn a_message_is_no_dead_letter_because_its_processes_were_killed() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    backend.send(&change("1"), Duration::ZERO).await.unwrap();
    drop(backend);
    for _ in 0..2 * RECEIVES_MAX {
        let backend = support::open(&folder, &support::clock());
        let received = backend.receive(OrderChanges, 1, LONG, Duration::ZERO).await.unwrap();
        assert_eq!(received.len(), 1);
        assert!(backend.dead_letters(10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_read_stops_nothing_else() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    for id in ["1", "2"] {
        backend.commit_order(&order("shop-1", id, at(0)), 0).await.unwrap();
    }
    let db = rusqlite::Connection::open(folder.path().join("punctual.sqlite")).unwrap();
    db.execute("UPDATE orders SET document = '{\"shop\": [\"Rosa Quill\"]}' WHERE order_id = '1'", [])
        .unwrap();
    let spoilt = backend.load_order(&key("shop-1", "1")).await.unwrap_err();
    let source = std::error::Error::source(&spoilt).map(ToString::to_string).unwrap_or_default();
    assert_eq!(spoilt.to_string(), "order shop-1/1 can't be read");
    assert!(source.contains("line 1") && !source.contains("Quill"), "it quotes no personal data: {source}");
    assert!(backend.load_order(&key("shop-1", "2")).await.unwrap().is_some());

    db.execute(
        "INSERT INTO messages (queue, shop, body, visible_at)
         VALUES ('order-changes', 'shop-1', '{\"kind\":\"old\"}', 0)",
        [],
    )
    .unwrap();
    backend.send(&change("2"), Duration::ZERO).await.unwrap();
    let received = backend.receive(OrderChanges, 2, LONG, Duration::ZERO).await.unwrap();
    assert_eq!(received[0].message, change("2"));
    assert_eq!(backend.depth(OrderChanges).await.unwrap(), 1);
    assert!(backend.dead_letters(10).await.unwrap().is_empty());
    let kept: String = db.query_row("SELECT body FROM dead_letters", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, "{\"kind\":\"old\"}");
}
