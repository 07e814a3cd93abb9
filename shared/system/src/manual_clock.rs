//! A clock that tests control.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Timestamp;

use crate::Clock;

/// A clock that stands still until it is advanced. Clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Times>>);

#[derive(Debug)]
struct Times {
    now: Timestamp,
    monotonic: Duration,
}

impl ManualClock {
    /// A clock that shows `at`.
    pub fn new(at: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Times { now: at, monotonic: Duration::ZERO })))
    }

    /// Lets time pass, on the calendar and for pauses.
    pub fn advance(&self, by: Duration) {
        let mut times = self.times();
        times.now = times.now.saturating_add(by).unwrap_or(Timestamp::MAX);
        times.monotonic += by;
    }

    /// The clock is set. No time passes.
    pub fn set(&self, to: Timestamp) {
        self.times().now = to;
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.times().now
    }

    fn monotonic(&self) -> Duration {
        self.times().monotonic
    }
}
