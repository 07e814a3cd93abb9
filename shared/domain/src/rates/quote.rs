//! What the carrier accounts offer.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::services::Service;
use super::ticket::Ticket;
use crate::account_id::AccountId;
use crate::ids::{CarrierAccountId, QuoteId};
use crate::money::Money;

/// One rate. The same service may come several times, from several accounts or contracts: the id tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The rate, as the account names it.
    pub id: QuoteId,
    pub service: Service,
    /// The account that offers it, and that is asked to sell it.
    pub account: AccountId,
    /// The carrier's contract that is billed.
    pub billed_to: CarrierAccountId,
    /// What [`Quote::account`] must be given back to sell it. It is kept for the quote that is bought, and empty elsewhere.
    #[serde(default, skip_serializing_if = "Ticket::is_empty")]
    pub ticket: Ticket,
    /// All that is charged.
    pub cost: Money,
    /// Days in transit, where the carrier says so.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub days: Option<u16>,
    /// The day on which it arrives, where the carrier names one, by the calendar of the place of delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrives_on: Option<Date>,
    /// The flat-rate packaging that it is for, if any. We pack in our own boxes.
    #[serde(default, skip_serializing_if = "crate::record::is_default")]
    pub packaging: Option<String>,
}

/// A carrier's own words of why it gave no rate. It comes inside an answer that is a success. Its `Debug` leaves the
/// words out all the same.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierMessage {
    /// The carrier, as it names itself.
    pub carrier: String,
    /// Its text, without what stands in the addresses ([`crate::CarrierText`]); empty when it said nothing.
    pub text: String,
}

impl fmt::Debug for CarrierMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CarrierMessage({})", self.carrier)
    }
}

/// Why an account gave no rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// It did not answer by the deadline.
    TimedOut,
    /// It accepts no more calls for now.
    Throttled,
    /// No connection, or no answer that can be used.
    Unreachable,
    /// It does not accept our credentials, or funds are missing.
    AccountRefused,
    /// It does not rate such a parcel.
    RequestRefused,
}

impl Silence {
    /// True when the account may answer a little later.
    pub fn passes(self) -> bool {
        match self {
            Self::TimedOut | Self::Throttled | Self::Unreachable => true,
            Self::AccountRefused | Self::RequestRefused => false,
        }
    }
}

/// An account that gave no rates while others did: what it sells is missing from the choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilentAccount {
    pub account: AccountId,
    pub why: Silence,
}

impl fmt::Display for SilentAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.why {
            Silence::TimedOut => "did not answer in time",
            Silence::Throttled => "accepts no more calls for now",
            Silence::Unreachable => "returned no usable answer",
            Silence::AccountRefused => "does not accept the account",
            Silence::RequestRefused => "does not rate this parcel",
        };
        write!(f, "{} {why}", self.account)
    }
}

/// What all accounts of a shop offer for a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotes {
    pub quotes: Vec<Quote>,
    /// Carriers that gave no rate.
    pub messages: Vec<CarrierMessage>,
    /// Accounts that gave no rate.
    pub silent: Vec<SilentAccount>,
    /// When the rates were asked for.
    pub asked_at: Timestamp,
}
