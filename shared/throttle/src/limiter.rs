//! The rates of all accounts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use system::Clock;

use crate::throttle::{RateLimits, Throttle};

/// Keeps the calls for each account under what the service lets through. Whoever waits has its turn in the order of
/// coming.
pub struct Limiter {
    clock: Arc<dyn Clock>,
    limits: RateLimits,
    throttles: Mutex<HashMap<String, Throttle>>,
}

impl Limiter {
    /// Of a service of which nothing is known but `limits`.
    pub fn new(clock: Arc<dyn Clock>, limits: RateLimits) -> Self {
        Self { clock, limits, throttles: Mutex::default() }
    }

    /// Waits until `account` may be asked.
    ///
    /// # Errors
    /// At once, when that would take longer than [`RateLimits::wait_max`]: the time after which to ask again.
    pub async fn admit(&self, account: &str) -> Result<(), Duration> {
        let now = self.clock.monotonic();
        let wait = self.with(account, |throttle| throttle.take(now))?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// A call for `account` was let through.
    pub fn succeeded(&self, account: &str) {
        let now = self.clock.monotonic();
        self.with(account, |throttle| throttle.succeeded(now));
    }

    /// A call for `account` was refused because there were too many; the service asked for a pause, or named none. The
    /// time after which to ask again.
    pub fn refused(&self, account: &str, asked: Option<Duration>) -> Duration {
        let now = self.clock.monotonic();
        self.with(account, |throttle| throttle.refused(now, asked, fastrand::u64(..)))
    }

    fn with<T>(&self, account: &str, act: impl FnOnce(&mut Throttle) -> T) -> T {
        // A rate is never left half changed.
        let mut throttles = self.throttles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(throttle) = throttles.get_mut(account) {
            return act(throttle);
        }
        let throttle = Throttle::new(self.limits, self.clock.monotonic());
        act(throttles.entry(account.to_owned()).or_insert(throttle))
    }
}
