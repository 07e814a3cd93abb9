//! What can go wrong with a call. No error holds a token, a URL, a body or personal data.

use std::fmt;
use std::time::Duration;

use domain::retry::Retry;
use system::BackendError;

use crate::call::CallName;
use crate::codes::{self, Meaning};

/// The pause before a call is repeated that got no usable answer.
const FAULT_PAUSE: Duration = Duration::from_secs(5);

/// The pause after a daily quota is used up. TikTok does not say when its day ends.
const DAILY_QUOTA_PAUSE: Duration = Duration::from_secs(3600);

/// Why there is no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No connection: nothing was sent.
    NotSent,
    /// A timeout or a lost connection, after the call may have been sent.
    NoAnswer,
    /// An answer that is cut off, too long, not JSON, or lacks something required.
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

/// What helps against an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing happened. The same call may be repeated after a pause.
    Retry,
    /// Too many calls for this shop. Nothing happened; the shop may be called again `after` this time.
    Throttled { after: Duration },
    /// It may have happened: read the state back before the call is repeated.
    RereadFirst,
    /// It was done already: read the state back, then count it as a success.
    AlreadyDone,
    /// The state of the order, the cancellation or the conversation does not allow it.
    OrderState,
    /// A reason or a text is not accepted. The same call with another one may be.
    ContentRefused,
    /// The tracking number or the provider is not accepted.
    TrackingRefused,
    /// The seller has to authorize the app again.
    Reauthorize,
    /// The seller has not granted a scope that the call needs.
    MissingScope,
    /// TikTok, or something in front of it, refuses the app whatever it asks. That is an outage of ours and says nothing of
    /// what was asked. Nothing happened; the same call may be repeated when a person has mended it.
    AppRefused,
    /// The call is wrong: a defect that a person has to mend.
    Bug,
    /// TikTok refuses with a code that this version does not know.
    Unknown,
}

/// An argument of a call that TikTok would refuse. Its content is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    CancellationId,
    ConversationId,
    DeliveryOptionId,
    EmptyText,
    IdempotencyKey,
    LineItems,
    LongText,
    OrderId,
    PackageId,
    ProductId,
    ProviderId,
    SkuId,
    TrackingNumber,
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CancellationId => "the cancellation's id",
            Self::ConversationId => "the conversation's id",
            Self::DeliveryOptionId => "the delivery option's id",
            Self::EmptyText => "an empty text",
            Self::IdempotencyKey => "the idempotency key",
            Self::LineItems => "the list of line items",
            Self::LongText => "a text of more than 2000 characters",
            Self::OrderId => "an order's id",
            Self::PackageId => "the package's id",
            Self::ProductId => "the product's id",
            Self::ProviderId => "the shipping provider's id",
            Self::SkuId => "a SKU's id",
            Self::TrackingNumber => "the tracking number",
        })
    }
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{call} was refused with code {code}{}, request {request_id}", Comment(message.as_deref()))]
    Refused {
        call: CallName,
        code: i64,
        /// Identifies the call to TikTok's support.
        request_id: String,
        status: u16,
        /// Whether TikTok's message is about something that is the same for every call of the app.
        names_app: bool,
        /// TikTok's message, only where it cannot quote an order or a person.
        message: Option<String>,
    },
    /// Too many calls: TikTok said so, or the limiter knows.
    #[error("{call} has to wait {} ms", after.as_millis())]
    Throttled { call: CallName, after: Duration },
    /// There is no usable answer.
    #[error("{call} {fault}")]
    Lost {
        call: CallName,
        fault: Fault,
        /// The transport's error, without the URL.
        #[source]
        source: Option<reqwest::Error>,
    },
    /// The call was not made because TikTok would refuse it.
    #[error("{call} was not made: {argument} is invalid")]
    Unacceptable { call: CallName, argument: Argument },
    /// There are no tokens for the seller.
    #[error("there are no tokens for this seller")]
    NotConnected,
    #[error("the tokens can't be read or stored")]
    Store(#[source] BackendError),
}

/// ` (words)`, or nothing.
struct Comment<'a>(Option<&'a str>);

impl fmt::Display for Comment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |words| write!(f, " ({words})"))
    }
}

