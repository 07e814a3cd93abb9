//! The machine's clock: what it stored before it was set back, and how far it is from TikTok's.

use jiff::{SignedDuration, Timestamp};

use super::Shop;
use crate::exception::ExceptionKind;

/// The clocks of two machines may differ so much without being wrong.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// True when `at` is later than any clock says now: it was stored before the clock was set back.
pub(crate) fn is_ahead(at: Timestamp, now: Timestamp) -> bool {
    at.duration_since(now) > TOLERANCE
}

impl Shop {
    /// Shows whether the machine's clock is wrong: `ahead` is how far it is ahead of the clock of TikTok's answers.
    pub fn judge_clock(&mut self, ahead: SignedDuration, now: Timestamp) {
        let wrong = ahead.unsigned_abs();
        if wrong <= TOLERANCE.unsigned_abs() {
            return self.close_exception(ExceptionKind::ClockWrong, now);
        }
        // The first measure stands: each differs by a second.
        if !self.is_open(ExceptionKind::ClockWrong) {
            let way = if ahead.is_negative() { "behind" } else { "ahead of" };
            let detail = format!(
                "The clock of this machine is wrong by {} s: it is {way} TikTok's. Beyond 30 s ahead or 5 minutes behind \
                 TikTok refuses all calls, and deadlines are judged by this clock.",
                wrong.as_secs()
            );
            self.open_exception(ExceptionKind::ClockWrong, detail, now);
        }
    }

    /// Mends what a clock that was ahead has stored: instants that have not come yet must not stop what waits for so much
    /// time to pass after them. True when there was any.
    pub fn mend_times(&mut self, now: Timestamp) -> bool {
        let mut mended = self.poll.mend_times(now);
        let watch = &mut self.monitor;
        for at in [&mut watch.comparison_begun_at, &mut watch.learnt_until, &mut watch.tokens_failing_since] {
            if at.is_some_and(|at| is_ahead(at, now)) {
                *at = None;
                mended = true;
            }
        }
        let exceptions = watch.exceptions.iter_mut().map(|exception| &mut exception.opened_at);
        let unread = watch.orders_unreadable.iter_mut().map(|unread| &mut unread.since);
        let compared = watch.compared.iter_mut().map(|compared| &mut compared.at);
        for at in exceptions.chain(unread).chain(compared) {
            if is_ahead(*at, now) {
                *at = now;
                mended = true;
            }
        }
        mended
    }
}
