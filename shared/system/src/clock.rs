//! The clock, as a trait, so that tests can control time.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use domain::Timestamp;

/// A source of time, both of the calendar and for measuring pauses.
pub trait Clock: Send + Sync + 'static {
    /// The present instant. It may jump in both directions, because people and time servers set a machine's clock.
    fn now(&self) -> Timestamp;

    /// The time since some moment in the process's past, which never goes back. Pauses are measured by it. A clock that tests
    /// control need not tell the two apart.
    fn monotonic(&self) -> Duration {
        self.now().duration_since(Timestamp::UNIX_EPOCH).try_into().unwrap_or_default()
    }
}

/// The clock of the machine, which people and time servers may set.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the one place where time comes from")]
    fn now(&self) -> Timestamp {
        // Nothing that is decided needs more than milliseconds, and every stored instant would be six characters longer.
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    #[allow(clippy::disallowed_methods, reason = "this is the one place where time comes from")]
    fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}
