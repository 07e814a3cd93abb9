//! The verdict on an address.

use domain::CarrierText;

/// Whether mail is delivered to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressCheck {
    Deliverable {
        /// Whether people live there, where that is known: many services charge more for it.
        residential: Option<bool>,
    },
    /// Not deliverable, or not for certain.
    Undeliverable {
        /// The checker's codes, each once.
        reasons: Vec<String>,
        /// What the checker wrote.
        text: CarrierText,
    },
    /// The check can't tell: it stumbled over how the address is written, or knows no such country.
    NoVerdict {
        /// The checker's codes, each once.
        reasons: Vec<String>,
    },
}
