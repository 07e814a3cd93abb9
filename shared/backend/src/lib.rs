//! What a step needs from its surroundings, as narrow traits in the domain's terms.
//!
//! Two backends implement them: `backend-sqlite` for one machine, and `backend-aws`. Both pass the tests of `backend-contract`.

pub mod alarms;
mod backend;
pub mod batch;
pub mod catalogue;
pub mod cursor;
pub mod labels;
pub mod notifier;
pub mod orders;
pub mod processed_events;
pub mod queues;
pub mod shops;
pub mod voice;

pub use alarms::AlarmStore;
pub use backend::Backend;
pub use catalogue::CatalogueStore;
pub use cursor::Position;
pub use labels::LabelStore;
pub use notifier::{Notification, Notifier, NotifyError, NotifyOutcome};
pub use orders::{OrderFilter, OrderPage, OrderStore, RateOutcome};
pub use processed_events::ProcessedEventStore;
pub use queues::{DeadLetter, Queues, Received};
pub use shops::{ShopList, ShopStore};
pub use system::{BackendError, Committed, Versioned};
pub use voice::{VoiceCall, VoiceCalls};
