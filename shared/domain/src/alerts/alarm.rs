//! Alarms: what people are woken for, when, over which channels, and with what text.
//!
//! An order or a shop knows which alarms are due ([`crate::record::OrderRecord::alarms_due`],
//! [`crate::shop::Shop::alarms_due`]). Whatever falls due for one shop and kind within one minute is one [`Alarm`], which
//! reaches each recipient once a channel. Where one cause stops order after order the span is longer
//! ([`AlarmKind::notify_every`]), so that a steady trickle does not become a stream of messages.

mod cause;
mod delivery;
mod escalation;
mod kind;
mod lifecycle;
mod raised;
mod text;

pub use cause::{AlarmCause, cause_of};
pub use delivery::{Delivery, DeliveryClaim, DeliveryOutcome, DeliveryState};
pub use escalation::{DEADLINE_MOVED_MIN, next_level};
pub use kind::{AlarmKind, AlarmLevel};
pub use lifecycle::{Alarm, AlarmPhase, BATCH_WINDOW, DELIVERED_WITHIN, RECHECK_EVERY};
pub use raised::{GROWN_AFTER, REPEATED_AFTER, RaisedAlarm, exceptions_due, first_exception_at};
pub(crate) use raised::{last_raised, mend_raised};
pub use text::{AlarmText, alarm_text};

use jiff::{SignedDuration, Timestamp};

use crate::time::later;

/// The start of the minute in which `now` lies.
///
/// Whatever falls due within a minute is sent together, as soon as the first sweep of that minute comes: up to a minute
/// early rather than in two messages.
pub fn minute_of(now: Timestamp) -> Timestamp {
    span_of(now, SignedDuration::from_mins(1))
}

/// The start of the span of this length in which `now` lies; spans are counted from 1970.
pub fn span_of(now: Timestamp, length: SignedDuration) -> Timestamp {
    let seconds = now.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(length.as_secs().max(1))).unwrap_or(now)
}

/// The last instant of the minute in which `now` lies.
pub fn horizon(now: Timestamp) -> Timestamp {
    later(minute_of(now), SignedDuration::from_millis(59_999))
}
