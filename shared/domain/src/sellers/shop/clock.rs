//! The machine's clock: times that were stored before it was set back, and its difference from TikTok's.

use jiff::{SignedDuration, Timestamp};

use super::Shop;
use crate::alarm::mend_raised;
use crate::exception::ExceptionKind;

/// A smaller difference between two clocks is normal.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// True if `at` lies in the future by any clock: it was stored before the clock was set back.
pub(crate) fn is_ahead(at: Timestamp, now: Timestamp) -> bool {
    at.duration_since(now) > TOLERANCE
}

impl Shop {
    /// Opens or closes the exception about a wrong clock: `ahead` is how far it is ahead of TikTok's.
    pub fn judge_clock(&mut self, ahead: SignedDuration, now: Timestamp) {
        let wrong = ahead.unsigned_abs();
        if wrong <= TOLERANCE.unsigned_abs() {
            return self.close_exception(ExceptionKind::ClockWrong, now);
        }
        // Keep the first detail: every measurement differs by a second.
        if !self.is_open(ExceptionKind::ClockWrong) {
            let way = if ahead.is_negative() { "behind" } else { "ahead of" };
            let detail = format!(
                "This machine's clock is wrong by {} s: it is {way} TikTok's. More than 30 s ahead or 5 minutes behind, \
                 TikTok rejects all calls; and deadlines are judged by this clock.",
                wrong.as_secs()
            );
            self.open_exception(ExceptionKind::ClockWrong, detail, now);
        }
    }

    /// Corrects times that were stored while the clock was ahead: what waits for some time to pass after them must not be held
    /// up. True if there were any.
    pub fn mend_times(&mut self, now: Timestamp) -> bool {
        let mut mended = self.poll.mend_times(now);
        let watch = &mut self.monitor;
        mended |= mend_raised(&mut watch.raised, now);
        for at in [&mut watch.comparison_begun_at, &mut watch.learnt_until, &mut watch.tokens_failing_since] {
            if at.is_some_and(|at| is_ahead(at, now)) {
                *at = None;
                mended = true;
            }
        }
        let exceptions = watch.exceptions.iter_mut().map(|exception| &mut exception.opened_at);
        let unread = watch.orders_unreadable.iter_mut().map(|unread| &mut unread.since);
        let compared = watch.compared.iter_mut().map(|compared| &mut compared.at);
        let raised = watch.raised.iter_mut().map(|raised| &mut raised.at);
        for at in exceptions.chain(unread).chain(compared).chain(raised) {
            if is_ahead(*at, now) {
                *at = now;
                mended = true;
            }
        }
        mended
    }
}
