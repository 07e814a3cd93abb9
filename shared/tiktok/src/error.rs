//! What can go wrong at TikTok. No error holds a token, a URL, a body or personal data.

use std::fmt;
use std::time::Duration;

use domain::retry::Retry;
use system::BackendError;

use crate::call::CallName;
use crate::codes::{self, Meaning};

/// The pause before a call that got no usable answer is made again.
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(5);

/// The pause after the calls of a day are used up. TikTok does not say when its day ends.
const PAUSE_OF_A_DAY: Duration = Duration::from_secs(3600);

/// Why there is no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No connection: nothing was sent.
    NotSent,
    /// A timeout or a lost connection after the call may have left.
    NoAnswer,
    /// An answer that is cut off, too long, no JSON, or lacks what it must have.
    BrokenAnswer,
    /// An HTTP status without TikTok's envelope: something in front of the API answered.
    Status(u16),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent => f.write_str("was not sent"),
            Self::NoAnswer => f.write_str("got no answer"),
            Self::BrokenAnswer => f.write_str("got an answer that can't be used"),
            Self::Status(status) => write!(f, "was answered with HTTP {status} only"),
        }
    }
}

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing happened; the same call may be made again after a pause.
    Retry,
    /// TikTok wants fewer calls for this shop; nothing happened.
    Throttled {
        /// The pause until the shop may be asked again.
        after: Duration,
    },
    /// It may have happened: read the state before the call is made again.
    RereadFirst,
    /// It is done already: read the state, then count it as a success.
    AlreadyDone,
    /// The state of the order, the cancellation or the conversation forbids it.
    OrderState,
    /// A reason or a text is not accepted: the same call with another one may be.
    ContentRefused,
    /// The tracking number or the provider is not accepted.
    TrackingRefused,
    /// The seller has to authorise the app again.
    Reauthorise,
    /// The seller has not granted a scope that the call needs.
    MissingScope,
    /// TikTok, or what stands before it, refuses the app, whatever it asks: an outage of ours, and no word on what was
    /// asked. Nothing happened; the same call may be made again when a person has mended it.
    AppRefused,
    /// The call is wrong: a person has to mend it.
    Bug,
    /// TikTok refuses with a code that this version does not know.
    Unknown,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// TikTok refuses.
    #[error("{call} was refused with code {code}{}, request {request_id}", Comment(message.as_deref()))]
    Refused {
        /// The call.
        call: CallName,
        /// TikTok's code.
        code: i64,
        /// TikTok's name of the call, for its support.
        request_id: String,
        /// HTTP status.
        status: u16,
        /// Whether its words name what is the same for every call of the app.
        names_app: bool,
        /// TikTok's words, only where they can't quote an order or a person.
        message: Option<String>,
    },
    /// TikTok wants fewer calls, or the limiter knows that it would.
    #[error("{call} has to wait {} ms", after.as_millis())]
    Throttled {
        /// The call.
        call: CallName,
        /// The pause until the shop may be asked again.
        after: Duration,
    },
    /// There is no usable answer.
    #[error("{call} {fault}")]
    Lost {
        /// The call.
        call: CallName,
        /// Why.
        fault: Fault,
        /// The transport's error, without the URL.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// The call was not made because TikTok would refuse it.
    #[error("{call} was not made: {what} is not acceptable")]
    Unacceptable {
        /// The call.
        call: CallName,
        /// What is wrong, without its content.
        what: &'static str,
    },
    /// There are no tokens for the seller.
    #[error("there are no tokens for this seller")]
    NotConnected,
    /// The tokens can't be read or stored.
    #[error("the tokens can't be read or stored")]
    Store(#[source] BackendError),
}

/// `: words`, or nothing.
struct Comment<'a>(Option<&'a str>);

impl fmt::Display for Comment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |words| write!(f, " ({words})"))
    }
}

impl Error {
    /// What helps.
    pub fn class(&self) -> Class {
        match self {
            Self::Refused { code: codes::UNACCEPTABLE, names_app: true, .. } => Class::AppRefused,
            Self::Refused { call, code, status, .. } => refused(*call, *code, *status),
            Self::Throttled { after, .. } => Class::Throttled { after: *after },
            Self::Lost { fault: Fault::NotSent, .. } => Class::Retry,
            Self::Lost { fault: Fault::Status(status), .. } if !is_servers(*status) => Class::AppRefused,
            Self::Lost { call, .. } => uncertain(*call),
            Self::Unacceptable { what, .. } if *what == TRACKING_NUMBER => Class::TrackingRefused,
            Self::Unacceptable { what, .. } if *what == LONG_TEXT => Class::ContentRefused,
            Self::Unacceptable { .. } => Class::Bug,
            Self::NotConnected => Class::Reauthorise,
            // Also tokens that this version can't read: it is no word on what was asked.
            Self::Store(_) => Class::Retry,
        }
    }

    /// When to try again.
    pub fn retry(&self) -> Retry {
        match self.class() {
            Class::Retry | Class::AppRefused => Retry::After(PAUSE_AFTER_FAULT),
            Class::Throttled { after } => Retry::Paused(after),
            Class::RereadFirst | Class::AlreadyDone => Retry::Reconcile,
            Class::OrderState
            | Class::ContentRefused
            | Class::TrackingRefused
            | Class::Reauthorise
            | Class::MissingScope
            | Class::Bug
            | Class::Unknown => Retry::Never,
        }
    }

