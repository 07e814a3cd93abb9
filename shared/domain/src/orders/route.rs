//! Whose label an order ships with, and by which calls TikTok sells it or learns of it.
//!
//! The order itself says whose label it needs (`shipping_type`); it is not a question of price. What that means depends on the
//! market, the kind of seller and the day: [`ROUTES`] has a row for each. A rule that TikTok changes is a row that ends and a
//! row that begins.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use crate::market::Market;
use crate::order::ShippingType;
use crate::shop::SellerType;

/// How a label comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// A label from the seller's own accounts; TikTok learns its number by Mark Package As Shipped.
    MarkShipped,
    /// A label from the seller's own accounts; TikTok learns its number by Ship Package, as `self_shipment`.
    SelfShipment,
    /// TikTok's label. Create Packages buys it and ships the order in one.
    CreatePackages,
    /// TikTok's label. Ship Package ships the package that exists since the payment.
    ShipPackage,
    /// TikTok accepts no label of this kind from this seller.
    Closed,
}

impl Route {
    /// True for labels that TikTok itself sells.
    pub fn is_platform_label(self) -> bool {
        match self {
            Self::CreatePackages | Self::ShipPackage => true,
            Self::MarkShipped | Self::SelfShipment | Self::Closed => false,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MarkShipped | Self::SelfShipment => "a label from your own accounts",
            Self::CreatePackages | Self::ShipPackage => "TikTok's own label",
            Self::Closed => "no label that TikTok accepts",
        })
    }
}

/// Who sells the label that an order needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelSeller {
    /// The seller's own carriers (`shipping_type` is `SELLER`).
    OwnCarriers,
    /// TikTok (`shipping_type` is `TIKTOK`).
    Platform,
}

impl LabelSeller {
    /// `None` for what ships without a label, and for what is not known.
    fn of(shipping: &ShippingType) -> Option<Self> {
        match shipping {
            ShippingType::Seller => Some(Self::OwnCarriers),
            ShippingType::TikTok => Some(Self::Platform),
            ShippingType::NoParcel | ShippingType::Unknown(_) => None,
        }
    }
}

/// What one kind of order of one market does, over a span of time.
#[derive(Debug)]
pub struct RouteRow {
    /// The market's code, such as `US`.
    pub market: &'static str,
    /// `None` for every kind of seller.
    pub seller: Option<SellerType>,
    pub label: LabelSeller,
    pub route: Route,
    /// The first day on which it holds, by the market's calendar. `None` for ever since.
    pub from: Option<Date>,
    /// The first day on which it no longer holds.
    pub until: Option<Date>,
    /// Where TikTok says so.
    pub source: &'static str,
}

const OVERVIEW: &str = "Partner Center, Fulfillment API overview";
/// The day on which US cross-border sellers lost their own labels.
const US_CROSS_BORDER: Date = date(2025, 12, 15);

const fn standing(market: &'static str, label: LabelSeller, route: Route) -> RouteRow {
    RouteRow { market, seller: None, label, route, from: None, until: None, source: OVERVIEW }
}

const fn own(market: &'static str, route: Route) -> RouteRow {
    standing(market, LabelSeller::OwnCarriers, route)
}

const fn platform(market: &'static str, route: Route) -> RouteRow {
    standing(market, LabelSeller::Platform, route)
}

