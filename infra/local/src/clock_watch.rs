//! The machine's clock is set back while orders and alarms wait.
//!
//! What was stored before says when it is due by the old clock, and would lie still for as long as the clock went back: the lists
//! of what is due do not show it. So after a jump, and at the start, everything that waits is looked at, and times that are
//! further ahead than they can have been set are corrected. Queues and shops follow a clock by themselves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use backend::{Backend, BackendError};
use domain::{OrderKey, Timestamp};
use jiff::SignedDuration;
use system::Clock;
use workflow::{Change, StepError, error_chain, update_alarm, update_order};

/// How often the clock is looked at.
const EVERY: Duration = Duration::from_secs(5);
/// From this difference between wall clock and elapsed time on, the clock was set back; less is a time server's correction.
const JUMP_MIN: SignedDuration = SignedDuration::from_secs(2);

/// Corrects stored times now, and whenever the clock was set back. Never returns.
pub(crate) async fn watch(backend: Backend, clock: Arc<dyn Clock>) {
    let mut last = None;
    loop {
        let seen = (clock.now(), clock.monotonic());
        let is_mended = match last {
            Some(last) if !was_set_back(last, seen) => true,
            _ => mend_times(&backend, seen.0).await,
        };
        // What could not be corrected is tried again.
        last = Some(seen).filter(|_| is_mended);
        tokio::time::sleep(EVERY).await;
    }
}

fn was_set_back(then: (Timestamp, Duration), now: (Timestamp, Duration)) -> bool {
    let passed = SignedDuration::try_from(now.1.saturating_sub(then.1)).unwrap_or_default();
    passed.saturating_sub(now.0.duration_since(then.0)) > JUMP_MIN
}

/// Corrects the times of all orders and alarms that wait for something. False when some could not be corrected; what can't be read
/// is left to whoever shows it to people.
pub async fn mend_times(backend: &Backend, now: Timestamp) -> bool {
    let (orders, alarms) = match all_waiting(backend).await {
        Ok(waiting) => waiting,
        Err(error) => {
            tracing::error!(error = error_chain(&error), "what waits can't be listed");
            return false;
        }
    };
    let (mut mended, mut failed) = (0_usize, 0_usize);
    for key in &orders {
        let outcome =
            update_order(&*backend.orders, key, |record| Ok(Change::commit_if(record.mend_times(now))));
        count(outcome.await, key, &mut mended, &mut failed);
    }
    for id in &alarms {
        let outcome = update_alarm(&*backend.alarms, id, |alarm| Change::commit_if(alarm.mend_times(now)));
        count(outcome.await.map(|committed| committed.is_some()), id, &mut mended, &mut failed);
    }
    if mended > 0 {
        tracing::warn!(mended, "times were stored while the clock was ahead");
    }
    failed == 0
}

fn count(
    outcome: Result<bool, StepError>,
    what: impl std::fmt::Display,
    mended: &mut usize,
    failed: &mut usize,
) {
    match outcome {
        Ok(true) => *mended += 1,
        Ok(false) => {}
        Err(error) if error.is_corrupt() => {}
        Err(error) => {
            tracing::error!(%what, error = error_chain(&error), "times can't be corrected");
            *failed += 1;
        }
    }
}

/// Whatever waits for a time, however far it is ahead.
async fn all_waiting(backend: &Backend) -> Result<(BTreeSet<OrderKey>, Vec<domain::AlarmId>), BackendError> {
    let mut orders: BTreeSet<OrderKey> =
        backend.orders.list_due(Timestamp::MAX, usize::MAX).await?.into_iter().collect();
    orders.extend(backend.orders.list_alarms_due(Timestamp::MAX, usize::MAX).await?);
    Ok((orders, backend.alarms.list_unfinished_alarms(Timestamp::MAX, usize::MAX).await?))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Timestamp;
    use jiff::SignedDuration;

    use super::was_set_back;

    #[test]
    fn only_a_clock_that_goes_back_is_followed() {
        let at = |seconds: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000_000 + seconds);
        let after = |wall: i64, elapsed: u64| {
            was_set_back((at(0), Duration::from_secs(50)), (at(wall), Duration::from_secs(50 + elapsed)))
        };
        assert!(after(-3_600, 5) && after(0, 5) && after(5, 60));
        assert!(!after(5, 5) && !after(4, 5) && !after(3_600, 5));
    }
}
