//! TikTok rejects the app's calls, whatever they ask: an outage on our side, shown once, on the shop.

use jiff::{SignedDuration, Timestamp};

use super::Shop;
use crate::exception::ExceptionKind;

/// Rejections are recorded at most this often: thousands of orders may get the same one.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// After this time without a rejection TikTok accepts the calls again: what waits is retried every minute.
const OVER_AFTER: SignedDuration = SignedDuration::from_secs(90);

impl Shop {
    /// Records and shows that TikTok rejected the app; `why` is the error. False if that is already recorded.
    pub fn app_refused(&mut self, why: &str, now: Timestamp) -> bool {
        let age = self.monitor.app_refused_at.map(|at| now.duration_since(at));
        if age.is_some_and(|age| SignedDuration::ZERO <= age && age < NOTED_EVERY) {
            return false;
        }
        self.monitor.app_refused_at = Some(now);
        // Keep the first detail: every rejection names another call and request.
        if !self.is_open(ExceptionKind::AppRefused) {
            self.open_exception(ExceptionKind::AppRefused, format!("TikTok rejects our calls: {why}."), now);
        }
        true
    }

    /// Whether the rejections are over, and nobody has recorded that yet.
    pub fn app_is_taken_again(&self, now: Timestamp) -> bool {
        let age = self.monitor.app_refused_at.map(|at| now.duration_since(at));
        age.is_some_and(|age| age < SignedDuration::ZERO || age >= OVER_AFTER)
    }

    /// Closes the exception if no call was rejected lately.
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
