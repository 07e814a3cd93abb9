//! The paces of all shops.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::Clock;

use crate::call::CallName;
use crate::error::Error;
use crate::throttle::{Permit, Throttle};

/// Keeps the calls for each shop under what TikTok lets through.
pub struct Limiter {
    clock: Arc<dyn Clock>,
    throttles: Mutex<HashMap<String, Throttle>>,
}

impl Limiter {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, throttles: Mutex::default() }
    }

    /// Waits until `key` may be asked.
    ///
    /// # Errors
    /// [`Error::Throttled`] at once when that would take too long.
    pub async fn admit(&self, key: &str, call: CallName) -> Result<Permit, Error> {
        let now = self.clock.now();
        let taken = self.with(key, |throttle| throttle.take(now));
        let (permit, wait) = taken.map_err(|after| Error::Throttled { call, after })?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Ok(permit)
    }

    /// A call for `key` was let through.
    pub fn succeeded(&self, key: &str) {
        self.with(key, Throttle::succeeded);
    }

    /// A call for `key` was refused, and TikTok asked for a pause of `asked`. The pause until the next.
    pub fn refused(&self, key: &str, permit: Permit, asked: Duration) -> Duration {
        let now = self.clock.now();
        self.with(key, |throttle| throttle.refused(now, permit, asked, fastrand::u64(..)))
    }

    fn with<T>(&self, key: &str, act: impl FnOnce(&mut Throttle) -> T) -> T {
        // A pace is never left half changed.
        let mut throttles = self.throttles.lock().unwrap_or_else(PoisonError::into_inner);
        act(throttles.entry(key.to_owned()).or_insert_with(|| Throttle::new(self.clock.now())))
    }
}
