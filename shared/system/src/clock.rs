//! The clock, so that tests can turn it.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use domain::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present instant. It may jump, forth and back: people and time servers set the clock of a machine.
    fn now(&self) -> Timestamp;

    /// The time since some moment of the process's past; it never goes back. Pauses are measured by it. A clock that is
    /// turned by hand need not tell the two apart.
    fn monotonic(&self) -> Duration {
        self.now().duration_since(Timestamp::UNIX_EPOCH).try_into().unwrap_or_default()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the one place where time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[allow(clippy::disallowed_methods, reason = "this is the one place where time comes from")]
    fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}
