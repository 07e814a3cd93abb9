//! The throttles of all accounts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use system::Clock;

use crate::throttle::{RateLimits, Throttle};

/// Keeps the calls for each account below what the service accepts. Callers get their turns first come, first served.
pub struct Limiter {
    clock: Arc<dyn Clock>,
    limits: RateLimits,
    throttles: Mutex<HashMap<String, Throttle>>,
}

impl Limiter {
    pub fn new(clock: Arc<dyn Clock>, limits: RateLimits) -> Self {
        Self { clock, limits, throttles: Mutex::default() }
    }

    /// Waits until a call for `account` may be made.
    ///
    /// # Errors
    /// Immediately, when that would take longer than [`RateLimits::wait_max`]. The error is the time after which to try again.
    pub async fn admit(&self, account: &str) -> Result<(), Duration> {
        let now = self.clock.monotonic();
        let wait = self.with(account, |throttle| throttle.take(now))?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }

    /// A call for `account` was accepted.
    pub fn succeeded(&self, account: &str) {
        let now = self.clock.monotonic();
        self.with(account, |throttle| throttle.succeeded(now));
    }

    /// A call for `account` was refused because there were too many, and the service asked for a pause, or named none.
    /// Returns the time after which to try again.
    pub fn refused(&self, account: &str, requested: Option<Duration>) -> Duration {
        let now = self.clock.monotonic();
        self.with(account, |throttle| throttle.refused(now, requested, fastrand::u64(..)))
    }

    fn with<T>(&self, account: &str, act: impl FnOnce(&mut Throttle) -> T) -> T {
        // A panic cannot leave a throttle half changed, so a poisoned lock is sound.
        let mut throttles = self.throttles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(throttle) = throttles.get_mut(account) {
            return act(throttle);
        }
        let throttle = Throttle::new(self.limits, self.clock.monotonic());
        act(throttles.entry(account.to_owned()).or_insert(throttle))
    }
}
