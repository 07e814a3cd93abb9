//! A message that fails every time becomes a dead letter.

use std::time::Duration;

use domain::message::Queue::OrderChanges;

use super::Harness;
use super::samples::change;
use backend::Backend;
use backend::Received;
use backend::queues::RECEIVES_MAX;

const LOOK: Duration = Duration::from_secs(1);
const VISIBILITY: Duration = Duration::from_secs(1);
const AFTER_VISIBILITY: Duration = Duration::from_secs(2);

async fn receive(backend: &Backend, visibility: Duration) -> Vec<Received> {
    backend.queues.receive(OrderChanges, 1, visibility, LOOK).await.unwrap()
}

async fn is_dead(backend: &Backend) {
    assert!(receive(backend, VISIBILITY).await.is_empty(), "it is not delivered any more");
    assert_eq!(backend.queues.depth(OrderChanges).await.unwrap(), 0);
    // They stay, however often they are looked at.
    for _ in 0..2 {
        let letters = backend.queues.dead_letters(10).await.unwrap();
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].queue, &letters[0].message), (OrderChanges, &change("1")));
        assert!(letters[0].receive_count >= RECEIVES_MAX, "{}", letters[0].receive_count);
    }
    assert!(backend.queues.dead_letters(0).await.unwrap().is_empty());
}

/// After its last failed delivery a message is a dead letter.
pub async fn a_message_given_back_too_often_is_dead(harness: &impl Harness) {
    let backend = harness.backend().await;
    backend.queues.send(&change("1"), Duration::ZERO).await.unwrap();
    for count in 1..=RECEIVES_MAX {
        assert!(backend.queues.dead_letters(10).await.unwrap().is_empty());
        let received = receive(&backend, Duration::from_secs(600)).await;
        assert_eq!(received[0].receive_count, count);
        backend.queues.nack(OrderChanges, &received[0].receipt, Duration::ZERO).await.unwrap();
    }
    is_dead(&backend).await;
}

/// So is a message whose receivers all died, once its last visibility has ended.
pub async fn a_message_left_too_often_is_dead(harness: &impl Harness) {
    let backend = harness.backend().await;
    backend.queues.send(&change("1"), Duration::ZERO).await.unwrap();
    for count in 1..=RECEIVES_MAX {
        assert_eq!(receive(&backend, VISIBILITY).await[0].receive_count, count);
        harness.advance(AFTER_VISIBILITY).await;
    }
    is_dead(&backend).await;
}
