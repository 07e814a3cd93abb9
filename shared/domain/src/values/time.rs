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

/// How far two of our clocks may differ: an instant that is further ahead was stored before the clock was set back.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_secs(5);

/// True if `at` was less than `span` ago. What lies ahead says nothing of its age.
pub fn is_within(at: Timestamp, span: SignedDuration, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    age < span && age > -CLOCKS_DIFFER
}

/// Sets `at` to `now` where it is further ahead than `longest`, and could only be so far ahead by a clock that was set back
/// since. True if it was.
pub(crate) fn mend(at: &mut Timestamp, longest: SignedDuration, now: Timestamp) -> bool {
    let is_ahead = at.duration_since(now) > longest.saturating_add(CLOCKS_DIFFER);
    if is_ahead {
        *at = now;
    }
    is_ahead
}
