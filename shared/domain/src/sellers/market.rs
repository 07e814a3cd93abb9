//! Markets: where an order was sold, and what differs there. Each market has one entry, in `facts.rs`.

pub(crate) mod facts;

use serde::{Deserialize, Serialize};

pub use facts::{LateBy, MARKETS, MarketFacts};

/// A country in which TikTok Shop sells, by ISO 3166-1 alpha-2 (`GB` for the United Kingdom).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Market(String);

impl Market {
    /// Takes a region code of TikTok; letter case does not matter, `UK` is `GB`.
    pub fn new(region: &str) -> Self {
        match region.trim().to_ascii_uppercase().as_str() {
            "UK" => Self("GB".to_owned()),
            code => Self(code.to_owned()),
        }
    }

    pub fn united_states() -> Self {
        Self("US".to_owned())
    }

    /// The code of the market's country, ISO 3166-1 alpha-2.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Its entry; `None` for a market that this version does not know.
    pub fn facts(&self) -> Option<&'static MarketFacts> {
        MARKETS.iter().find(|facts| facts.code == self.0)
    }

    /// True where shipping an order rejects the buyer's request to cancel it, so that TikTok takes no other answer.
    pub fn shipping_rejects_cancellation(&self) -> bool {
        self.facts().is_some_and(|facts| facts.shipping_rejects_cancellation)
    }

    /// True where the seller can still cancel an order that is shipped and not yet scanned.
    pub fn seller_cancels_until_scan(&self) -> bool {
        self.facts().is_some_and(|facts| facts.seller_cancels_until_scan)
    }
}
