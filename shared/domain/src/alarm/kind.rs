//! What an alarm is about.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::exception::ExceptionKind;
use crate::recipient::Channel;

/// How near the dispatch deadline of an unshipped order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// 24 hours before.
    #[serde(rename = "24h")]
    Day,
    /// 12 hours before.
    #[serde(rename = "12h")]
    HalfDay,
    /// 6 hours before.
    #[serde(rename = "6h")]
    SixHours,
}

impl Level {
    /// All levels, the earliest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::HalfDay, Self::SixHours];

    /// How long before the deadline it is raised.
    pub fn before(self) -> SignedDuration {
        match self {
            Self::Day => SignedDuration::from_hours(24),
            Self::HalfDay => SignedDuration::from_hours(12),
            Self::SixHours => SignedDuration::from_hours(6),
        }
    }
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmKind {
    /// Unshipped orders near their dispatch deadline.
    Dispatch(Level),
    /// An exception that people have to hear of.
    Exception(ExceptionKind),
}

impl AlarmKind {
    /// Its name in ids, attributes and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dispatch(Level::Day) => "dispatch_24h",
            Self::Dispatch(Level::HalfDay) => "dispatch_12h",
            Self::Dispatch(Level::SixHours) => "dispatch_6h",
            Self::Exception(kind) => kind.name(),
        }
    }

    /// The channels over which it is told to whoever can be reached there.
    pub fn channels(self) -> &'static [Channel] {
        use Channel::{Call, Email, Sms};
        match self {
            Self::Dispatch(Level::Day) => &[Email],
            Self::Dispatch(Level::HalfDay) => &[Email, Sms],
            Self::Dispatch(Level::SixHours) => &[Sms, Call],
            Self::Exception(
                ExceptionKind::DispatchMissed
                | ExceptionKind::NotScanned
                | ExceptionKind::CancelRequested
                | ExceptionKind::CancelAnswerDue
                | ExceptionKind::PurchaseUnknown
                | ExceptionKind::UploadRefused
                | ExceptionKind::ShopAuthorization
                | ExceptionKind::TokenRefreshFailing,
            ) => &[Email, Sms],
            Self::Exception(_) => &[Email],
        }
    }
}
