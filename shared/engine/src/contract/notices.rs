//! What was taken already.

use std::time::Duration;

use super::Harness;
use super::samples::at;

/// A notice is remembered until its keeping time is over, and noting it again extends that.
pub async fn a_notice_is_remembered_until_its_end(harness: &impl Harness) {
    let engine = harness.engine().await;
    // Far from any engine's own time: only the instants that are passed count.
    let later = |seconds| at(seconds).saturating_add(Duration::from_secs(100 * 365 * 86_400)).unwrap();
    assert!(!engine.notices.is_noted("n-1", later(0)).await.unwrap());
    engine.notices.note("n-1", later(60)).await.unwrap();
    assert!(engine.notices.is_noted("n-1", later(0)).await.unwrap());
    assert!(engine.notices.is_noted("n-1", later(59)).await.unwrap());
    assert!(!engine.notices.is_noted("n-1", later(61)).await.unwrap());
    assert!(!engine.notices.is_noted("n-2", later(0)).await.unwrap());

    engine.notices.note("n-1", later(120)).await.unwrap();
    let engine = harness.reopen(engine).await;
    assert!(engine.notices.is_noted("n-1", later(61)).await.unwrap());
}

/// Of several who claim the same at once one gets it, nobody gets it again while it is noted, and others are not touched.
pub async fn a_claim_is_won_once(harness: &impl Harness) {
    const AT_ONCE: usize = 8;
    let engine = harness.engine().await;
    let later = |seconds| at(seconds).saturating_add(Duration::from_secs(100 * 365 * 86_400)).unwrap();
    let claim = |engine: &crate::Engine, now: i64, until: i64| {
        let notices = engine.notices.clone();
        async move { notices.claim("c-1", later(now), later(until)).await.unwrap() }
    };
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        racers.spawn(claim(&engine, 0, 60));
    }
    let won = racers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    assert!(engine.notices.is_noted("c-1", later(59)).await.unwrap());
    assert!(engine.notices.claim("c-2", later(0), later(60)).await.unwrap());

    let engine = harness.reopen(engine).await;
    assert!(!claim(&engine, 59, 120).await);
    assert!(claim(&engine, 61, 120).await, "its time was over");
    assert!(!claim(&engine, 62, 120).await);
}
