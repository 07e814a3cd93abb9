//! Notifications that were taken already.

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
