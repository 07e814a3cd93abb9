//! Carriers, their services and what these take.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::working_days::{self, Schedule};
use crate::measure::{Length, Weight};
use crate::parcel::Parcel;

/// The name of a service that TikTok chooses, for people.
const PLATFORM_NAME: &str = "TikTok Shipping";

/// A carrier that moves parcels, whoever sells its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carrier {
    /// United States Postal Service.
    Usps,
    Ups,
    FedEx,
    /// DHL eCommerce Americas, which hands over to the postal service.
    DhlEcommerce,
    Amazon,
    /// One that we know no limits of.
    Other,
}

impl Carrier {
    /// Every carrier that services are known of.
    pub const KNOWN: [Self; 5] = [Self::Usps, Self::Ups, Self::FedEx, Self::DhlEcommerce, Self::Amazon];
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

/// A carrier's service, by the name that the carrier itself gives it. Connectors translate their own codes into these.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Service {
    pub carrier: Carrier,
    /// The name without punctuation and letter case: `Ground Advantage`, `groundadvantage` and `GROUND_ADVANTAGE` are one.
    pub code: String,
}

impl Service {
    /// Reads the service's name in any spelling.
    pub fn new(carrier: Carrier, name: &str) -> Self {
        Self { carrier, code: normalized(name) }
    }

    /// A parcel with TikTok's own label, whose carrier TikTok has chosen and does not name.
    pub fn platform() -> Self {
        Self::new(Carrier::Other, PLATFORM_NAME)
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
            _ if *self == Self::platform() => f.write_str(PLATFORM_NAME),
            Some(facts) => f.write_str(facts.name),
            None => write!(f, "{self:?}"),
        }
    }
}

fn normalized(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What a service takes and where it goes.
#[derive(Debug)]
pub struct ServiceFacts {
    pub carrier: Carrier,
    /// The code of the service, as in [`Service::code`].
    pub code: &'static str,
    /// The name that people know.
    pub name: &'static str,
    pub weight_max: Weight,
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
const fn private_courier(carrier: Carrier, code: &'static str, name: &'static str) -> ServiceFacts {
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

/// The services that Punctual knows, by their carriers' names. Sources: USPS Ground Advantage 70 lb and 130 in, Priority Mail 70 lb and 108 in;
/// UPS and FedEx service guides 2026; DHL eCommerce sets its limits by contract, 25 lb is its published domestic one.
static SERVICES: [ServiceFacts; 24] = [
    usps("groundadvantage", "USPS Ground Advantage", 130),
    usps("firstclass", "USPS First Class", 130),
    usps("prioritymail", "USPS Priority Mail", 108),
    usps("prioritymailexpress", "USPS Priority Mail Express", 108),
    private_courier(Carrier::Ups, "ground", "UPS Ground"),
    private_courier(Carrier::Ups, "3dayselect", "UPS 3 Day Select"),
    private_courier(Carrier::Ups, "2nddayair", "UPS 2nd Day Air"),
    private_courier(Carrier::Ups, "2nddayairam", "UPS 2nd Day Air A.M."),
    private_courier(Carrier::Ups, "nextdayair", "UPS Next Day Air"),
    private_courier(Carrier::Ups, "nextdayairsaver", "UPS Next Day Air Saver"),
    private_courier(Carrier::Ups, "nextdayairearly", "UPS Next Day Air Early"),
    private_courier(Carrier::FedEx, "ground", "FedEx Ground"),
    ServiceFacts {
        schedule: working_days::HOME_DELIVERY,
        ..private_courier(Carrier::FedEx, "homedelivery", "FedEx Home Delivery")
    },
    private_courier(Carrier::FedEx, "expresssaver", "FedEx Express Saver"),
    private_courier(Carrier::FedEx, "2day", "FedEx 2Day"),
    private_courier(Carrier::FedEx, "2dayam", "FedEx 2Day A.M."),
    private_courier(Carrier::FedEx, "standardovernight", "FedEx Standard Overnight"),
    private_courier(Carrier::FedEx, "priorityovernight", "FedEx Priority Overnight"),
    private_courier(Carrier::FedEx, "firstovernight", "FedEx First Overnight"),
    handed_over(Carrier::FedEx, "groundeconomy", "FedEx Ground Economy", 70),
    handed_over(Carrier::DhlEcommerce, "ground", "DHL eCommerce Ground", 25),
    handed_over(Carrier::DhlEcommerce, "expedited", "DHL eCommerce Expedited", 25),
    handed_over(Carrier::DhlEcommerce, "expeditedmax", "DHL eCommerce Expedited Max", 25),
    ServiceFacts {
        schedule: working_days::EVERY_DAY,
        ..private_courier(Carrier::Amazon, "ground", "Amazon Shipping Ground")
    },
];

/// What is known of `service`; `None` for a service that is not in the table.
pub fn facts(service: &Service) -> Option<&'static ServiceFacts> {
    SERVICES.iter().find(|facts| facts.carrier == service.carrier && facts.code == service.code)
}

/// False when the parcel is too heavy or too large for every service in the table: it can't be sent as one parcel.
pub fn taken_by_any_service(parcel: &Parcel) -> bool {
    SERVICES.iter().any(|facts| {
        parcel.weight <= facts.weight_max
            && parcel.dimensions.is_none_or(|box_| {
                box_.length <= facts.length_max && box_.length_and_girth() <= facts.length_and_girth_max
            })
    })
}
