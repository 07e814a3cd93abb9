//! How a step works.
//!
//! A step loads an order, decides, performs at most one outside action, commits and sends. Its result decides what
//! becomes of the message: `Ok` acknowledges it, [`StepError`] has it delivered again.
//!
//! - [`load_shipment`] and [`load_shop`] fetch what a message names, or say that it is gone.
//! - [`update_order`] and its siblings commit a [`Change`], and decide again when somebody else committed first.
//! - [`Deferrer`] defers a shipment that something outside holds up.
//! - [`FailureScope`] is the one place that decides what a failed call to TikTok says of the whole shop.

mod call_error;
mod change;
mod defer;
mod error;
mod load;
mod outcome;
mod update;

pub use call_error::{CallError, FailureScope, record_call_failure};
pub use change::Change;
pub use defer::{Deferral, Deferrer};
pub use error::{Pause, StepError, error_chain};
pub use load::{StoredShipment, StoredShop, load_shipment, load_shop};
pub use outcome::MessageOutcome;
pub use update::{update_alarm, update_order, update_shop, upsert_order, upsert_shop};
