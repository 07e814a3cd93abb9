//! The outcome of a request.

use domain::OrderId;
use domain::remedy::RemedyRefused;
use serde::{Deserialize, Serialize};
use workflow::{StepError, error_chain};

/// The outcome of a request, order by order. It holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemedyReport {
    /// One entry an order, in the order in which the request first names them.
    pub outcomes: Vec<ItemOutcome>,
}

/// The outcome for one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemOutcome {
    pub order: OrderId,
    #[serde(flatten)]
    pub outcome: RemedyOutcome,
}

/// The outcome of a remedy, with a text for the person who applied it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RemedyOutcome {
    Done {
        /// What follows, or what was asked for.
        what: String,
    },
    /// It does not fit the order, or TikTok said no. Nothing was done, and the same request would be refused again.
    Refused { why: String },
    /// It is not known to have been done. It may be tried again, or has to be looked up where `why` says so.
    Failed { why: String },
}

/// Why a remedy was not applied.
#[derive(Debug)]
pub(crate) enum RemedyFailed {
    /// Nothing was done, and trying again does not help.
    Refused(String),
    /// Nothing was done, and trying again may help.
    Failed(String),
    /// It may have been done.
    Unknown(String),
}

impl RemedyFailed {
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }

    pub(crate) fn unknown_order() -> Self {
        Self::refused("Punctual does not know this order")
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
