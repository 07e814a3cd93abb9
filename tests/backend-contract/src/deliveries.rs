//! Messages are delivered at least once, one receiver at a time.

use std::collections::HashSet;
use std::time::Duration;

use domain::message::Queue::{self, OrderChanges, RateRequests};
use futures_util::future::join_all;

use super::Harness;
use super::samples::{change, rate_request};
use backend::Backend;
use backend::Received;

/// How long a receiver may take to find a message that is there: a backend over the network searches several servers.
const LOOK: Duration = Duration::from_secs(1);
/// A visibility that does not end during a test.
const LONG: Duration = Duration::from_secs(600);
/// A visibility that ends during a test.
const SHORT: Duration = Duration::from_secs(2);
/// Longer than [`SHORT`].
const AFTER_SHORT: Duration = Duration::from_secs(3);

async fn one(backend: &Backend, queue: Queue, visibility: Duration) -> Received {
    let mut received = backend.queues.receive(queue, 1, visibility, LOOK).await.unwrap();
    assert_eq!(received.len(), 1, "a message of {} is there", queue.name());
    received.remove(0)
}

async fn none(backend: &Backend, queue: Queue) {
    let received = backend.queues.receive(queue, 10, LONG, Duration::ZERO).await.unwrap();
    assert!(received.is_empty(), "nothing of {} is there, got {received:?}", queue.name());
}

/// A message is delivered from its own queue to one receiver, and is gone when it is acknowledged.
pub async fn a_message_is_delivered_in_its_queue_and_acknowledged(harness: &impl Harness) {
    let backend = harness.backend().await;
    backend.queues.send(&change("1"), Duration::ZERO).await.unwrap();
    backend.queues.send(&rate_request("2"), Duration::ZERO).await.unwrap();
    assert_eq!(backend.queues.depth(OrderChanges).await.unwrap(), 1);
    let received = one(&backend, OrderChanges, LONG).await;
    assert_eq!((&received.message, received.receive_count), (&change("1"), 1));
    none(&backend, OrderChanges).await;
    assert_eq!(backend.queues.depth(OrderChanges).await.unwrap(), 1, "it is being worked on");

    backend.queues.ack(OrderChanges, &received.receipt).await.unwrap();
    assert_eq!(backend.queues.depth(OrderChanges).await.unwrap(), 0);
    assert_eq!(backend.queues.depth(RateRequests).await.unwrap(), 1);
    assert_eq!(one(&backend, RateRequests, LONG).await.message, rate_request("2"));
    backend.queues.ack(OrderChanges, &received.receipt).await.unwrap();
}

/// A delayed message is delivered after its delay.
pub async fn a_delayed_message_is_not_early(harness: &impl Harness) {
    let backend = harness.backend().await;
    backend.queues.send(&change("1"), SHORT).await.unwrap();
    none(&backend, OrderChanges).await;
    assert_eq!(backend.queues.depth(OrderChanges).await.unwrap(), 1);
    harness.advance(AFTER_SHORT).await;
    assert_eq!(one(&backend, OrderChanges, LONG).await.receive_count, 1);
}

/// Messages that are sent together all arrive, each in its queue, even more than fit into one request.
pub async fn all_of_several_messages_arrive(harness: &impl Harness) {
    let backend = harness.backend().await;
    let changes = (0..25).map(|n| change(&n.to_string()));
    let messages: Vec<_> = changes.chain([rate_request("1")]).collect();
    backend.queues.send_all(&messages).await.unwrap();
    backend.queues.send_all(&[]).await.unwrap();
    let mut orders = HashSet::new();
    while orders.len() < 25 {
        let received = backend.queues.receive(OrderChanges, 10, LONG, LOOK).await.unwrap();
        assert!((1..=10).contains(&received.len()), "at most as many as were asked for, and all in the end");
        for received in received {
            assert!(orders.insert(received.message.key().unwrap().order.clone()), "each once");
        }
    }
    assert_eq!(one(&backend, RateRequests, LONG).await.message, rate_request("1"));
}

/// A message that is not acknowledged in time is delivered again, and its receive count grows.
pub async fn an_unacknowledged_message_comes_again(harness: &impl Harness) {
    let backend = harness.backend().await;
    backend.queues.send(&change("1"), Duration::ZERO).await.unwrap();
    let first = one(&backend, OrderChanges, SHORT).await;
    none(&backend, OrderChanges).await;
    harness.advance(AFTER_SHORT).await;
    let second = one(&backend, OrderChanges, LONG).await;
    assert_eq!((second.message, second.receive_count), (first.message, 2));
    assert_ne!(second.receipt, first.receipt);
}

