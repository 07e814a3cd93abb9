//! Receivers wait for a message and get it at once.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use domain::message::Queue::OrderChanges;
use futures_util::future::{join, join_all};

use super::Harness;
use super::samples::change;

const VISIBILITY: Duration = Duration::from_secs(600);
const WAIT: Duration = Duration::from_secs(10);
/// Enough time for a receiver to begin waiting.
const PAUSE: Duration = Duration::from_millis(300);
/// How long a message may take on a busy machine; far less than [`WAIT`].
const QUICK: Duration = Duration::from_secs(3);

/// A waiting receiver gets a message as soon as it is sent.
pub async fn a_message_wakes_who_waits(harness: &impl Harness) {
    let backend = harness.backend().await;
    let send = async {
        tokio::time::sleep(PAUSE).await;
        backend.queues.send(&change("1"), Duration::ZERO).await.unwrap();
        Instant::now()
    };
    let receive = async {
        let received = backend.queues.receive(OrderChanges, 10, VISIBILITY, WAIT).await.unwrap();
        (received, Instant::now())
    };
    let (sent_at, (received, received_at)) = join(send, receive).await;
    assert_eq!(received.len(), 1);
    let took = received_at.saturating_duration_since(sent_at);
    assert!(took < QUICK, "it took {took:?}");
}

/// A waiting receiver gets a delayed message when its delay is over, even if it was sent after the wait began.
pub async fn a_delayed_message_wakes_who_waits(harness: &impl Harness) {
    let backend = harness.backend().await;
    let delay = Duration::from_secs(1);
    let send = async {
        tokio::time::sleep(PAUSE).await;
        backend.queues.send(&change("1"), delay).await.unwrap();
        harness.advance(delay).await;
    };
    let begun = Instant::now();
    let ((), received) = join(send, backend.queues.receive(OrderChanges, 10, VISIBILITY, WAIT)).await;
    assert_eq!(received.unwrap().len(), 1);
    assert!(begun.elapsed() < delay + QUICK, "it took {:?}", begun.elapsed());
}

/// Several messages wake as many receivers; none sleeps while there is a message.
pub async fn every_waiting_receiver_gets_a_message(harness: &impl Harness) {
    let backend = harness.backend().await;
    let receivers = join_all((0..5).map(|_| backend.queues.receive(OrderChanges, 1, VISIBILITY, WAIT)));
    let send = async {
        tokio::time::sleep(PAUSE).await;
        let messages: Vec<_> = (0..5).map(|n| change(&n.to_string())).collect();
        backend.queues.send_all(&messages).await.unwrap();
    };
    let begun = Instant::now();
    let (received, ()) = join(receivers, send).await;
    let orders: HashSet<_> = received
        .into_iter()
        .flat_map(Result::unwrap)
        .map(|one| one.message.key().unwrap().order.clone())
        .collect();
    assert_eq!(orders.len(), 5);
    assert!(begun.elapsed() < PAUSE + QUICK, "it took {:?}", begun.elapsed());
}

/// If there is no message, the receiver gets an empty answer when its wait is over, not before and not much later.
pub async fn an_empty_queue_answers_when_the_wait_is_over(harness: &impl Harness) {
    let backend = harness.backend().await;
    let wait = Duration::from_secs(1);
    let begun = Instant::now();
    assert!(backend.queues.receive(OrderChanges, 10, VISIBILITY, wait).await.unwrap().is_empty());
    let took = begun.elapsed();
    assert!((wait.mul_f32(0.9)..wait + QUICK).contains(&took), "it took {took:?}");
}
