//! What became of a request.

use domain::OrderId;
use domain::remedy::RemedyRefused;
use serde::{Deserialize, Serialize};
use workflow::{StepError, error_chain};

/// What became of every order of a request. It holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// One entry an order, in the order in which the request first names them.
    pub outcomes: Vec<ItemOutcome>,
}

/// What became of one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemOutcome {
    /// The order.
    pub order: OrderId,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of a remedy, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was applied.
    Done {
        /// What follows, or what was asked for.
        what: String,
    },
    /// It does not fit the order, or TikTok said no: nothing was done, and the same again is refused again.
    Refused {
        /// Why.
        why: String,
    },
    /// It is not known to be done: it may be tried again, or has to be looked up where `why` says so.
    Failed {
        /// Why.
        why: String,
    },
}

/// Why a remedy was not applied.
#[derive(Debug)]
pub(crate) enum RemedyFailed {
    /// Nothing was done, and will not be.
    Refused(String),
    /// Nothing was done, but may be.
    Failed(String),
    /// It may have been done.
    Unknown(String),
}

impl RemedyFailed {
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }

    pub(crate) fn unknown_order() -> Self {
        Self::refused("the order is not known here")
    }
}

impl From<RemedyRefused> for RemedyFailed {
    fn from(why: RemedyRefused) -> Self {
        Self::Refused(why.to_string())
    }
}

impl From<StepError> for RemedyFailed {
    fn from(error: StepError) -> Self {
        Self::Failed(error_chain(&error))
    }
}
