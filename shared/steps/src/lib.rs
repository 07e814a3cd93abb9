//! What the functions share.
//!
//! A step loads an order, decides, performs at most one outside action, commits and sends. Its result is the
//! message's: `Ok` acknowledges it, [`StepError`] has it delivered again.

mod authorization;
mod change;
mod error;
mod put_off;

pub use authorization::{app_refused, lose_authorization};
pub use change::{change, change_alarm, change_existing, change_shop};
pub use error::{StepError, chain};
pub use put_off::{PutOff, Setback};
