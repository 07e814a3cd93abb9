//! Open exceptions of a shop that grow: people hear of what came after the alarm, too.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Shop;
use crate::alarm::{AlarmKind, GROWN_AFTER, last_raised};
use crate::exception::ExceptionKind;
use crate::time::later;

/// How many dead letters a shop has, and of how many people were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterWatch {
    count: usize,
    told: usize,
}

impl DeadLetterWatch {
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Shop {
    /// Shows the shop's dead letters, counted by queue.
    pub fn show_dead_letters(&mut self, by_queue: &BTreeMap<&'static str, usize>, now: Timestamp) {
        let count = by_queue.values().sum();
        if count == 0 {
            self.monitor.dead_letters = DeadLetterWatch::default();
            return self.close_exception(ExceptionKind::DeadLetters, now);
        }
        self.monitor.dead_letters.count = count;
        let counts: Vec<String> =
            by_queue.iter().map(|(queue, count)| format!("{count} in {queue}")).collect();
        let detail = format!("Messages failed permanently: {}.", counts.join(", "));
        self.open_exception(ExceptionKind::DeadLetters, detail, now);
    }

    /// The exceptions whose alarm is due again by `until`, because there is more to tell than it told.
    pub(super) fn grown_by(&self, until: Timestamp) -> impl Iterator<Item = ExceptionKind> {
        let unread = self.monitor.orders_unreadable.iter().filter(|unread| !unread.is_told);
        let unread = unread.map(|unread| unread.since).min();
        let letters = self.monitor.dead_letters;
        let letters = (letters.count > letters.told).then_some(Timestamp::MIN);
        let grown = [(ExceptionKind::OrdersUnreadable, unread), (ExceptionKind::DeadLetters, letters)];
        grown.into_iter().filter_map(move |(kind, since)| {
            let open = self.open_exceptions().find(|open| open.kind == kind)?;
            // An exception of which nobody was told since it opened is due by itself.
            let last = last_raised(&self.monitor.raised, kind).filter(|last| open.opened_at <= *last)?;
            let due = later(since?, kind.notify_after()?).max(later(last, GROWN_AFTER));
            (due <= until).then_some(kind)
        })
    }

    /// Notes that an alarm of `kind` tells of all there is.
    pub(super) fn note_told(&mut self, kind: AlarmKind) {
        if kind == AlarmKind::Exception(ExceptionKind::OrdersUnreadable) {
            self.monitor.orders_unreadable.iter_mut().for_each(|unread| unread.is_told = true);
        }
        if kind == AlarmKind::Exception(ExceptionKind::DeadLetters) {
            let letters = &mut self.monitor.dead_letters;
            letters.told = letters.told.max(letters.count);
        }
    }
}
