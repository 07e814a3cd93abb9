//! TikTok refuses the app's calls, whatever they ask: an outage of ours, shown once, at the shop.

use jiff::{SignedDuration, Timestamp};

use super::Shop;
use crate::exception::ExceptionKind;

/// Refusals are noted no more often than this: thousands of orders may meet the same one.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// After this time without a refusal TikTok takes the calls again: what waits is tried every minute.
const OVER_AFTER: SignedDuration = SignedDuration::from_secs(90);

impl Shop {
    /// Notes that TikTok refused the app, and shows it; `why` is the error. False when that is noted already.
    pub fn app_refused(&mut self, why: &str, now: Timestamp) -> bool {
        let age = self.monitor.app_refused_at.map(|at| now.duration_since(at));
        if age.is_some_and(|age| SignedDuration::ZERO <= age && age < NOTED_EVERY) {
            return false;
        }
        self.monitor.app_refused_at = Some(now);
        // The first one stands: each names another call and request.
        if !self.is_open(ExceptionKind::AppRefused) {
            self.open_exception(ExceptionKind::AppRefused, format!("TikTok refuses our calls: {why}."), now);
        }
        true
    }

    /// Whether the refusals are over, and nobody has noted that yet.
    pub fn app_is_taken_again(&self, now: Timestamp) -> bool {
        let age = self.monitor.app_refused_at.map(|at| now.duration_since(at));
        age.is_some_and(|age| age < SignedDuration::ZERO || age >= OVER_AFTER)
    }

    /// Closes the exception when none was refused lately.
    pub fn judge_app(&mut self, now: Timestamp) {
        if self.app_is_taken_again(now) {
            self.monitor.app_refused_at = None;
            self.close_exception(ExceptionKind::AppRefused, now);
        }
    }

    pub(super) fn is_open(&self, kind: ExceptionKind) -> bool {
        self.open_exceptions().any(|exception| exception.kind == kind)
    }
}
