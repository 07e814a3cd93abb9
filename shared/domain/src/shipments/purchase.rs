//! The purchase ledger: one entry a purchase, and what may become of it.
//!
//! ```text
//! Intended -> InFlight{attempt, lease} -> Bought | Rejected | Unknown{since}
//! ```
//!
//! From `Unknown` nothing is bought. Only evidence leads out: the label found at the carrier, or the carrier's own
//! record showing, after the time that a purchase may take to settle, that there is none; the purchase is `Intended`
//! again then. Should the carrier's answer turn up after all, it is believed wherever it still can be.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::PurchaseKey;
use crate::rates::ChosenQuote;

/// One purchase of a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The random key, committed before the carrier is called.
    pub key: PurchaseKey,
    /// What is bought.
    pub chosen: ChosenQuote,
    /// Where it stands.
    pub state: PurchaseState,
    /// How often the carrier was asked to sell.
    pub attempts: u32,
}

/// Where a purchase stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum PurchaseState {
    /// Overrides, the carrier has not been asked, or is known not to have got the request.
    Intended,
    /// The carrier is being asked by someone, until the lease ends.
    InFlight {
        /// After this instant nobody is waiting for the answer any more.
        lease_until: Timestamp,
    },
    /// The label is paid for.
    Bought {
        /// Since when we know.
        at: Timestamp,
    },
    /// The carrier certainly did not sell.
    Rejected {
        /// Since when we know.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// Nobody knows.
    Unknown {
        /// Since when.
        since: Timestamp,
    },
}

/// What happened to a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurchaseEvent {
    /// The carrier is about to be asked.
    Start {
        /// When the answer is given up.
        lease_until: Timestamp,
    },
    /// The request certainly never reached the carrier, or it was turned away unread (429).
    NotSent,
    /// The carrier sold, or its record shows that it did.
    Bought,
    /// The carrier certainly did not sell.
    Rejected {
        /// Why.
        reason: String,
    },
    /// The answer is lost, late, broken, or not understood; or whoever asked has died.
    Lost,
    /// The carrier's record shows no purchase, read after the settling time.
    ProvenAbsent,
}

/// An event that is illegal in a state: a defect, never a reason to buy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event} is illegal for a purchase in state {state}")]
pub struct InvalidPurchaseTransition {
    event: &'static str,
    state: &'static str,
}

impl Purchase {
    /// Enters a purchase into the ledger.
    pub fn intend(key: PurchaseKey, chosen: ChosenQuote) -> Self {
        Self { key, chosen, state: PurchaseState::Intended, attempts: 0 }
    }

    /// True while it may still turn out to be paid.
    pub fn is_live(&self) -> bool {
        matches!(
            self.state,
            PurchaseState::Intended | PurchaseState::InFlight { .. } | PurchaseState::Unknown { .. }
        )
    }

    /// Takes `event` at `now`.
    pub fn apply(&mut self, event: PurchaseEvent, now: Timestamp) -> Result<(), InvalidPurchaseTransition> {
        use PurchaseEvent as Event;
        use PurchaseState as State;
        let next = match (&self.state, event) {
            (State::Intended, Event::Start { lease_until }) => {
                self.attempts = self.attempts.saturating_add(1);
                State::InFlight { lease_until }
            }
            (State::InFlight { .. }, Event::NotSent) => State::Intended,
            (State::InFlight { .. } | State::Unknown { .. }, Event::Bought) => State::Bought { at: now },
            // Thought not to have sold, and it did: to doubt that would buy a second label.
            (State::Intended, Event::Bought) if self.attempts > 0 => State::Bought { at: now },
            (State::Intended | State::InFlight { .. }, Event::Rejected { reason }) => {
                State::Rejected { at: now, reason }
            }
            (State::InFlight { .. }, Event::Lost) => State::Unknown { since: now },
            (State::Unknown { since }, Event::Lost) => State::Unknown { since: *since },
            (State::Unknown { .. }, Event::ProvenAbsent) => State::Intended,
            (
                state @ (State::Intended
                | State::InFlight { .. }
                | State::Bought { .. }
                | State::Rejected { .. }
                | State::Unknown { .. }),
                event,
            ) => {
                return Err(InvalidPurchaseTransition { event: event.name(), state: state.name() });
            }
        };
        self.state = next;
        Ok(())
    }
}

impl PurchaseState {
    /// The state's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::InFlight { .. } => "in_flight",
            Self::Bought { .. } => "bought",
            Self::Rejected { .. } => "rejected",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl PurchaseEvent {
    /// The event's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::NotSent => "not_sent",
            Self::Bought => "bought",
            Self::Rejected { .. } => "rejected",
            Self::Lost => "lost",
            Self::ProvenAbsent => "proven_absent",
        }
    }
}
