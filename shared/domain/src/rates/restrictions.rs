//! Which carriers' labels from the seller's own accounts TikTok does not accept, by market, kind of seller and date. Sellers of
//! whom it accepts none at all have a row in [`crate::route::ROUTES`].

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use super::services::Carrier;
use crate::market::Market;
use crate::shop::SellerType;

/// Labels that TikTok does not accept. A field that is not given matches everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restriction {
    /// The market's code, such as `US`.
    pub market: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller: Option<SellerType>,
    /// The carrier whose labels are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Carrier>,
    /// The first ship date to which it applies.
    pub from: Date,
    /// The first ship date to which it no longer applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Where TikTok says so.
    pub source: String,
}

impl Restriction {
    /// The restrictions that TikTok has published.
    pub fn published() -> Vec<Self> {
        let restriction = |market: &str, seller, carrier, from, source: &str| Self {
            market: market.to_owned(),
            seller,
            carrier,
            from,
            until: None,
            source: source.to_owned(),
        };
        vec![
            restriction(
                "US",
                Some(SellerType::CrossBorder),
                Some(Carrier::Usps),
                date(2025, 10, 27),
                "Partner Center changelog gt8qv13g",
            ),
            restriction(
                "US",
                None,
                Some(Carrier::Usps),
                date(2026, 1, 1),
                "TikTok's notice to sellers of 2025-11-13: USPS labels must be bought through TikTok Shipping",
            ),
        ]
    }

    fn holds(&self, market: &Market, seller: SellerType, ship_on: Date) -> bool {
        self.market.eq_ignore_ascii_case(market.code())
            && self.seller.is_none_or(|of| of == seller)
            && ship_on >= self.from
            && self.until.is_none_or(|until| ship_on < until)
    }
}

/// The earliest restriction that covers labels of `carrier`; `None` if TikTok accepts them.
pub fn restriction<'a>(
    restrictions: &'a [Restriction],
    market: &Market,
    seller: SellerType,
    carrier: Carrier,
    ship_on: Date,
) -> Option<&'a Restriction> {
    restrictions
        .iter()
        .filter(|restriction| restriction.holds(market, seller, ship_on))
        .filter(|restriction| restriction.carrier.is_none_or(|of| of == carrier))
        .min_by_key(|restriction| restriction.from)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Restriction, restriction};
    use crate::market::Market;
    use crate::rates::Carrier;
    use crate::shop::SellerType;

    #[track_caller]
    fn check(market: &str, seller: SellerType, carrier: Carrier, on: Date, expect: Option<Date>) {
        let published = Restriction::published();
        let found = restriction(&published, &Market::new(market), seller, carrier, on);
        assert_eq!(found.map(|found| found.from), expect, "{market} {seller:?} {carrier:?} {on}");
    }

    #[test]
    fn tiktok_s_dates_decide() {
        use SellerType::{CrossBorder, Local};
        check("US", Local, Carrier::Usps, date(2025, 12, 31), None);
        check("US", Local, Carrier::Usps, date(2026, 1, 1), Some(date(2026, 1, 1)));
        check("US", Local, Carrier::Ups, date(2026, 11, 1), None);
        check("GB", Local, Carrier::Usps, date(2026, 11, 1), None);
        check("US", CrossBorder, Carrier::Usps, date(2025, 10, 26), None);
        check("US", CrossBorder, Carrier::Usps, date(2025, 10, 27), Some(date(2025, 10, 27)));
        check("US", CrossBorder, Carrier::FedEx, date(2026, 11, 1), None);
    }

    #[test]
    fn a_restriction_may_end() {
        let ended = Restriction { until: Some(date(2026, 6, 1)), ..Restriction::published().remove(1) };
        let us = Market::united_states();
        let on = |day| restriction(std::slice::from_ref(&ended), &us, SellerType::Local, Carrier::Usps, day);
        assert!(on(date(2026, 5, 31)).is_some() && on(date(2026, 6, 1)).is_none());
    }
}
