//! People who receive alarms: over which channels, in which language, and when not.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use strum::VariantArray as _;

use crate::ids::RecipientId;
use crate::private::Private;
use crate::zone::zone_by_name;

/// How somebody is notified.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Channel {
    Email,
    Sms,
    /// A phone call, in which the text is read out.
    Call,
}

impl Channel {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// Its name in ids, attributes and logs.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// How much of an alarm it tells.
    pub fn text_form(self) -> TextForm {
        match self {
            Self::Email => TextForm::Full,
            Self::Sms => TextForm::Short,
            Self::Call => TextForm::Spoken,
        }
    }
}

/// How much a message tells of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextForm {
    /// Everything: the causes, what to do, and the orders.
    Full,
    /// What happened and where the list is.
    Short,
    /// What happened. It is read out, so there is no address in it.
    Spoken,
}

/// The language in which somebody is notified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    /// Chinese, in simplified characters; calls are read in Mandarin.
    #[serde(rename = "zh")]
    Chinese,
}

impl Language {
    /// The language's code, ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }
}

/// The part of the day in which somebody does not want to be disturbed, by their wall clock: from `from` until `to`, past
/// midnight if `to` is the earlier one. If daylight saving time skips one of these times, it takes effect as soon as the
/// clock is past it; a time that the clock shows twice is quiet both times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// The first quiet instant of the day, for example `22:00`.
    pub from: Time,
    /// The first instant that is no longer quiet, for example `07:00`.
    pub to: Time,
    /// An IANA zone name that [`zone_by_name`] knows.
    pub zone: String,
}

impl QuietHours {
    /// True if it is quiet at `at`; never in an unknown zone, which the settings reject.
    pub fn contain(&self, at: Timestamp) -> bool {
        let Some(zone) = zone_by_name(&self.zone) else { return false };
        let now = at.to_zoned(zone).time();
        let (started, not_over) = (self.from <= now, now < self.to);
        if self.from <= self.to { started && not_over } else { started || not_over }
    }
}

/// Somebody who receives alarms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// The name under which lists, logs and filters know them.
    pub id: RecipientId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Private<String>>,
    #[serde(default)]
    pub language: Language,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Private<String>>,
    /// In E.164 form: `+14155550100`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Private<String>>,
    /// How they want to be notified; without it over every channel for which there is an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<Channel>>,
    /// When they must not be disturbed by text messages and calls.
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
    /// Where they are reached over `channel`; `None` if they are not: no address, another choice of channels, or, for a text
    /// message or a call, no recorded consent.
    pub fn address(&self, channel: Channel) -> Option<&Private<String>> {
        if self.channels.as_ref().is_some_and(|chosen| !chosen.contains(&channel)) {
            return None;
        }
        let has_consent = match channel {
            Channel::Email => true,
            Channel::Sms => self.sms_consent.is_some(),
            Channel::Call => self.call_consent.is_some(),
        };
        self.contact(channel).filter(|_| has_consent)
    }

    /// The address that `channel` needs, whether or not it may be used.
    pub(crate) fn contact(&self, channel: Channel) -> Option<&Private<String>> {
        match channel {
            Channel::Email => self.email.as_ref(),
            Channel::Sms | Channel::Call => self.phone.as_ref(),
        }
    }

    /// The zone in which times are shown to them: that of their quiet hours, else UTC.
    pub fn zone(&self) -> TimeZone {
        self.quiet.as_ref().and_then(|quiet| zone_by_name(&quiet.zone)).unwrap_or(TimeZone::UTC)
    }

    /// True if they do not want to be disturbed at `at`.
    pub fn is_quiet(&self, at: Timestamp) -> bool {
        self.quiet.as_ref().is_some_and(|quiet| quiet.contain(at))
    }
}
