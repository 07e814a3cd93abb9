//! What a client of an outside service needs of the system that it runs on: the time, random numbers, and a store for its
//! secrets. Tests bring their own of each.

mod clock;
mod error;
mod manual_clock;
mod random;
mod secrets;
mod signature;
mod versioned;

pub use clock::{Clock, SystemClock};
pub use error::BackendError;
pub use manual_clock::ManualClock;
pub use random::{Random, SystemRandom};
pub use secrets::{Secret, SecretStore};
pub use signature::SignatureError;
pub use versioned::{Committed, Versioned};
