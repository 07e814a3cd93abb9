//! Why a step did not come to its end.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use backend::BackendError;
use domain::OrderKey;
use domain::shipment::TransitionError;

/// A step's failure: the message comes again, and after too many times it becomes a dead letter. What can be
/// handled (a refused purchase, a service that is down) is no failure of the step.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The state machine or the ledger forbids what the step wanted: a defect of the step.
    #[error(transparent)]
    Refused(#[from] TransitionError),
    /// Others kept committing the same order, shop or alarm, which is named.
    #[error("{0} was committed by others too often")]
    Contention(String),
    /// An outside service takes no more calls for now, and nothing was done. That is no failure: the message keeps its place
    /// and comes again after this time, and none of its deliveries counts.
    #[error("there is no turn for {} ms", .0.as_millis())]
    Paused(Duration),
    /// Some of a run failed; each is in the log, and the others were done.
    #[error("{0} of what was due failed")]
    Partly(usize),
    /// TikTok does not show an order that it told of.
    #[error("order {0} is not shown by TikTok")]
    OrderNotShown(OrderKey),
}

impl StepError {
    /// True when a stored record can't be read: a later attempt by this version finds the same.
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Backend(error) if error.is_corrupt())
    }
}

/// An error with all its causes in one line. Errors carry no personal data, so neither does this.
pub fn error_chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(line, ": {error}");
        cause = error.source();
    }
    line
}
