//! What a step needs from its surroundings, as narrow traits in the domain's words.
//!
//! Two engines implement them: one SQLite file for one machine, and AWS. `contract` holds the tests that both pass.

pub mod clock;
pub mod error;
pub mod secrets;

pub use clock::{Clock, SystemClock};
pub use error::EngineError;
pub use secrets::{Replaced, Secret, SecretStore};
