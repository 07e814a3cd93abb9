//! What can go wrong at a carrier. No error holds an address, a key or a URL; what a carrier wrote is shown by none, and
//! can be had only without the addresses ([`CarrierText`]).

use std::fmt;
use std::time::Duration;

use domain::CarrierText;
use domain::retry::Retry;

use crate::call::Call;

/// The pause before a call that got no usable answer is made again.
const PAUSE_AFTER_LOSS: Duration = Duration::from_secs(5);

/// A carrier's error code, such as `SHIPMENT.POSTAGE.FAILURE`. Anything that does not look like a code is not kept: it
/// might quote personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    const LENGTH_MAX: usize = 80;

    /// Takes `text` if it looks like a code, else [`Code::none`].
    pub fn new(text: &str) -> Self {
        let is_code = !text.is_empty()
            && text.len() <= Self::LENGTH_MAX
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        if is_code { Self(text.to_owned()) } else { Self::none() }
    }

    /// No code was given.
    pub fn none() -> Self {
        Self("unspecified".to_owned())
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({})", self.0)
    }
}

/// Why a carrier refuses, by what helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Billing is missing or the balance is too low.
    #[error("funds are missing")]
    Funds,
    /// The key or account is not accepted.
    #[error("the key or account is not accepted")]
    Account,
    /// An address is not accepted.
    #[error("an address is not accepted")]
    Address,
    /// A field of an address is not written as the carrier's system takes it. It says nothing of the place.
    #[error("a field of an address is not acceptable")]
    AddressField,
    /// The rate or shipment is expired or unknown: ask for new quotes.
    #[error("the quote is gone")]
    QuoteGone,
    /// The carrier that moves the parcel said no.
    #[error("the carrier refuses with {code}")]
    Carrier {
        /// Its code.
        code: Code,
    },
    /// The request itself is not acceptable.
    #[error("the request is not acceptable")]
    Request,
}

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// A timeout or a broken connection after the request may have left.
    #[error("no answer came")]
    Transport(#[source] reqwest::Error),
    /// An answer that does not say what happened.
    #[error("the answer is HTTP {status} with code {code}")]
    Status {
        /// HTTP status.
        status: u16,
        /// The carrier's code.
        code: Code,
    },
    /// An answer that is cut off, too long or lacks what it must have.
    #[error("the answer can't be used: {0}")]
    Broken(&'static str),
}

/// Why a call other than a purchase failed.
#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    /// This carrier does not offer the call.
    #[error("{0} is not supported by this carrier")]
    Unsupported(Call),
    /// The request was not carried out: throttled, or no connection.
    #[error("{call} was not carried out")]
    NotSent {
        /// The call.
        call: Call,
        /// When to try again.
        after: Duration,
        /// Why there was no connection; `None` when throttled.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// The carrier refused.
    #[error("{call} was refused with HTTP {status}, code {code}: {reason}")]
    Refused {
        /// The call.
        call: Call,
        /// Why.
        reason: Refusal,
        /// HTTP status.
        status: u16,
        /// The carrier's code.
        code: Code,
        /// What the carrier wrote.
        text: CarrierText,
    },
    /// There is no usable answer.
    #[error("{call} has no usable answer")]
    Lost {
        /// The call.
        call: Call,
        /// Why.
        #[source]
        cause: Lost,
    },
}

impl CarrierError {
    /// What helps.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unsupported(_) | Self::Refused { .. } => Retry::Never,
            Self::NotSent { after, source: None, .. } => Retry::Paused(*after),
            Self::NotSent { after, .. } => Retry::After(*after),
            Self::Lost { call, .. } if call.is_repeatable() => Retry::After(PAUSE_AFTER_LOSS),
            Self::Lost { .. } => Retry::Reconcile,
        }
    }
}

/// Why a purchase gave no label.
#[derive(Debug, thiserror::Error)]
pub enum BuyError {
    /// The carrier refused: for certain nothing was bought.
    #[error("the purchase was refused with code {code}: {reason}")]
    Refused {
        /// Why.
        reason: Refusal,
        /// The carrier's code.
        code: Code,
        /// What the carrier wrote.
        text: CarrierText,
    },
    /// The purchase was not carried out: throttled, or no connection. For certain nothing was bought.
    #[error("the purchase was not sent")]
    NotSent {
        /// When to try again.
        after: Duration,
        /// Why there was no connection; `None` when throttled.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// It may have been bought: read it back, never buy again.
    #[error("the outcome of the purchase is unknown")]
    Unknown(#[source] Lost),
}

impl BuyError {
    /// What helps.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Refused { .. } => Retry::Never,
            Self::NotSent { after, source: None, .. } => Retry::Paused(*after),
            Self::NotSent { after, .. } => Retry::After(*after),
            Self::Unknown(_) => Retry::Reconcile,
        }
    }
}
