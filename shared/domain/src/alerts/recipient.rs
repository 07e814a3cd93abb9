//! People who are told of alarms: over which channels, in which language, and when not.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::ids::RecipientId;
use crate::private::Private;
use crate::zone::zone_by_name;

/// How somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// An e-mail.
    Email,
    /// A text message.
    Sms,
    /// A phone call, in which the text is read out.
    Call,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 3] = [Self::Email, Self::Sms, Self::Call];

    /// Its name in ids, attributes and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Call => "call",
        }
    }
}

/// The language in which somebody is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Chinese, in simplified characters; calls are read in Mandarin.
    #[serde(rename = "zh")]
    Chinese,
}

impl Language {
    /// ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }
}

/// The part of the day in which somebody wants not to be disturbed, by the clock on their wall: it begins when that
/// clock shows `from` and ends when it shows `to`, past midnight where `to` is the earlier one. So a time that a change
/// of the clock leaves out begins or ends nothing before the clock is past it, and one that it shows twice is quiet
/// both times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// The first quiet instant of the day, for example `22:00`.
    pub from: Time,
    /// The first instant that is no longer quiet, for example `07:00`.
    pub to: Time,
    /// The IANA name of the zone, one that [`zone_by_name`] knows.
    pub zone: String,
}

impl QuietHours {
    /// True when it is quiet at `at`; never in an unknown zone, which the settings refuse.
    pub fn contain(&self, at: Timestamp) -> bool {
        let Some(zone) = zone_by_name(&self.zone) else { return false };
        let now = at.to_zoned(zone).time();
        match self.from <= self.to {
            true => self.from <= now && now < self.to,
            false => self.from <= now || now < self.to,
        }
    }
}

/// Somebody who is told of alarms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// The name under which lists, logs and filters know them.
    pub id: RecipientId,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Private<String>>,
    /// In which language they are told.
    #[serde(default)]
    pub language: Language,
    /// Their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Private<String>>,
    /// Their number, in E.164 form: `+14155550100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Private<String>>,
    /// How they are told; without it over every channel for which there is an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Channel>>,
    /// When not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
    /// The day on which they agreed to be sent text messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms_consent: Option<Date>,
    /// The day on which they agreed to be called by a machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_consent: Option<Date>,
}

impl Recipient {
    /// Where they are reached over `channel`; `None` when they are not: no address, another choice of channels, or, for
    /// a text message or a call, no recorded consent.
    pub fn address(&self, channel: Channel) -> Option<&Private<String>> {
        if self.channels.as_ref().is_some_and(|chosen| !chosen.contains(&channel)) {
            return None;
        }
        match channel {
            Channel::Email => self.email.as_ref(),
            Channel::Sms => self.phone.as_ref().filter(|_| self.sms_consent.is_some()),
            Channel::Call => self.phone.as_ref().filter(|_| self.call_consent.is_some()),
        }
    }

    /// The zone in which they are shown instants: that of their quiet hours, else UTC.
    pub fn zone(&self) -> TimeZone {
        self.quiet.as_ref().and_then(|quiet| zone_by_name(&quiet.zone)).unwrap_or(TimeZone::UTC)
    }

    /// True when they want not to be disturbed at `at`.
    pub fn is_quiet(&self, at: Timestamp) -> bool {
        self.quiet.as_ref().is_some_and(|quiet| quiet.contain(at))
    }
}
