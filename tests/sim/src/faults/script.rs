//! Faults and pauses written down for single calls.

use std::collections::HashMap;

use super::pause::{Hold, PausePoint, Signal};
use super::{CallKind, CallRecord, Fault};

/// What is written down, each entry for one call.
#[derive(Debug, Default)]
pub(crate) struct Script {
    faults: HashMap<Place, Fault>,
    pauses: HashMap<Place, Hold>,
}

/// Which call is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    OfAll(u64),
    OfKind(CallKind, u64),
}

impl Script {
    pub(crate) fn on_call(&mut self, kind: CallKind, nth: u64, fault: Fault) {
        self.faults.insert(Place::OfKind(kind, nth), fault);
    }

    pub(crate) fn on_nth(&mut self, n: u64, fault: Fault) {
        self.faults.insert(Place::OfAll(n), fault);
    }

    pub(crate) fn pause_nth(&mut self, n: u64, point: PausePoint) -> Signal {
        self.pause(Place::OfAll(n), point)
    }

    pub(crate) fn pause_call(&mut self, kind: CallKind, nth: u64, point: PausePoint) -> Signal {
        self.pause(Place::OfKind(kind, nth), point)
    }

    fn pause(&mut self, place: Place, point: PausePoint) -> Signal {
        let (hold, signal) = Hold::new(point);
        self.pauses.insert(place, hold);
        signal
    }

    /// True when everything that was written down has come to pass.
    pub(crate) fn is_used_up(&self) -> bool {
        self.faults.is_empty() && self.pauses.is_empty()
    }

    /// What was written for this call; it is used up.
    pub(crate) fn take(&mut self, record: CallRecord) -> (Option<Fault>, Option<Hold>) {
        let places = [Place::OfAll(record.seq), Place::OfKind(record.kind, record.nth)];
        let fault = places.iter().find_map(|place| self.faults.remove(place));
        let pause = places.iter().find_map(|place| self.pauses.remove(place));
        (fault, pause)
    }
}
