//! The limits of each carrier for addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Address;
use crate::rates::Carrier;

/// The longest line that every carrier accepts.
pub(super) const STREET_CHARS_COMMON: u16 = 35;
/// The longest line that the postal service accepts.
pub(super) const STREET_CHARS_MAX: u16 = 50;

/// Whose address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    Sender,
    Recipient,
}

/// A field of limited length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Name,
    Company,
    /// Either line of the street.
    Street,
    City,
}

/// Why a carrier does not accept an address. Its `Display` ends a sentence and shows no personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum AddressIssue {
    /// A field is longer than the carrier prints.
    TooLong { party: Party, field: Field, max: u16 },
    /// The carrier requires a phone number, and there is none.
    NoPhone { party: Party },
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sender => "sender",
            Self::Recipient => "recipient",
        })
    }
}

impl fmt::Display for AddressIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { party, field, max } => {
                let field = match field {
                    Field::Name => "name",
                    Field::Company => "company",
                    Field::Street => "street line",
                    Field::City => "city",
                };
                write!(f, "accepts no {field} longer than {max} characters, and the {party}'s is longer")
            }
            Self::NoPhone { party } => {
                write!(
                    f,
                    "needs a phone number for the {party}, and none is known (the setting label_phone provides one)"
                )
            }
        }
    }
}

/// Whose phone number a carrier requires.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phone {
    Optional,
    OfRecipient,
    OfBoth,
}

/// A carrier's limits: the most characters of a field, and whose phone number it requires.
struct AddressLimits {
    carrier: Carrier,
    name: u16,
    company: u16,
    street: u16,
    city: u16,
    phone: Phone,
}

/// A carrier without a row is not known to refuse anything. Aggregators have two lines for the street, so the third of UPS
/// and FedEx is never used. Sources:
///
/// * USPS Domestic Labels 3: `streetAddress` and `secondaryAddress` 50, `firm`, `firstName` and `lastName` 50, `city` 28;
///   a phone is optional.
/// * UPS `Shipping.yaml`: `AddressLine` 35, `Name` 35, `City` 30. The shipper's phone is needed abroad only. It says the
///   same of the recipient's, and for Next Day Air Early, but through an aggregator a label without a number of ten digits is
///   refused (`PhoneNumber`): it counts as needed.
/// * FedEx Ship 1: `streetLines` 35, `city` 35, names 35 by its older service guide. Each `contact` needs a phone: without
///   one the answer is `RECIPIENTCONTACT.PHONENUMBER.INVALID`, or the shipper's.
/// * Amazon Shipping 2: lines 60, name 50.
#[rustfmt::skip]
const LIMITS: [AddressLimits; 4] = [
    AddressLimits { carrier: Carrier::Usps, name: 50, company: 50, street: STREET_CHARS_MAX, city: 28, phone: Phone::Optional },
    AddressLimits { carrier: Carrier::Ups, name: 35, company: 35, street: STREET_CHARS_COMMON, city: 30, phone: Phone::OfRecipient },
    AddressLimits { carrier: Carrier::FedEx, name: 35, company: 35, street: STREET_CHARS_COMMON, city: 35, phone: Phone::OfBoth },
    AddressLimits { carrier: Carrier::Amazon, name: 50, company: 50, street: 60, city: 50, phone: Phone::Optional },
];

/// The first thing about the two label addresses that `carrier` does not accept.
pub fn address_issue(carrier: Carrier, from: &Address, to: &Address) -> Option<AddressIssue> {
    let limits = LIMITS.iter().find(|limits| limits.carrier == carrier)?;
    [(Party::Recipient, to), (Party::Sender, from)].into_iter().find_map(|(party, address)| {
        let fields = [
            (Field::Name, address.name.as_str(), limits.name),
            (Field::Company, address.company.as_deref().unwrap_or_default(), limits.company),
            (Field::Street, &address.street1, limits.street),
            (Field::Street, &address.street2, limits.street),
            (Field::City, &address.city, limits.city),
        ];
        let long = fields.into_iter().find(|(_, text, max)| text.chars().count() > usize::from(*max));
        let wanted = match limits.phone {
            Phone::Optional => false,
            Phone::OfRecipient => party == Party::Recipient,
            Phone::OfBoth => true,
        };
        match long {
            Some((field, _, max)) => Some(AddressIssue::TooLong { party, field, max }),
            None => (wanted && address.phone.is_empty()).then_some(AddressIssue::NoPhone { party }),
        }
    })
}