/// The receipt of an earlier delivery neither acknowledges nor returns a later one; nor does an invalid receipt.
pub async fn an_old_receipt_does_nothing(harness: &impl Harness) {
    if !harness.voids_old_receipts() {
        return;
    }
    let backend = harness.backend().await;
    backend.queues.send(&change("1"), Duration::ZERO).await.unwrap();
    let first = one(&backend, OrderChanges, SHORT).await;
    harness.advance(AFTER_SHORT).await;
    let second = one(&backend, OrderChanges, LONG).await;
    backend.queues.ack(OrderChanges, &first.receipt).await.unwrap();
    assert_eq!(backend.queues.depth(OrderChanges).await.unwrap(), 1);
    backend.queues.nack(OrderChanges, &first.receipt, Duration::ZERO).await.unwrap();
    none(&backend, OrderChanges).await;
    backend.queues.ack(OrderChanges, &second.receipt).await.unwrap();
    assert_eq!(backend.queues.depth(OrderChanges).await.unwrap(), 0);
}

/// A failed message is delivered again after the given delay, long before its visibility ends.
pub async fn a_message_given_back_comes_after_its_delay(harness: &impl Harness) {
    let backend = harness.backend().await;
    backend.queues.send(&change("1"), Duration::ZERO).await.unwrap();
    let first = one(&backend, OrderChanges, LONG).await;
    backend.queues.nack(OrderChanges, &first.receipt, SHORT).await.unwrap();
    none(&backend, OrderChanges).await;
    harness.advance(AFTER_SHORT).await;
    let second = one(&backend, OrderChanges, LONG).await;
    assert_eq!(second.receive_count, 2);
    backend.queues.nack(OrderChanges, &second.receipt, Duration::ZERO).await.unwrap();
    assert_eq!(one(&backend, OrderChanges, LONG).await.receive_count, 3);
}

/// However many receive at once, a message goes to one of them.
pub async fn receivers_at_once_never_share_a_message(harness: &impl Harness) {
    let backend = harness.backend().await;
    let messages: Vec<_> = (0..60).map(|n| change(&n.to_string())).collect();
    backend.queues.send_all(&messages).await.unwrap();
    let receivers = (0..8).map(async |_| {
        let mut mine = Vec::new();
        loop {
            let received = backend.queues.receive(OrderChanges, 3, LONG, LOOK).await.unwrap();
            if received.is_empty() {
                return mine;
            }
            mine.extend(received.into_iter().map(|received| received.message.key().unwrap().order.clone()));
        }
    });
    let all: Vec<_> = join_all(receivers).await.concat();
    let distinct: HashSet<_> = all.iter().collect();
    assert_eq!((all.len(), distinct.len()), (60, 60));
}

/// A sent message survives closing and opening the backend. So does one in flight, which is delivered again at the latest when
/// its visibility has ended.
pub async fn messages_outlive_the_backend(harness: &impl Harness) {
    let backend = harness.backend().await;
    backend.queues.send(&change("1"), Duration::ZERO).await.unwrap();
    one(&backend, OrderChanges, SHORT).await;
    backend.queues.send(&change("2"), Duration::ZERO).await.unwrap();
    let backend = harness.reopen(backend).await;
    assert_eq!(backend.queues.depth(OrderChanges).await.unwrap(), 2);
    harness.advance(AFTER_SHORT).await;
    let mut counts = HashSet::new();
    for _ in 0..2 {
        let received = one(&backend, OrderChanges, LONG).await;
        counts.insert((received.message.key().unwrap().order.as_str().to_owned(), received.receive_count));
    }
    assert_eq!(counts, HashSet::from([("1".to_owned(), 2), ("2".to_owned(), 1)]));
}

/// Who is told that an order has a message relies on it. A backend that can't tell says that there is none.
pub async fn only_an_order_that_has_a_message_is_said_to_have_one(harness: &impl Harness) {
    let backend = harness.backend().await;
    let key = |order: &str| rate_request(order).key().cloned().unwrap();
    backend.queues.send(&rate_request("1"), Duration::ZERO).await.unwrap();
    assert!(!backend.queues.has_message(&key("2")).await.unwrap());
    let can_tell = backend.queues.has_message(&key("1")).await.unwrap();
    let received = one(&backend, RateRequests, LONG).await;
    assert_eq!(backend.queues.has_message(&key("1")).await.unwrap(), can_tell, "it is being worked on");
    backend.queues.nack(RateRequests, &received.receipt, LONG).await.unwrap();
    assert_eq!(backend.queues.has_message(&key("1")).await.unwrap(), can_tell, "it is delayed");

    backend.queues.send(&rate_request("3"), Duration::ZERO).await.unwrap();
    let received = one(&backend, RateRequests, LONG).await;
    backend.queues.ack(RateRequests, &received.receipt).await.unwrap();
    assert!(!backend.queues.has_message(&key("3")).await.unwrap());
}
