//! What the functions share.
//!
//! A step loads an order, decides, performs at most one outside action, commits and sends. Its result is the
//! message's: `Ok` acknowledges it, [`StepError`] has it delivered again.

mod authorization;
mod defer;
mod error;
mod outcome;
mod update;

pub use authorization::{app_refused, mark_unauthorized};
pub use defer::{Deferral, Deferrer};
pub use error::{StepError, error_chain};
pub use outcome::MessageOutcome;
pub use update::{update_alarm, update_order, update_shop, upsert_order};
