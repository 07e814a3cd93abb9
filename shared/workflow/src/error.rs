//! Why a step did not finish.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use backend::BackendError;
use domain::shipment::TransitionError;
use domain::{AccountId, OrderKey};

/// An outside service takes no more calls for now, and nothing was done. Whoever needs it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    pub after: Duration,
    /// The account that takes no more calls, so that what needs another one goes on. `None` where it is not known.
    pub account: Option<AccountId>,
}

impl Pause {
    /// TikTok takes no more calls for the shop.
    pub fn of_tiktok(after: Duration) -> Self {
        Self { after, account: Some(AccountId::platform()) }
    }
}

/// A step failed: its message is delivered again, and after too many deliveries ends as a dead letter. What a step can
/// handle (a refused purchase, a service that is down) is no failure of the step.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The state machine or the ledger forbids what the step wanted: a defect of the step.
    #[error(transparent)]
    Refused(#[from] TransitionError),
    /// Every race for the commit of this order, shop or alarm was lost.
    #[error("{0} was changed concurrently at every attempt")]
    Contention(String),
    /// An outside service accepts no more calls for now, and nothing was done. That is no failure: the message keeps its
    /// place and comes again after this time, and the delivery does not count against it.
    #[error("no call is allowed for {} ms", .0.after.as_millis())]
    Paused(Pause),
    /// Some items of a run failed. Each is in the log, and the others are done.
    #[error("{0} of the items due failed")]
    Partly(usize),
    #[error("TikTok does not show order {0}")]
    OrderNotShown(OrderKey),
}

impl StepError {
    /// True when a stored record cannot be read: a later attempt by this version finds the same.
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Backend(error) if error.is_corrupt())
    }
}

/// An error with all its causes on one line. Errors carry no personal data, so neither does this.
pub fn error_chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Writing to a String cannot fail.
        let _ = write!(line, ": {error}");
        cause = error.source();
    }
    line
}
