//! What an order or a shop remembers of the alarms that told of it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alarm::AlarmKind;
use crate::exception::{Exception, ExceptionKind};
use crate::ids::AlarmId;

/// An exception that closes and opens again within this time is not told again.
pub const REPEATED_AFTER: SignedDuration = SignedDuration::from_hours(6);

/// An alarm that tells of an order or a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// What it tells.
    pub kind: AlarmKind,
    /// The alarm.
    pub alarm: AlarmId,
    /// When it was raised.
    pub at: Timestamp,
    /// The dispatch deadline that it tells of.
    pub deadline: Option<Timestamp>,
}

/// When an open exception is to be told, if it is one that is told and has not been.
fn moment(exception: &Exception, raised: &[Raised]) -> Option<Timestamp> {
    let opened = exception.opened_at;
    let told = raised.iter().any(|raised| {
        raised.kind == AlarmKind::Exception(exception.kind)
            && opened.duration_since(raised.at) < REPEATED_AFTER
    });
    let after = exception.kind.notify_after().filter(|_| exception.closed_at.is_none() && !told)?;
    Some(opened.saturating_add(after).unwrap_or(Timestamp::MAX))
}

/// The kinds of open exceptions that are due to be told by `until`, each once.
pub fn exceptions_due(exceptions: &[Exception], raised: &[Raised], until: Timestamp) -> Vec<ExceptionKind> {
    let mut due = Vec::new();
    for exception in exceptions {
        let is_due = moment(exception, raised).is_some_and(|at| at <= until);
        if is_due && !due.contains(&exception.kind) {
            due.push(exception.kind);
        }
    }
    due
}

/// The moment of the first exception that is to be told.
pub fn first_exception_at(exceptions: &[Exception], raised: &[Raised]) -> Option<Timestamp> {
    exceptions.iter().filter_map(|exception| moment(exception, raised)).min()
}
