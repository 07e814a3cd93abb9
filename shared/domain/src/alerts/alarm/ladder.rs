//! The ladder: an unshipped order is told of 24, 12 and 6 hours before its dispatch deadline.

use jiff::{SignedDuration, Timestamp};

use crate::alarm::{AlarmKind, AlarmLevel, Raised};

/// A deadline that moves later by this much begins the ladder anew: what was said of the old one is no longer true.
/// One that moves by less is the same deadline, so that nobody is told twice.
pub const DEADLINE_MOVED_MIN: SignedDuration = SignedDuration::from_hours(6);

/// The next level for `deadline`, and its moment. Of several whose moment lies before `until` the most urgent is
/// the one: an order that we hear of late is told of once.
pub fn next_level(
    deadline: Timestamp,
    raised: &[Raised],
    until: Timestamp,
) -> Option<(AlarmLevel, Timestamp)> {
    let told = raised.iter().filter_map(|raised| match (raised.kind, raised.deadline) {
        (AlarmKind::Dispatch(level), Some(then)) if deadline.duration_since(then) < DEADLINE_MOVED_MIN => {
            Some(level)
        }
        _ => None,
    });
    let told = told.max();
    let open = AlarmLevel::ALL.into_iter().filter(|level| Some(*level) > told);
    let moment = |level: AlarmLevel| deadline.saturating_sub(level.before()).unwrap_or(Timestamp::MIN);
    let first = open.clone().next()?;
    let level = open.rev().find(|level| moment(*level) <= until).unwrap_or(first);
    Some((level, moment(level)))
}