    /// True when an answer came that can't be used: what was asked for may be the cause, such as one order of a page.
    pub fn is_broken_answer(&self) -> bool {
        matches!(self, Self::Lost { fault: Fault::BrokenAnswer, .. })
    }

    /// True when TikTok does not accept labels of this carrier, rather than this one number.
    pub fn refuses_carrier(&self) -> bool {
        self.code().is_some_and(codes::refuses_carrier)
    }

    /// TikTok's code, if it gave one.
    pub fn code(&self) -> Option<i64> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    pub(crate) fn lost(call: CallName, fault: Fault) -> Self {
        Self::Lost { call, fault, source: None }
    }
}

/// What [`Error::Unacceptable`] calls a tracking number.
pub(crate) const TRACKING_NUMBER: &str = "the tracking number";

/// What [`Error::Unacceptable`] calls a message that TikTok would refuse for its length.
pub(crate) const LONG_TEXT: &str = "a text of more than 2000 characters";

fn refused(call: CallName, code: i64, status: u16) -> Class {
    match codes::meaning(code) {
        Some(Meaning::Throttled) => Class::Throttled { after: PAUSE_AFTER_FAULT },
        Some(Meaning::TikToksFault) => uncertain(call),
        Some(Meaning::AlreadyDone) => Class::AlreadyDone,
        Some(Meaning::OrderState) => Class::OrderState,
        Some(Meaning::ContentRefused) => Class::ContentRefused,
        Some(Meaning::DayUsedUp) => Class::Throttled { after: PAUSE_OF_A_DAY },
        Some(Meaning::TrackingRefused) => Class::TrackingRefused,
        // Only when a fresh token was refused as well.
        Some(Meaning::TokenExpired | Meaning::Reauthorise) => Class::Reauthorise,
        Some(Meaning::MissingScope) => Class::MissingScope,
        Some(Meaning::AppRefused) => Class::AppRefused,
        Some(Meaning::Bug) => Class::Bug,
        None if is_servers(status) => uncertain(call),
        // The gateway knows calls, and neither orders nor products.
        None if codes::is_gateways(code) => Class::AppRefused,
        None => Class::Unknown,
    }
}

fn uncertain(call: CallName) -> Class {
    if call.is_read() { Class::Retry } else { Class::RereadFirst }
}

fn is_servers(status: u16) -> bool {
    status >= 500
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::retry::Retry;

    use super::{Class, Error, Fault};
    use crate::call::CallName;

    #[track_caller]
    fn check(call: CallName, code: i64, expect: Class) {
        let (request_id, message) = ("r".into(), None);
        let error = Error::Refused { call, code, request_id, status: 200, names_app: false, message };
        assert_eq!(error.class(), expect, "{error}");
    }

    #[test]
    fn classifies_codes() {
        check(CallName::ORDER_DETAIL, 36_009_003, Class::Retry);
        check(CallName::MARK_SHIPPED, 36_009_003, Class::RereadFirst);
        check(CallName::MARK_SHIPPED, 21_011_020, Class::AlreadyDone);
        check(CallName::MARK_SHIPPED, 21_011_044, Class::OrderState);
        check(CallName::MARK_SHIPPED, 21_011_022, Class::TrackingRefused);
        check(CallName::CANCEL_ORDER, 25_001_011, Class::AlreadyDone);
        check(CallName::CANCEL_ORDER, 25_001_021, Class::ContentRefused);
        check(CallName::CANCELLATION_APPROVE, 25_001_028, Class::RereadFirst);
        check(CallName::CANCELLATION_APPROVE, 25_020_009, Class::OrderState);
        check(CallName::MESSAGE_SEND, 45_101_004, Class::Throttled { after: Duration::from_secs(3600) });
        check(CallName::MESSAGE_SEND, 45_101_006, Class::ContentRefused);
        check(CallName::MESSAGE_SEND, 45_109_001, Class::OrderState);
        check(CallName::ORDER_DETAIL, 105_005, Class::MissingScope);
        check(CallName::TOKEN_REFRESH, 36_004_001, Class::Reauthorise);
        check(CallName::MARK_SHIPPED, 106_001, Class::AppRefused);
        check(CallName::MARK_SHIPPED, 36_009_014, Class::AppRefused);
        check(CallName::PRODUCT, 36_009_999, Class::AppRefused);
        check(CallName::ORDER_DETAIL, 36_009_004, Class::Bug);
        check(CallName::ORDER_DETAIL, 42, Class::Unknown);
    }

    #[test]
    fn a_lost_write_is_read_back_and_a_lost_read_repeated() {
        let lost = |call, fault| Error::lost(call, fault).retry();
        let again = Retry::After(Duration::from_secs(5));
        assert_eq!(lost(CallName::ORDER_DETAIL, Fault::NoAnswer), again);
        assert_eq!(lost(CallName::MARK_SHIPPED, Fault::NoAnswer), Retry::Reconcile);
        assert_eq!(lost(CallName::MARK_SHIPPED, Fault::BrokenAnswer), Retry::Reconcile);
        assert_eq!(lost(CallName::MARK_SHIPPED, Fault::Status(502)), Retry::Reconcile);
        assert_eq!(lost(CallName::MARK_SHIPPED, Fault::Status(403)), again);
        assert_eq!(lost(CallName::MARK_SHIPPED, Fault::NotSent), again);
    }
}
