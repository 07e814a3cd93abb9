//! Webhooks and links that were processed already.

use std::time::Duration;

use super::Harness;
use super::samples::at;

/// An event is remembered until the given time, and marking it again extends that.
pub async fn an_event_is_remembered_until_its_end(harness: &impl Harness) {
    let backend = harness.backend().await;
    // Far from any backend's own time: only the instants that are passed count.
    let later = |seconds| at(seconds).saturating_add(Duration::from_secs(100 * 365 * 86_400)).unwrap();
    assert!(!backend.processed_events.is_processed("n-1", later(0)).await.unwrap());
    backend.processed_events.mark_processed("n-1", later(60)).await.unwrap();
    assert!(backend.processed_events.is_processed("n-1", later(0)).await.unwrap());
    assert!(backend.processed_events.is_processed("n-1", later(59)).await.unwrap());
    assert!(!backend.processed_events.is_processed("n-1", later(61)).await.unwrap());
    assert!(!backend.processed_events.is_processed("n-2", later(0)).await.unwrap());

    backend.processed_events.mark_processed("n-1", later(120)).await.unwrap();
    let backend = harness.reopen(backend).await;
    assert!(backend.processed_events.is_processed("n-1", later(61)).await.unwrap());
}

/// Of several concurrent claims of the same id one succeeds, no other does while it is remembered, and other ids are not affected.
pub async fn a_claim_is_won_once(harness: &impl Harness) {
    const AT_ONCE: usize = 8;
    let backend = harness.backend().await;
    let later = |seconds| at(seconds).saturating_add(Duration::from_secs(100 * 365 * 86_400)).unwrap();
    let claim = |backend: &backend::Backend, now: i64, until: i64| {
        let processed_events = backend.processed_events.clone();
        async move { processed_events.claim("c-1", later(now), later(until)).await.unwrap() }
    };
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        racers.spawn(claim(&backend, 0, 60));
    }
    let won = racers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    assert!(backend.processed_events.is_processed("c-1", later(59)).await.unwrap());
    assert!(backend.processed_events.claim("c-2", later(0), later(60)).await.unwrap());

    let backend = harness.reopen(backend).await;
    assert!(!claim(&backend, 59, 120).await);
    assert!(claim(&backend, 61, 120).await, "its time was over");
    assert!(!claim(&backend, 62, 120).await);
}