impl Error {
    /// What helps against it.
    pub fn class(&self) -> Class {
        match self {
            Self::Refused { code: codes::UNACCEPTABLE, names_app: true, .. } => Class::AppRefused,
            Self::Refused { call, code, status, .. } => refused(*call, *code, *status),
            Self::Throttled { after, .. } => Class::Throttled { after: *after },
            Self::Lost { fault: Fault::NotSent, .. } => Class::Retry,
            Self::Lost { fault: Fault::Status(status), .. } if !is_servers(*status) => Class::AppRefused,
            Self::Lost { call, .. } => uncertain(*call),
            Self::Unacceptable { argument: Argument::TrackingNumber, .. } => Class::TrackingRefused,
            Self::Unacceptable { argument: Argument::LongText, .. } => Class::ContentRefused,
            Self::Unacceptable { .. } => Class::Bug,
            Self::NotConnected => Class::Reauthorize,
            // Also tokens that this version cannot read: it says nothing of what was asked.
            Self::Store(_) => Class::Retry,
        }
    }

    /// When the call may be repeated.
    pub fn retry(&self) -> Retry {
        match self.class() {
            Class::Retry | Class::AppRefused => Retry::After(FAULT_PAUSE),
            Class::Throttled { after } => Retry::Paused(after),
            Class::RereadFirst | Class::AlreadyDone => Retry::Reconcile,
            Class::OrderState
            | Class::ContentRefused
            | Class::TrackingRefused
            | Class::Reauthorize
            | Class::MissingScope
            | Class::Bug
            | Class::Unknown => Retry::Never,
        }
    }

    /// True when an unusable answer came. What was asked for may be the cause, such as one order of a page.
    pub fn is_broken_answer(&self) -> bool {
        matches!(self, Self::Lost { fault: Fault::BrokenAnswer, .. })
    }

    /// True when TikTok says that it failed itself. It may be out, or fail over one of the things that were asked for.
    pub fn is_server_fault(&self) -> bool {
        match self {
            Self::Lost { fault: Fault::Status(status), .. } => is_servers(*status),
            Self::Refused { code, status, .. } => match codes::meaning(*code) {
                Some(meaning) => meaning == Meaning::ServerFault,
                None => is_servers(*status),
            },
            Self::Lost { .. }
            | Self::Throttled { .. }
            | Self::Unacceptable { .. }
            | Self::NotConnected
            | Self::Store(_) => false,
        }
    }

    /// True when TikTok does not accept labels of this carrier, rather than this one number.
    pub fn refuses_carrier(&self) -> bool {
        self.code().is_some_and(codes::refuses_carrier)
    }

    /// The right that was not granted, such as "read orders", if that is why the call was refused.
    pub fn missing_right(&self) -> Option<&'static str> {
        match self {
            Self::Refused { call, .. } if self.class() == Class::MissingScope => Some(call.right()),
            _ => None,
        }
    }

    /// TikTok's code, where it gave one.
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

fn refused(call: CallName, code: i64, status: u16) -> Class {
    match codes::meaning(code) {
        Some(Meaning::Throttled) => Class::Throttled { after: FAULT_PAUSE },
        Some(Meaning::ServerFault) => uncertain(call),
        Some(Meaning::AlreadyDone) => Class::AlreadyDone,
        Some(Meaning::OrderState) => Class::OrderState,
        Some(Meaning::ContentRefused) => Class::ContentRefused,
        Some(Meaning::DailyQuota) => Class::Throttled { after: DAILY_QUOTA_PAUSE },
        Some(Meaning::TrackingRefused) => Class::TrackingRefused,
        // Only when a fresh token was refused as well.
        Some(Meaning::TokenExpired | Meaning::Reauthorize) => Class::Reauthorize,
        Some(Meaning::MissingScope) => Class::MissingScope,
        Some(Meaning::AppRefused) => Class::AppRefused,
        Some(Meaning::Bug) => Class::Bug,
        None if is_servers(status) => uncertain(call),
        // The gateway knows calls, but neither orders nor products.
        None if codes::is_from_gateway(code) => Class::AppRefused,
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
        check(CallName::TOKEN_REFRESH, 36_004_001, Class::Reauthorize);
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
