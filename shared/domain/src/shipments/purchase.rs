//! The purchase ledger: one entry a purchase, and what may become of it.
//!
//! ```text
//! Intended -> InFlight{lease} -> Bought | Rejected | Unknown{since}
//! ```
//!
//! Nothing is bought from `Unknown`. Only evidence leads out of it: the label, found at the account that was asked, or that
//! account's own record showing, once a purchase must have settled, that there is none, or a person who has looked. The
//! purchase is `Intended` again then. Should the account's answer turn up after all, it is believed wherever it still can be.

mod journal;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use journal::{JournalEntry, PurchaseStep};

use crate::ids::PurchaseKey;
use crate::rates::ChosenQuote;
use crate::time::{later, mend};

/// The longest reference: every carrier's API takes so many characters.
const REFERENCE_CHARS_MAX: usize = 16;

/// The longest lease: longer than any account takes to answer. One that ends later was given before the clock was set back, and
/// whoever held it is given up.
const LEASE_MAX: SignedDuration = SignedDuration::from_mins(10);

/// One purchase of a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// Random, and committed before the account is asked.
    pub key: PurchaseKey,
    pub chosen: ChosenQuote,
    pub state: PurchaseState,
    /// How often the account was asked to sell.
    pub attempts: u32,
    /// When it was last asked to sell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// What was done and what came of it, the oldest first.
    pub journal: Vec<JournalEntry>,
}

/// Where a purchase stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum PurchaseState {
    /// The account has not been asked, or is known not to have received the request.
    Intended,
    /// Someone is asking the account, and waits for its answer until the lease ends.
    InFlight { lease_until: Timestamp },
    /// The label is paid for.
    Bought {
        /// Since when we know.
        at: Timestamp,
    },
    /// The account certainly did not sell.
    Rejected {
        /// Since when we know.
        at: Timestamp,
        /// Why, without personal data.
        reason: String,
    },
    /// Nobody knows whether the label is paid for.
    Unknown { since: Timestamp },
}

/// What happened to a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurchaseEvent {
    /// The account is about to be asked, and its answer is given up at the end of the lease.
    Start { lease_until: Timestamp },
    /// The request certainly never reached the account, or was turned away without a word on the label: too many calls, a key
    /// that is not accepted, no funds.
    NotSent { why: String },
    /// The account sold, or its record shows that it did.
    Bought,
    /// The account certainly did not sell.
    Rejected { reason: String },
    /// The answer is lost, late, broken or not understood, or whoever asked has died.
    Lost { why: String },
    /// The account's record shows no purchase, and was read after the settling time.
    ProvenAbsent,
    /// A person looked, and says that nothing was bought.
    RuledOut,
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
        let (state, journal) = (PurchaseState::Intended, Vec::new());
        Self { key, chosen, state, attempts: 0, sent_at: None, journal }
    }

    /// Our name for this purchase in the account's own lists, by which it is found again: made of the key, so no other
    /// purchase has it, and no personal data.
    pub fn reference(&self) -> String {
        let key = self.key.as_str().chars().filter(char::is_ascii_alphanumeric);
        key.take(REFERENCE_CHARS_MAX).map(|c| c.to_ascii_uppercase()).collect()
    }

    /// Until when somebody waits for the account's answer; `None` when nobody does at `now`.
    pub fn claimed_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state {
            PurchaseState::InFlight { lease_until } => {
                Some(lease_until).filter(|until| *until > now && *until <= later(now, LEASE_MAX))
            }
            PurchaseState::Intended
            | PurchaseState::Bought { .. }
            | PurchaseState::Rejected { .. }
            | PurchaseState::Unknown { .. } => None,
        }
    }

    /// Corrects times that were stored while the clock was ahead. True if there were any.
    pub(crate) fn mend_times(&mut self, now: Timestamp) -> bool {
        match &mut self.state {
            PurchaseState::InFlight { lease_until } => mend(lease_until, LEASE_MAX, now),
            PurchaseState::Unknown { since } => mend(since, SignedDuration::ZERO, now),
            PurchaseState::Intended | PurchaseState::Bought { .. } | PurchaseState::Rejected { .. } => false,
        }
    }

    /// True while it may still turn out to be paid.
    pub fn is_live(&self) -> bool {
        matches!(
            self.state,
            PurchaseState::Intended | PurchaseState::InFlight { .. } | PurchaseState::Unknown { .. }
        )
    }

    /// Takes `event` at `now`, and notes it in the journal. An event that is refused changes nothing.
    pub fn apply(&mut self, event: PurchaseEvent, now: Timestamp) -> Result<(), InvalidPurchaseTransition> {
        use PurchaseEvent as Event;
        use PurchaseState as State;
        let entry = JournalEntry::new(&event, now);
        let next = match (&self.state, event) {
            (State::Intended, Event::Start { lease_until }) => {
                self.attempts = self.attempts.saturating_add(1);
                self.sent_at = Some(now);
                State::InFlight { lease_until }
            }
            (State::InFlight { .. }, Event::NotSent { .. }) => State::Intended,
            (State::InFlight { .. } | State::Unknown { .. }, Event::Bought) => State::Bought { at: now },
            // Thought not to have sold, and it did: to doubt that would buy a second label.
            (State::Intended, Event::Bought) if self.attempts > 0 => State::Bought { at: now },
            (State::Intended | State::InFlight { .. }, Event::Rejected { reason }) => {
                State::Rejected { at: now, reason }
            }
            (State::InFlight { .. }, Event::Lost { .. }) => State::Unknown { since: now },
            (State::Unknown { since }, Event::Lost { .. }) => State::Unknown { since: (*since).min(now) },
            (State::Unknown { .. }, Event::ProvenAbsent | Event::RuledOut) => State::Intended,
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
        journal::note(&mut self.journal, entry);
        Ok(())
    }
}

impl PurchaseState {
    /// The state's name, as lists and logs show it.
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
    /// The event's name, as errors show it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::NotSent { .. } => "not_sent",
            Self::Bought => "bought",
            Self::Rejected { .. } => "rejected",
            Self::Lost { .. } => "lost",
            Self::ProvenAbsent => "proven_absent",
            Self::RuledOut => "ruled_out",
        }
    }
}
