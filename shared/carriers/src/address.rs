//! The verdict on an address.

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
        /// The carrier's codes, each once. Never its text, which may quote the address.
        reasons: Vec<String>,
    },
    /// The check can't tell: it stumbled over how the address is written, or knows no such country.
    NoVerdict {
        /// The carrier's codes, each once.
        reasons: Vec<String>,
    },
}
