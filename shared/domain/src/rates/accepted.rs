//! Which own-account labels TikTok takes, by market and date.

use jiff::civil::{Date, date};

use super::services::Carrier;
use crate::shop::SellerType;

/// A carrier that TikTok stopped taking from some sellers.
struct Barred {
    market: &'static str,
    seller: SellerType,
    carrier: Carrier,
    from: Date,
}

/// Source: Partner Center changelog page gt8qv13g: cross-border sellers may not use own-account USPS labels on orders
/// of the United States since 2025-10-27.
const BARRED: [Barred; 1] = [Barred {
    market: "US",
    seller: SellerType::CrossBorder,
    carrier: Carrier::Usps,
    from: date(2025, 10, 27),
}];

/// The day since which TikTok does not take labels of `carrier`; `None` when it takes them.
pub fn barred_since(market: &str, seller: SellerType, carrier: Carrier, ship_on: Date) -> Option<Date> {
    BARRED
        .iter()
        .find(|b| b.market == market && b.seller == seller && b.carrier == carrier && ship_on >= b.from)
        .map(|b| b.from)
}
