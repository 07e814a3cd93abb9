//! Instants that stop at the ends of the calendar instead of failing: no clock, duration or foreign date can overflow them.

use jiff::{SignedDuration, Timestamp};

/// `at` plus `by`, or the last instant there is.
pub fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// `at` minus `by`, or the first instant there is.
pub fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
