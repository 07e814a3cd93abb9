//! Exceptions: what a person has to look at. Conditions open and close them, and none is ever deleted while it is open.

mod facts;
mod kinds;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::ShipmentId;
use crate::recipient::{Channel, Language};
use crate::remedy::RemedyKind;

pub use facts::{Ends, ExceptionFacts, ExceptionText, NotifyPolicy, Priority};
pub use kinds::ExceptionKind;

impl ExceptionKind {
    /// How urgent it is.
    pub fn priority(self) -> Priority {
        self.facts().priority
    }

    /// How long it may be open before anyone is notified; `None` if it is only listed.
    pub fn notify_after(self) -> Option<SignedDuration> {
        self.facts().notify.after
    }

    /// The span within which the orders of a shop share one message, see [`NotifyPolicy::every`].
    pub fn notify_every(self) -> SignedDuration {
        self.facts().notify.every
    }

    /// The channels over which recipients hear about it.
    pub fn channels(self) -> &'static [Channel] {
        self.facts().notify.channels
    }

    /// What a person can do about it here, the likeliest first.
    pub fn remedies(self) -> &'static [RemedyKind] {
        self.facts().remedies
    }

    /// What is wrong, in one line without a full stop.
    pub fn headline(self, language: Language) -> &'static str {
        self.facts().text(language).0
    }

    /// What to do about it, and what happens by itself.
    pub fn advice(self, language: Language) -> &'static str {
        self.facts().text(language).1
    }
}

/// One exception of an order or a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    pub kind: ExceptionKind,
    /// `None` if it concerns the order or the shop as a whole.
    pub shipment: Option<ShipmentId>,
    /// What is known about it, without personal data.
    pub detail: String,
    pub opened_at: Timestamp,
    /// When its condition ended.
    pub closed_at: Option<Timestamp>,
    /// What was done about it, the latest last.
    #[serde(default)]
    pub history: Vec<HistoryEntry>,
}

/// Something that was done about an exception, or that changed in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub at: Timestamp,
    pub what: String,
}

/// An exception that changes for days must not outgrow its record.
const HISTORY_MAX: usize = 20;

impl Exception {
    /// How long it has been open, or was.
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        self.closed_at.unwrap_or(now).duration_since(self.opened_at)
    }

    /// Adds an entry to the history; the oldest one goes if there are too many.
    pub fn note(&mut self, what: impl Into<String>, now: Timestamp) {
        if self.history.len() >= HISTORY_MAX {
            self.history.remove(0);
        }
        self.history.push(HistoryEntry { at: now, what: what.into() });
    }

    /// True for the open exception of this kind and shipment.
    fn is(&self, kind: ExceptionKind, shipment: Option<&ShipmentId>) -> bool {
        self.closed_at.is_none() && self.kind == kind && self.shipment.as_ref() == shipment
    }
}

/// Opens an exception. One that is open already keeps its age and takes the new detail.
pub fn open(
    exceptions: &mut Vec<Exception>,
    kind: ExceptionKind,
    shipment: Option<&ShipmentId>,
    detail: String,
    now: Timestamp,
) {
    match exceptions.iter_mut().find(|exception| exception.is(kind, shipment)) {
        Some(exception) if exception.detail == detail => {}
        Some(exception) => {
            let before = std::mem::replace(&mut exception.detail, detail);
            exception.note(format!("Before: {before}"), now);
        }
        None => exceptions.push(Exception {
            kind,
            shipment: shipment.cloned(),
            detail,
            opened_at: now,
            closed_at: None,
            history: Vec::new(),
        }),
    }
}

/// Closes an exception if it is open.
pub fn close(
    exceptions: &mut [Exception],
    kind: ExceptionKind,
    shipment: Option<&ShipmentId>,
    now: Timestamp,
) {
    if let Some(exception) = exceptions.iter_mut().find(|exception| exception.is(kind, shipment)) {
        exception.closed_at = Some(now);
    }
}
