//! What there is to say about each kind of exception. The entries are in [`super::kinds`].

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::recipient::{Channel, Language};
use crate::remedy::RemedyKind;

/// How urgent an exception is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Worth knowing; the order is on its way.
    Notice,
    /// The order does not move until somebody acts.
    Blocking,
    /// Money or the shop's standing is at risk now.
    Urgent,
}

/// What closes an exception. People never close one by hand: they change what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// The shipment is no longer blocked by it.
    WhenUnblocked,
    /// The shipment's current step no longer fails.
    WhenOutageEnds,
    /// The shipment moves, or its label file is stored.
    WhenUnstuck,
    /// It is known whether the label was bought.
    WhenPurchaseIsKnown,
    /// The rate is given up, or the shipment is over.
    WhenRateIsGivenUp,
    /// The parcel is delivered, cancelled or shipped by somebody else.
    WhenShipmentIsOver,
    /// Every shipment of the order has its tracking number on TikTok. The sync closes it too.
    WhenOrderIsUploaded,
    /// The order no longer awaits dispatch.
    WhenOrderIsDispatched,
    /// A deadline or the lack of news opens it, and `OrderRecord::refresh_timed_exceptions` closes it.
    ByTime,
    /// Whatever step opened it for the shipment or the order closes it.
    ByStep,
    /// Belongs to the order as a whole; the sync closes it.
    OfOrder,
    /// Belongs to the shop as a whole; what watches the shop closes it.
    OfShop,
    /// It stays open: money was lost, and nobody should miss that.
    Never,
}

/// How and when recipients hear about an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotifyPolicy {
    /// The channels, for everyone who can be reached there.
    pub channels: &'static [Channel],
    /// How long it may be open before anyone is notified; `None` if it is only listed.
    pub after: Option<SignedDuration>,
    /// Orders of a shop that fall into the same span of this length share one message. The first is sent at once. A
    /// multiple of a minute that divides an hour, or a day.
    pub every: SignedDuration,
}

/// For most kinds an e-mail is enough: the alarms of the dispatch deadline escalate while nobody acts. One cause, such as
/// an account, a product or a rule, often stops order after order for hours, so those of a quarter of an hour go together.
pub(super) const EMAIL: NotifyPolicy = NotifyPolicy {
    channels: &[Channel::Email],
    after: Some(SignedDuration::ZERO),
    every: SignedDuration::from_mins(15),
};
/// A deadline is missed within hours, or every further order costs money or stands still.
pub(super) const EMAIL_AND_SMS: NotifyPolicy =
    NotifyPolicy { channels: &[Channel::Email, Channel::Sms], ..EMAIL };
/// Nobody is notified: the exception is only listed.
pub(super) const LISTED: NotifyPolicy = NotifyPolicy { after: None, ..EMAIL };

impl NotifyPolicy {
    /// It often passes by itself: nobody is notified before it has lasted this long.
    pub(super) const fn after_mins(self, minutes: i64) -> Self {
        Self { after: Some(SignedDuration::from_mins(minutes)), ..self }
    }

    /// Minutes count, or there is one shop and so one message anyway.
    pub(super) const fn each_minute(self) -> Self {
        Self { every: SignedDuration::from_mins(1), ..self }
    }

    /// It stays until somebody acts, and once a day is often enough.
    pub(super) const fn daily(self) -> Self {
        Self { every: SignedDuration::from_hours(24), ..self }
    }
}

/// What people read, in one language: the headline, which is one line without a full stop, and the advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionText(pub &'static str, pub &'static str);

/// Everything that depends on the kind of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionFacts {
    pub priority: Priority,
    pub notify: NotifyPolicy,
    pub ends: Ends,
    /// What a person can do about it here, the likeliest first. Empty for what concerns a shop or the installation:
    /// remedies are applied to orders.
    pub remedies: &'static [RemedyKind],
    pub english: ExceptionText,
    pub chinese: ExceptionText,
}

impl ExceptionFacts {
    /// What people read in `language`.
    pub fn text(&self, language: Language) -> ExceptionText {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }
}
