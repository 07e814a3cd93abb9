//! What a step needs from its surroundings, as narrow traits in the domain's words.
//!
//! Two engines implement them: one SQLite file for one machine, and AWS. `contract` holds the tests that both pass.

pub mod alarms;
pub mod announcer;
pub mod batch;
pub mod catalogue;
pub mod clock;
pub mod contract;
pub mod cursor;
mod engine;
pub mod error;
pub mod labels;
pub mod notices;
pub mod orders;
pub mod queues;
pub mod random;
pub mod secrets;
pub mod shops;
pub mod voice;

pub use alarms::AlarmStore;
pub use announcer::{AnnounceError, Announced, Announcement, Announcer};
pub use catalogue::CatalogueStore;
pub use clock::{Clock, SystemClock};
pub use cursor::Position;
pub use engine::Engine;
pub use error::EngineError;
pub use labels::{LabelFile, LabelStore};
pub use notices::NoticeStore;
pub use orders::{Committed, OrderFilter, OrderPage, OrderStore, RateOutcome};
pub use queues::{DeadLetter, Queues, Received};
pub use random::{Random, SystemRandom};
pub use secrets::{Replaced, Secret, SecretStore};
pub use shops::{ShopList, ShopStore};
pub use voice::{VoiceCall, VoiceCalls};

/// A stored value with the version that a commit must name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// Grows with every commit; 0 means that nothing is stored yet.
    pub version: u64,
}
