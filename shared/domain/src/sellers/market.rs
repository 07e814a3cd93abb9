//! Markets: where an order was sold, and what differs there.

use serde::{Deserialize, Serialize};

/// A country in which TikTok Shop sells, by ISO 3166-1 alpha-2 (`GB` for the United Kingdom).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Market(String);

/// Which of TikTok's clocks decides that a dispatch was late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateBy {
    /// The order must be ready to ship (AWAITING_COLLECTION) by `rts_sla_time`.
    Ready,
    /// The carrier must have scanned the parcel (IN_TRANSIT) by `tts_sla_time`.
    Scan,
}

/// What a shipment with the seller's own label needs at TikTok.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnLabelCall {
    /// Mark Package As Shipped.
    MarkShipped,
    /// Ship Package with `self_shipment`, which this version does not speak.
    ShipPackage,
}

impl Market {
    /// Takes a region code of TikTok; letter case does not matter, `UK` is `GB`.
    pub fn new(region: &str) -> Self {
        match region.trim().to_ascii_uppercase().as_str() {
            "UK" => Self("GB".to_owned()),
            code => Self(code.to_owned()),
        }
    }

    /// The United States.
    pub fn united_states() -> Self {
        Self("US".to_owned())
    }

    /// The code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// True in the United States.
    pub fn is_united_states(&self) -> bool {
        self.0 == "US"
    }

    /// How an own label is told to TikTok (Fulfillment API overview, 2025-12).
    pub fn own_label_call(&self) -> OwnLabelCall {
        match self.0.as_str() {
            "US" | "GB" | "ES" | "IE" | "IT" | "DE" | "FR" | "JP" => OwnLabelCall::MarkShipped,
            _ => OwnLabelCall::ShipPackage,
        }
    }
}
