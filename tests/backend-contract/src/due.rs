//! Orders whose timer has expired.

use domain::{OrderKey, Timestamp};

use super::Harness;
use super::samples::{alarming, at, key, order, waking};
use backend::Backend;
use system::Committed;

async fn due(backend: &Backend, now: Timestamp, limit: usize) -> Vec<OrderKey> {
    backend.orders.list_due(now, limit).await.unwrap()
}

/// Orders are listed by their timers, up to the limit, and none before its time.
pub async fn only_what_is_due_comes_the_longest_due_first(harness: &impl Harness) {
    let backend = harness.backend().await;
    assert_eq!(due(&backend, at(0), 10).await, []);
    for (shop, id, next_check_at) in [
        ("shop-1", "soon", Some(at(30))),
        ("shop-2", "first", Some(at(10))),
        ("shop-1", "never", None),
        ("shop-1", "second", Some(at(20))),
        ("shop-1", "late", Some(at(31))),
    ] {
        backend.orders.commit_order(&waking(order(shop, id, at(0)), next_check_at), 0).await.unwrap();
    }
    assert_eq!(due(&backend, at(9), 10).await, []);
    let expected = [key("shop-2", "first"), key("shop-1", "second"), key("shop-1", "soon")];
    assert_eq!(due(&backend, at(30), 10).await, expected, "at the very moment it is due");
    assert_eq!(due(&backend, at(30), 2).await, expected[..2]);
}

/// A timer that a later commit cleared or postponed does not fire.
pub async fn a_timer_that_is_cleared_or_put_off_is_not_due(harness: &impl Harness) {
    let backend = harness.backend().await;
    let record = order("shop-1", "1", at(0));
    let mut version = 0;
    for (next_check_at, is_due) in
        [(Some(at(10)), true), (None, false), (Some(at(5)), true), (Some(at(60)), false)]
    {
        let committed =
            backend.orders.commit_order(&waking(record.clone(), next_check_at), version).await.unwrap();
        let Committed::Stored(stored) = committed else { panic!("lost without a race") };
        version = stored;
        assert_eq!(
            due(&backend, at(20), 10).await.len(),
            usize::from(is_due),
            "with its timer at {next_check_at:?}"
        );
    }
}

/// Orders are listed by their next alarm, up to the limit and regardless of their timers, and not if a later commit has postponed
/// it.
pub async fn alarms_come_by_a_moment_of_their_own(harness: &impl Harness) {
    let backend = harness.backend().await;
    let due = async |now, limit| backend.orders.list_alarms_due(at(now), limit).await.unwrap();
    assert_eq!(due(99, 10).await, []);
    let mut versions = Vec::new();
    for (shop, id, alarm_at) in [
        ("shop-1", "soon", Some(at(30))),
        ("shop-2", "first", Some(at(10))),
        ("shop-1", "never", None),
        ("shop-1", "second", Some(at(20))),
        ("shop-1", "late", Some(at(31))),
    ] {
        // A timer is another matter.
        let record = waking(alarming(order(shop, id, at(0)), alarm_at), Some(at(1)));
        assert_eq!(record.alarm_at(), alarm_at);
        let committed = backend.orders.commit_order(&record, 0).await.unwrap();
        let Committed::Stored(version) = committed else { panic!("lost without a race") };
        versions.push((record, version));
    }
    assert_eq!(due(9, 10).await, []);
    let expected = [key("shop-2", "first"), key("shop-1", "second"), key("shop-1", "soon")];
    assert_eq!(due(30, 10).await, expected, "at the very moment it is due");
    assert_eq!(due(30, 2).await, expected[..2]);

    let backend = harness.reopen(backend).await;
    let due = async |now, limit| backend.orders.list_alarms_due(at(now), limit).await.unwrap();
    for (record, version) in &versions[1..=2] {
        backend.orders.commit_order(&alarming(record.clone(), Some(at(60))), *version).await.unwrap();
    }
    let (record, version) = &versions[3];
    backend.orders.commit_order(&alarming(record.clone(), None), *version).await.unwrap();
    assert_eq!(due(30, 10).await, [key("shop-1", "soon")]);
}
