//! What an order or a shop remembers of the alarms about it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alarm::AlarmKind;
use crate::exception::{Exception, ExceptionKind};
use crate::ids::AlarmId;
use crate::time::{later, mend};

/// An exception that opens again within this time of its alarm waits until the time is over: it may only flutter.
pub const REPEATED_AFTER: SignedDuration = SignedDuration::from_hours(6);

/// What people were told of may grow. They are told again, but not more often than this.
pub const GROWN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// An alarm that was raised about an order or a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaisedAlarm {
    pub kind: AlarmKind,
    pub alarm: AlarmId,
    pub at: Timestamp,
    /// The dispatch deadline that it was about.
    pub deadline: Option<Timestamp>,
}

/// When the last alarm about exceptions of `kind` was raised.
pub(crate) fn last_raised(raised: &[RaisedAlarm], kind: ExceptionKind) -> Option<Timestamp> {
    raised.iter().filter(|raised| raised.kind == AlarmKind::Exception(kind)).map(|raised| raised.at).max()
}

/// When the alarm of an open exception is due; `None` if it needs none, or one was raised since it opened.
fn due_at(exception: &Exception, raised: &[RaisedAlarm]) -> Option<Timestamp> {
    let after = exception.kind.notify_after().filter(|_| exception.closed_at.is_none())?;
    let due = later(exception.opened_at, after);
    match last_raised(raised, exception.kind) {
        None => Some(due),
        Some(last) if exception.opened_at <= last => None,
        Some(last) => Some(due.max(later(last, REPEATED_AFTER))),
    }
}

/// The kinds of open exceptions whose alarm is due by `until`, each once.
pub fn exceptions_due(
    exceptions: &[Exception],
    raised: &[RaisedAlarm],
    until: Timestamp,
) -> Vec<ExceptionKind> {
    let mut due = Vec::new();
    for exception in exceptions {
        let is_due = due_at(exception, raised).is_some_and(|at| at <= until);
        if is_due && !due.contains(&exception.kind) {
            due.push(exception.kind);
        }
    }
    due
}

/// When the first alarm about an exception is due.
pub fn first_exception_at(exceptions: &[Exception], raised: &[RaisedAlarm]) -> Option<Timestamp> {
    exceptions.iter().filter_map(|exception| due_at(exception, raised)).min()
}

/// Corrects times that were stored while the clock was ahead: until they are over, a new exception of the same kind would raise no
/// alarm. True if there were any.
pub(crate) fn mend_raised(raised: &mut [RaisedAlarm], now: Timestamp) -> bool {
    // Raised for the whole minute.
    let ahead = |raised: &mut RaisedAlarm| mend(&mut raised.at, SignedDuration::from_mins(1), now);
    raised.iter_mut().map(ahead).fold(false, |any, mended| any | mended)
}
