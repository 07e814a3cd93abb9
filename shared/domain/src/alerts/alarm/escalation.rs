//! Escalation: alarms about an unshipped order go out 24, 12 and 6 hours before its dispatch deadline.

use jiff::{SignedDuration, Timestamp};

use crate::alarm::{AlarmKind, AlarmLevel, RaisedAlarm};
use crate::time::earlier;

/// A deadline that moves this much later starts the escalation again, because what was said about the old one is no
/// longer true. One that moves by less is the same deadline, so that nobody is notified twice.
pub const DEADLINE_MOVED_MIN: SignedDuration = SignedDuration::from_hours(6);

/// The next level for `deadline`, and when it is due. Of several that are due by `until` only the most urgent counts: for
/// an order that we hear about late there is one alarm.
pub fn next_level(
    deadline: Timestamp,
    raised: &[RaisedAlarm],
    until: Timestamp,
) -> Option<(AlarmLevel, Timestamp)> {
    let last = raised.iter().filter_map(|raised| match (raised.kind, raised.deadline) {
        (AlarmKind::Dispatch(level), Some(then)) if deadline.duration_since(then) < DEADLINE_MOVED_MIN => {
            Some(level)
        }
        (AlarmKind::Dispatch(_) | AlarmKind::Exception(_), _) => None,
    });
    let last = last.max();
    let open = AlarmLevel::ALL.into_iter().filter(|level| Some(*level) > last);
    let due_at = |level: AlarmLevel| earlier(deadline, level.before());
    let first = open.clone().next()?;
    let level = open.rev().find(|level| due_at(*level) <= until).unwrap_or(first);
    Some((level, due_at(level)))
}
