//! The verdict on an address.

use domain::CarrierText;

/// Whether a carrier delivers to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressCheck {
    /// It does.
    Deliverable {
        /// Whether people live there, where the carrier knows: many services charge more for it.
        residential: Option<bool>,
    },
    /// It does not, or not for certain.
    Undeliverable {
        /// The carrier's codes, each once.
        reasons: Vec<String>,
        /// What the carrier wrote.
        text: CarrierText,
    },
    /// The check can't tell: it stumbled over how the address is written, or knows no such country.
    NoVerdict {
        /// The carrier's codes, each once.
        reasons: Vec<String>,
    },
}
