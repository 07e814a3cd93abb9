//! Carriers, their services and what these take.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::working_days::{self, Schedule};
use crate::measure::{Length, Weight};
use crate::parcel::Parcel;

/// A carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// United States Postal Service.
    Usps,
    /// United Parcel Service.
    Ups,
    /// FedEx.
    FedEx,
    /// DHL eCommerce Americas, which hands over to the postal service.
    DhlEcommerce,
    /// Amazon Shipping.
    Amazon,
    /// One that we know no limits of.
    Other,
}

impl Carrier {
    /// Every carrier that services are known of.
    pub const KNOWN: [Self; 5] = [Self::Usps, Self::Ups, Self::FedEx, Self::DhlEcommerce, Self::Amazon];

    /// Reads a carrier's name as aggregators give it. Production names carry the account type (`UPSDAP`,
    /// `FedExDefault`, `FedExSmartPost`), so the beginning decides and letter case does not.
    pub fn from_name(name: &str) -> Self {
        let name = normalised(name);
        let begins = |prefix: &str| name.starts_with(prefix);
        if begins("usps") {
            Self::Usps
        } else if begins("ups") {
            Self::Ups
        } else if begins("fedex") {
            Self::FedEx
        } else if begins("dhlecs") || begins("dhlecommerce") || begins("dhlglobalmail") {
            Self::DhlEcommerce
        } else if begins("amazon") {
            Self::Amazon
        } else {
            Self::Other
        }
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Usps => "USPS",
            Self::Ups => "UPS",
            Self::FedEx => "FedEx",
            Self::DhlEcommerce => "DHL eCommerce",
            Self::Amazon => "Amazon Shipping",
            Self::Other => "an unknown carrier",
        })
    }
}

/// A carrier's service, by a code without punctuation and letter case: `GroundAdvantage`, `groundadvantage` and
/// `GROUND_ADVANTAGE` are one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Service {
    /// The carrier.
    pub carrier: Carrier,
    /// The normalised code.
    pub code: String,
}

impl Service {
    /// Normalises `code`.
    pub fn new(carrier: Carrier, code: &str) -> Self {
        Self { carrier, code: normalised(code) }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.carrier, self.code)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match facts(self) {
            Some(facts) => f.write_str(facts.name),
            None => write!(f, "{self:?}"),
        }
    }
}

fn normalised(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What a service takes and where it goes.
#[derive(Debug)]
pub struct ServiceFacts {
    /// The carrier.
    pub carrier: Carrier,
    /// The normalised code.
    pub code: &'static str,
    /// The name that people know.
    pub name: &'static str,
    /// The heaviest parcel.
    pub weight_max: Weight,
    /// The longest side.
    pub length_max: Length,
    /// The most that length plus girth (twice width plus height) may be.
    pub length_and_girth_max: Length,
    /// Delivers to post office boxes and military addresses. The postal service does, and what is handed to it for
    /// the last mile. Whether a territory is served, each carrier says itself: it quotes a rate or none.
    pub postal: bool,
    /// The days on which it collects and delivers.
    pub schedule: Schedule,
}

const fn usps(code: &'static str, name: &'static str, girth_inches: u32) -> ServiceFacts {
    ServiceFacts {
        carrier: Carrier::Usps,
        code,
        name,
        weight_max: Weight::pounds(70),
        length_max: Length::inches(108),
        length_and_girth_max: Length::inches(girth_inches),
        postal: true,
        schedule: working_days::USPS,
    }
}

/// UPS and FedEx: 150 lb, 108 in, length plus girth 165 in. Express limits differ by service and come with the live
/// answer; these are the outer ones.
const fn street(carrier: Carrier, code: &'static str, name: &'static str) -> ServiceFacts {
    ServiceFacts {
        carrier,
        code,
        name,
        weight_max: Weight::pounds(150),
        length_max: Length::inches(108),
        length_and_girth_max: Length::inches(165),
        postal: false,
        schedule: working_days::BUSINESS_DAYS,
    }
}

/// Light parcels handed to the postal service: its own limits hold in the last mile.
const fn handed_over(carrier: Carrier, code: &'static str, name: &'static str, pounds: u32) -> ServiceFacts {
    ServiceFacts {
        carrier,
        code,
        name,
        weight_max: Weight::pounds(pounds),
        length_max: Length::inches(108),
        length_and_girth_max: Length::inches(130),
        postal: true,
        schedule: working_days::HANDED_OVER,
    }
}

/// The services that Punctual knows. Sources: USPS Ground Advantage 70 lb and 130 in, Priority Mail 70 lb and 108 in;
/// UPS and FedEx service guides 2026; DHL eCommerce sets its limits by contract, 25 lb is its published domestic one.
static SERVICES: [ServiceFacts; 24] = [
    usps("groundadvantage", "USPS Ground Advantage", 130),
    usps("first", "USPS First Class", 130),
    usps("priority", "USPS Priority Mail", 108),
    usps("express", "USPS Priority Mail Express", 108),
    street(Carrier::Ups, "ground", "UPS Ground"),
    street(Carrier::Ups, "3dayselect", "UPS 3 Day Select"),
    street(Carrier::Ups, "2nddayair", "UPS 2nd Day Air"),
    street(Carrier::Ups, "2nddayairam", "UPS 2nd Day Air A.M."),
    street(Carrier::Ups, "nextdayair", "UPS Next Day Air"),
    street(Carrier::Ups, "nextdayairsaver", "UPS Next Day Air Saver"),
    street(Carrier::Ups, "nextdayairearlyam", "UPS Next Day Air Early"),
    street(Carrier::FedEx, "fedexground", "FedEx Ground"),
    ServiceFacts {
        schedule: working_days::HOME_DELIVERY,
        ..street(Carrier::FedEx, "groundhomedelivery", "FedEx Home Delivery")
    },
    street(Carrier::FedEx, "fedexexpresssaver", "FedEx Express Saver"),
    street(Carrier::FedEx, "fedex2day", "FedEx 2Day"),
    street(Carrier::FedEx, "fedex2dayam", "FedEx 2Day A.M."),
    street(Carrier::FedEx, "standardovernight", "FedEx Standard Overnight"),
    street(Carrier::FedEx, "priorityovernight", "FedEx Priority Overnight"),
    street(Carrier::FedEx, "firstovernight", "FedEx First Overnight"),
    handed_over(Carrier::FedEx, "smartpost", "FedEx Ground Economy", 70),
    handed_over(Carrier::DhlEcommerce, "dhlparcelground", "DHL eCommerce Ground", 25),
    handed_over(Carrier::DhlEcommerce, "dhlparcelexpedited", "DHL eCommerce Expedited", 25),
    handed_over(Carrier::DhlEcommerce, "dhlparcelexpeditedmax", "DHL eCommerce Expedited Max", 25),
    ServiceFacts {
        schedule: working_days::EVERY_DAY,
        ..street(Carrier::Amazon, "amazonshippingground", "Amazon Shipping Ground")
    },
];

/// What is known of `service`; `None` for a service that is not in the table.
pub fn facts(service: &Service) -> Option<&'static ServiceFacts> {
    SERVICES.iter().find(|facts| facts.carrier == service.carrier && facts.code == service.code)
}

/// False for what is too heavy or too large for every service in the table: it can't be sent as one parcel.
pub fn taken_by_any_service(parcel: &Parcel) -> bool {
    SERVICES.iter().any(|facts| {
        parcel.weight <= facts.weight_max
            && parcel.dimensions.is_none_or(|box_| {
                box_.length <= facts.length_max && box_.length_and_girth() <= facts.length_and_girth_max
            })
    })
}