/// All rows. A seller-specific row stands before the market's general one: the first row that fits decides.
pub const ROUTES: &[RouteRow] = &[
    RouteRow {
        seller: Some(SellerType::CrossBorder),
        from: Some(US_CROSS_BORDER),
        source: "Partner Center: US cross-border orders ship with TikTok Shipping only",
        ..own("US", Route::Closed)
    },
    own("US", Route::MarkShipped),
    platform("US", Route::CreatePackages),
    own("GB", Route::MarkShipped),
    platform("GB", Route::ShipPackage),
    own("DE", Route::MarkShipped),
    platform("DE", Route::ShipPackage),
    own("ES", Route::MarkShipped),
    platform("ES", Route::ShipPackage),
    own("FR", Route::MarkShipped),
    platform("FR", Route::ShipPackage),
    own("IE", Route::MarkShipped),
    platform("IE", Route::ShipPackage),
    own("IT", Route::MarkShipped),
    platform("IT", Route::ShipPackage),
    own("JP", Route::MarkShipped),
    platform("JP", Route::ShipPackage),
    own("BR", Route::SelfShipment),
    platform("BR", Route::ShipPackage),
    own("MX", Route::SelfShipment),
    platform("MX", Route::ShipPackage),
    own("ID", Route::SelfShipment),
    platform("ID", Route::ShipPackage),
    own("MY", Route::SelfShipment),
    platform("MY", Route::ShipPackage),
    own("PH", Route::SelfShipment),
    platform("PH", Route::ShipPackage),
    own("SG", Route::SelfShipment),
    platform("SG", Route::ShipPackage),
    own("TH", Route::SelfShipment),
    platform("TH", Route::ShipPackage),
    own("VN", Route::SelfShipment),
    platform("VN", Route::ShipPackage),
];

impl RouteRow {
    fn holds(&self, market: &Market, seller: SellerType, label: LabelSeller, on: Date) -> bool {
        self.market == market.code()
            && self.seller.is_none_or(|of| of == seller)
            && self.label == label
            && self.from.is_none_or(|from| on >= from)
            && self.until.is_none_or(|until| on < until)
    }
}

/// The row for an order with this `shipping_type` at `now`. `None` for a market that has none, and for what is not shipped with
/// a label, or not known to be.
pub fn route(
    market: &Market,
    seller: SellerType,
    shipping: &ShippingType,
    now: Timestamp,
) -> Option<&'static RouteRow> {
    let label = LabelSeller::of(shipping)?;
    let on = now.to_zoned((market.facts()?.zone)()).date();
    ROUTES.iter().find(|row| row.holds(market, seller, label, on))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{ROUTES, Route, route};
    use crate::market::{MARKETS, Market};
    use crate::order::ShippingType;
    use crate::shop::SellerType;

    #[track_caller]
    fn check(market: &str, seller: SellerType, shipping: ShippingType, day: &str, expect: Option<Route>) {
        let now = format!("{day}T20:00:00Z").parse().unwrap();
        let found = route(&Market::new(market), seller, &shipping, now).map(|row| row.route);
        assert_eq!(found, expect, "{market} {seller:?} {shipping:?} {day}");
    }

    #[test]
    fn the_order_and_the_market_decide() {
        use SellerType::{CrossBorder, Local};
        let (own, platform) = (ShippingType::Seller, ShippingType::TikTok);
        check("US", Local, own.clone(), "2026-11-01", Some(Route::MarkShipped));
        check("US", Local, platform.clone(), "2026-11-01", Some(Route::CreatePackages));
        check("US", CrossBorder, own.clone(), "2025-12-14", Some(Route::MarkShipped));
        check("US", CrossBorder, own.clone(), "2025-12-15", Some(Route::Closed));
        check("US", CrossBorder, platform.clone(), "2026-11-01", Some(Route::CreatePackages));
        check("GB", Local, own.clone(), "2026-11-01", Some(Route::MarkShipped));
        check("GB", Local, platform.clone(), "2026-11-01", Some(Route::ShipPackage));
        check("MY", CrossBorder, own.clone(), "2026-11-01", Some(Route::SelfShipment));
        check("MY", CrossBorder, platform.clone(), "2026-11-01", Some(Route::ShipPackage));
        check("XX", Local, platform, "2026-11-01", None);
        check("US", Local, ShippingType::NoParcel, "2026-11-01", None);
        check("US", Local, ShippingType::Unknown("AIR".into()), "2026-11-01", None);
    }

    #[test]
    fn every_market_has_a_row_for_either_label() {
        for facts in MARKETS {
            for shipping in [ShippingType::Seller, ShippingType::TikTok] {
                let now =
                    date(2026, 11, 1).at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
                let row = route(&Market::new(facts.code), SellerType::Local, &shipping, now);
                assert!(row.is_some_and(|row| row.route != Route::Closed), "{} {shipping:?}", facts.code);
            }
        }
        assert!(ROUTES.iter().all(|row| MARKETS.iter().any(|facts| facts.code == row.market)));
    }
}
