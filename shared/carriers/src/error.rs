//! What can go wrong at an account. No error holds an address, a key or a URL, and none shows what a carrier wrote: that can be
//! had only without the addresses ([`CarrierText`]).

use std::fmt;
use std::time::Duration;

use domain::CarrierText;
use domain::rates::Silence;
use domain::retry::Retry;

use crate::call::CarrierCall;
use crate::capabilities::Feature;

/// The pause before a call that got no usable answer is made again.
const PAUSE_AFTER_LOSS: Duration = Duration::from_secs(5);
/// The pause before an account that did not accept its key, or had no funds, is asked again: a person has to mend it.
const PAUSE_ACCOUNT_REFUSED: Duration = Duration::from_secs(60);

/// A carrier's error code, such as `SHIPMENT.POSTAGE.FAILURE`. Anything that does not look like a code is not kept: it
/// might quote personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct CarrierCode(String);

impl CarrierCode {
    const LENGTH_MAX: usize = 80;

    /// Takes `text` if it looks like a code, else [`CarrierCode::none`].
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

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CarrierCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CarrierCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CarrierCode({})", self.0)
    }
}

/// Why an account refuses, by what helps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Billing is missing or the balance is too low.
    #[error("the funds are insufficient")]
    Funds,
    #[error("the key or account was rejected")]
    Account,
    #[error("an address was rejected")]
    Address,
    /// A field of an address is not written as the account's API takes it. That says nothing of the place.
    #[error("a field of an address is invalid")]
    AddressField,
    /// The rate or its ticket is expired or unknown: ask for new quotes.
    #[error("the quote has expired or is unknown")]
    QuoteGone,
    /// The carrier that moves the parcel said no.
    #[error("the carrier refused with code {code}")]
    Carrier { code: CarrierCode },
    /// The order is in a state in which nothing is sold for it: read it back before anything else.
    #[error("the order's state does not allow it")]
    OrderState,
    /// Something else has to be done first, outside of Punctual.
    #[error("something else has to be done first")]
    Precondition,
    /// The request itself is not acceptable.
    #[error("the request is invalid")]
    Request,
}

impl Rejection {
    /// True when it says something of the account and nothing of the order: every order meets it until a person has mended
    /// the account, and none after that.
    pub fn is_about_account(&self) -> bool {
        match self {
            Self::Funds | Self::Account => true,
            Self::Address
            | Self::AddressField
            | Self::QuoteGone
            | Self::Carrier { .. }
            | Self::OrderState
            | Self::Precondition
            | Self::Request => false,
        }
    }
}

/// Why there is no usable answer: whatever was asked for may have been done.
#[derive(Debug, thiserror::Error)]
pub enum UnknownOutcome {
    /// A timeout or a broken connection after the request may have left.
    #[error("there was no answer")]
    Transport(#[source] reqwest::Error),
    /// An answer that does not say what happened.
    #[error("the answer was HTTP {status} with code {code}")]
    Status { status: u16, code: CarrierCode },
    /// An answer that is cut off, too long or lacks what it must have.
    #[error("the answer can't be used: {0}")]
    Broken(&'static str),
}

/// Why a call other than a purchase failed.
#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    /// The account does not offer this.
    #[error("{0} is not offered by this account")]
    Unsupported(Feature),
    /// The request was not carried out: throttled, or no connection.
    #[error("{call} was not carried out")]
    NotSent {
        call: CarrierCall,
        /// When to try again.
        after: Duration,
        /// Why there was no connection; `None` when throttled.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// The deadline passed before there was an answer.
    #[error("{0} was not answered by the deadline")]
    Late(CarrierCall),
    #[error("{call} was refused with HTTP {status}, code {code}: {reason}")]
    Rejected {
        call: CarrierCall,
        reason: Rejection,
        status: u16,
        code: CarrierCode,
        /// What the carrier wrote.
        text: CarrierText,
    },
    /// There is no usable answer.
    #[error("{call} has no usable answer")]
    Unknown {
        call: CarrierCall,
        #[source]
        cause: UnknownOutcome,
    },
}

impl CarrierError {
    /// True when the account was refused, whatever was asked of it.
    pub fn is_about_account(&self) -> bool {
        matches!(self, Self::Rejected { reason, .. } if reason.is_about_account())
    }

    /// Whether another attempt can help, and when; or that the outcome has to be read back first.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Rejected { reason, .. } if reason.is_about_account() => Retry::After(PAUSE_ACCOUNT_REFUSED),
            Self::Unsupported(_) | Self::Rejected { .. } => Retry::Never,
            Self::NotSent { after, source: None, .. } => Retry::Paused(*after),
            Self::NotSent { after, .. } => Retry::After(*after),
            Self::Late(call) | Self::Unknown { call, .. } if call.is_repeatable() => {
                Retry::After(PAUSE_AFTER_LOSS)
            }
            Self::Late(_) | Self::Unknown { .. } => Retry::Reconcile,
        }
    }

    /// What a decision says of an account whose quotes failed like this.
    pub fn silence(&self) -> Silence {
        match self {
            Self::Late(_) => Silence::TimedOut,
            Self::Unknown { cause: UnknownOutcome::Transport(error), .. } if error.is_timeout() => {
                Silence::TimedOut
            }
            Self::NotSent { source: None, .. } => Silence::Throttled,
            Self::NotSent { .. } | Self::Unknown { .. } => Silence::Unreachable,
            Self::Rejected { reason, .. } if reason.is_about_account() => Silence::AccountRefused,
            Self::Rejected { .. } | Self::Unsupported(_) => Silence::RequestRefused,
        }
    }
}

/// Why a purchase gave no label.
#[derive(Debug, thiserror::Error)]
pub enum BuyError {
    /// The account refused: for certain nothing was bought.
    #[error("the purchase was refused with code {code}: {reason}")]
    Rejected {
        reason: Rejection,
        code: CarrierCode,
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
    Unknown(#[source] UnknownOutcome),
}

impl BuyError {
    /// True when the account refused for a reason that says nothing of the order.
    pub fn is_about_account(&self) -> bool {
        matches!(self, Self::Rejected { reason, .. } if reason.is_about_account())
    }

    /// Whether another attempt can help, and when; or that the outcome has to be read back first.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Rejected { .. } if self.is_about_account() => Retry::After(PAUSE_ACCOUNT_REFUSED),
            Self::Rejected { .. } => Retry::Never,
            Self::NotSent { after, source: None, .. } => Retry::Paused(*after),
            Self::NotSent { after, .. } => Retry::After(*after),
            Self::Unknown(_) => Retry::Reconcile,
        }
    }
}
