//! Alarms: what people are woken for, when, over which channels, and in which words.
//!
//! An order or a shop says what is due to be told ([`crate::record::OrderRecord::alarms_due`],
//! [`crate::shop::Shop::alarms_due`]). What is due of one shop and kind in one minute is one [`Alarm`], which is told to
//! each recipient once a channel. A kind of which one cause brings order after order has one alarm in a longer span
//! ([`AlarmKind::notify_every`]), so that a steady trickle is no stream of messages.

mod cause;
mod delivery;
mod kind;
mod ladder;
mod lifecycle;
mod raised;
mod text;

pub use cause::{Cause, cause_of};
pub use delivery::{Delivery, DeliveryClaim, DeliveryOutcome, DeliveryState};
pub use kind::{AlarmKind, AlarmLevel};
pub use ladder::{DEADLINE_MOVED_MIN, next_level};
pub use lifecycle::{Alarm, AlarmPhase, BATCH_WINDOW, DELIVERED_WITHIN, RECHECK_EVERY};
pub use raised::{REPEATED_AFTER, Raised, exceptions_due, first_exception_at};
pub use text::{AlarmText, alarm_text};

use jiff::{SignedDuration, Timestamp};

/// The whole minute in which `now` lies.
///
/// What falls due within it is told together, as soon as the first sweep of the minute comes: up to a minute early
/// rather than in two messages.
pub fn minute_of(now: Timestamp) -> Timestamp {
    span_of(now, SignedDuration::from_mins(1))
}

/// The beginning of the span of this length in which `now` lies; spans are counted from 1970.
pub fn span_of(now: Timestamp, length: SignedDuration) -> Timestamp {
    let seconds = now.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(length.as_secs().max(1))).unwrap_or(now)
}

/// The last instant of the minute in which `now` lies.
pub fn horizon(now: Timestamp) -> Timestamp {
    minute_of(now).saturating_add(SignedDuration::from_millis(59_999)).unwrap_or(Timestamp::MAX)
}
