//! What an alarm is about.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::exception::ExceptionKind;
use crate::recipient::Channel;

/// How near the dispatch deadline of an unshipped order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AlarmLevel {
    /// 24 hours before the deadline.
    #[serde(rename = "24h")]
    Day,
    /// 12 hours before the deadline.
    #[serde(rename = "12h")]
    HalfDay,
    /// 6 hours before the deadline.
    #[serde(rename = "6h")]
    SixHours,
}

impl AlarmLevel {
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
    Dispatch(AlarmLevel),
    /// An exception that people have to hear about.
    Exception(ExceptionKind),
}

impl AlarmKind {
    /// Its name in ids, attributes and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dispatch(AlarmLevel::Day) => "dispatch_24h",
            Self::Dispatch(AlarmLevel::HalfDay) => "dispatch_12h",
            Self::Dispatch(AlarmLevel::SixHours) => "dispatch_6h",
            Self::Exception(kind) => kind.name(),
        }
    }

    /// One message covers everything that falls due within a span of this length.
    pub fn notify_every(self) -> SignedDuration {
        match self {
            Self::Dispatch(_) => SignedDuration::from_mins(1),
            Self::Exception(kind) => kind.notify_every(),
        }
    }

    /// The channels over which everyone who can be reached there is notified.
    pub fn channels(self) -> &'static [Channel] {
        use Channel::{Call, Email, Sms};
        match self {
            Self::Dispatch(AlarmLevel::Day) => &[Email],
            Self::Dispatch(AlarmLevel::HalfDay) => &[Email, Sms],
            Self::Dispatch(AlarmLevel::SixHours) => &[Sms, Call],
            Self::Exception(kind) => kind.channels(),
        }
    }
}
