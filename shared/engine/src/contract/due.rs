//! The orders whose timer has run out.

use domain::{OrderKey, Timestamp};

use super::Harness;
use super::samples::{at, key, order, waking};
use crate::Committed;
use crate::Engine;

async fn due(engine: &Engine, now: Timestamp, limit: usize) -> Vec<OrderKey> {
    engine.orders.due(now, limit).await.unwrap()
}

/// Orders come by their timers, as many as were asked for; one whose moment has not come does not.
pub async fn only_what_is_due_comes_the_longest_due_first(harness: &impl Harness) {
    let engine = harness.engine().await;
    assert_eq!(due(&engine, at(0), 10).await, []);
    for (shop, id, wake_at) in [
        ("shop-1", "soon", Some(at(30))),
        ("shop-2", "first", Some(at(10))),
        ("shop-1", "never", None),
        ("shop-1", "second", Some(at(20))),
        ("shop-1", "late", Some(at(31))),
    ] {
        engine.orders.commit(&waking(order(shop, id, at(0)), wake_at), 0).await.unwrap();
    }
    assert_eq!(due(&engine, at(9), 10).await, []);
    let expected = [key("shop-2", "first"), key("shop-1", "second"), key("shop-1", "soon")];
    assert_eq!(due(&engine, at(30), 10).await, expected, "at the very moment it is due");
    assert_eq!(due(&engine, at(30), 2).await, expected[..2]);
}

/// A timer that a later commit cleared or put off does not ring.
pub async fn a_timer_that_is_cleared_or_put_off_is_not_due(harness: &impl Harness) {
    let engine = harness.engine().await;
    let record = order("shop-1", "1", at(0));
    let mut version = 0;
    for (wake_at, is_due) in [(Some(at(10)), true), (None, false), (Some(at(5)), true), (Some(at(60)), false)]
    {
        let committed = engine.orders.commit(&waking(record.clone(), wake_at), version).await.unwrap();
        let Committed::Stored(stored) = committed else { panic!("lost without a race") };
        version = stored;
        assert_eq!(
            due(&engine, at(20), 10).await.len(),
            usize::from(is_due),
            "with its timer at {wake_at:?}"
        );
    }
}
