//! The pause that a 429 asks for, kept by all callers together.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use domain::Timestamp;
use domain::retry::backoff;

/// The longest pause that is honoured; a `Retry-After` beyond it is taken for a mistake.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// Until when nothing is sent.
#[derive(Debug, Default)]
pub(super) struct Pause {
    until_ms: AtomicI64,
    in_a_row: AtomicU32,
}

impl Pause {
    /// What is left of the pause at `now`; `None` when calls may be made.
    pub(super) fn left(&self, now: Timestamp) -> Option<Duration> {
        let left_ms = self.until_ms.load(Ordering::Relaxed).saturating_sub(now.as_millisecond());
        u64::try_from(left_ms).ok().filter(|ms| *ms > 0).map(Duration::from_millis)
    }

    /// Begins a pause at `now`, as long as the server asked, else doubling with every 429 in a row. `random` spreads
    /// the callers.
    pub(super) fn begin(&self, now: Timestamp, asked: Option<Duration>, random: u64) -> Duration {
        let in_a_row = self.in_a_row.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let pause = asked.unwrap_or_else(|| backoff(in_a_row, random)).min(PAUSE_MAX);
        let pause_ms = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        self.until_ms.fetch_max(now.as_millisecond().saturating_add(pause_ms), Ordering::Relaxed);
        pause
    }

    /// An answer came that was no 429.
    pub(super) fn answered(&self) {
        self.in_a_row.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Timestamp;

    use super::Pause;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    #[test]
    fn honours_what_the_server_asks() {
        let pause = Pause::default();
        assert_eq!(pause.left(at(1_000)), None);
        assert_eq!(pause.begin(at(1_000), Some(Duration::from_secs(7)), 0), Duration::from_secs(7));
        assert_eq!(pause.left(at(2_000)), Some(Duration::from_secs(6)));
        assert_eq!(pause.left(at(8_000)), None);
        assert_eq!(pause.begin(at(8_000), Some(Duration::from_secs(86_400)), 0), Duration::from_secs(300));
    }

    #[test]
    fn doubles_in_a_row_and_starts_over() {
        let pause = Pause::default();
        let begin = || pause.begin(at(0), None, 0).as_secs();
        assert_eq!([begin(), begin(), begin()], [1, 2, 4]);
        pause.answered();
        assert_eq!(begin(), 1);
        assert_eq!(pause.left(at(0)), Some(Duration::from_secs(4)), "an earlier pause is not cut short");
    }
}
