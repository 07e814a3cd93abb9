//! What a carrier offers.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::services::Service;
use crate::ids::{CarrierAccountId, CarrierShipmentId, QuoteId};
use crate::money::Money;

/// One rate. The same service may come several times, once for each account: the id tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The rate at the carrier.
    pub id: QuoteId,
    /// What is offered.
    pub service: Service,
    /// The account it is billed to.
    pub account: CarrierAccountId,
    /// All that is charged.
    pub cost: Money,
    /// Days in transit, where the carrier says so.
    pub days: Option<u16>,
    /// The day on which it arrives, where the carrier names one, by the calendar of the place it is delivered to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrives_on: Option<Date>,
    /// The flat-rate packaging that it is for, if any. We pack in our own boxes.
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

/// The answer to a request for rates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotes {
    /// The shipment that was made at the carrier to get them; nothing is paid for it yet.
    pub carrier_shipment: CarrierShipmentId,
    /// The rates.
    pub quotes: Vec<Quote>,
    /// Carriers that gave none.
    pub messages: Vec<CarrierMessage>,
    /// When they were asked for.
    pub asked_at: Timestamp,
}
