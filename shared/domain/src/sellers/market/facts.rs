//! One entry for each market. A new market is an entry here, its rows in `orders/route.rs` and its dated dispatch terms in
//! `deadline/default_rules.json`; where buyers write in a new language, phrases in `buyer_intent/intent_phrases.json`.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Which of TikTok's clocks decides that a dispatch was late. It changes by date: see `deadline/default_rules.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateBy {
    /// The order must be ready to ship (AWAITING_COLLECTION) by `rts_sla_time`.
    Ready,
    /// The carrier must have scanned the parcel (IN_TRANSIT) by `tts_sla_time`.
    Scan,
}

/// The forms of a country's postal codes: `9` stands for a digit, `A` for a letter, `X` for either; spaces and hyphens do
/// not matter. Whether a code of the right form is in use is not known.
#[derive(Debug)]
pub struct PostalCodes {
    pub forms: &'static [&'static str],
    /// In words, for people.
    pub expected: &'static str,
}

/// Everything that depends on the market.
#[derive(Debug)]
pub struct MarketFacts {
    /// The country's code, ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// The currency's code, ISO 4217.
    pub currency: &'static str,
    /// How many decimals the currency has.
    pub currency_decimals: u32,
    /// The zone of TikTok's dates in the market. Its rules are compiled in, so that a machine without a time zone database
    /// knows them too.
    pub zone: fn() -> TimeZone,
    /// `None` where they are not checked by form. ZIP codes have a table of their own.
    pub postal_codes: Option<PostalCodes>,
    /// Shipping an order rejects the buyer's request to cancel it.
    pub shipping_rejects_cancellation: bool,
    /// The seller can cancel an order that is shipped and not yet scanned.
    pub seller_cancels_until_scan: bool,
}

/// What holds in most markets.
const COMMON: MarketFacts = MarketFacts {
    code: "",
    currency: "",
    currency_decimals: 2,
    zone: || TimeZone::UTC,
    postal_codes: None,
    shipping_rejects_cancellation: false,
    seller_cancels_until_scan: false,
};

const EUROPE: MarketFacts = MarketFacts { currency: "EUR", ..COMMON };

const FIVE_DIGITS: PostalCodes = PostalCodes { forms: &["99999"], expected: "five digits" };

/// All markets that this version knows.
pub const MARKETS: &[MarketFacts] = &[
    MarketFacts {
        code: "US",
        currency: "USD",
        zone: || jiff::tz::get!("America/Los_Angeles"),
        shipping_rejects_cancellation: true,
        seller_cancels_until_scan: true,
        ..COMMON
    },
    MarketFacts {
        code: "GB",
        currency: "GBP",
        zone: || jiff::tz::get!("Europe/London"),
        // GIR 0AA is the one British code that is unlike the others.
        postal_codes: Some(PostalCodes {
            forms: &["A99AA", "A999AA", "AA99AA", "AA999AA", "A9A9AA", "AA9A9AA", "AAA9AA"],
            expected: "a British postcode like SW1A 1AA",
        }),
        ..COMMON
    },
    MarketFacts {
        code: "DE",
        zone: || jiff::tz::get!("Europe/Berlin"),
        postal_codes: Some(FIVE_DIGITS),
        ..EUROPE
    },
    MarketFacts {
        code: "ES",
        zone: || jiff::tz::get!("Europe/Madrid"),
        postal_codes: Some(FIVE_DIGITS),
        ..EUROPE
    },
    MarketFacts {
        code: "FR",
        zone: || jiff::tz::get!("Europe/Paris"),
        postal_codes: Some(FIVE_DIGITS),
        ..EUROPE
    },
    MarketFacts {
        code: "IE",
        zone: || jiff::tz::get!("Europe/Dublin"),
        // D6W is the one Irish routing key that ends in a letter.
        postal_codes: Some(PostalCodes {
            forms: &["A99XXXX", "A9AXXXX"],
            expected: "an Eircode like D02 X285",
        }),
        ..EUROPE
    },
    MarketFacts {
        code: "IT",
        zone: || jiff::tz::get!("Europe/Rome"),
        postal_codes: Some(FIVE_DIGITS),
        ..EUROPE
    },
    MarketFacts {
        code: "JP",
        currency: "JPY",
        currency_decimals: 0,
        zone: || jiff::tz::get!("Asia/Tokyo"),
        postal_codes: Some(PostalCodes { forms: &["9999999"], expected: "seven digits" }),
        ..COMMON
    },
    MarketFacts { code: "BR", currency: "BRL", zone: || jiff::tz::get!("America/Sao_Paulo"), ..COMMON },
    MarketFacts { code: "MX", currency: "MXN", zone: || jiff::tz::get!("America/Mexico_City"), ..COMMON },
    MarketFacts { code: "ID", currency: "IDR", zone: || jiff::tz::get!("Asia/Jakarta"), ..COMMON },
    MarketFacts { code: "MY", currency: "MYR", zone: || jiff::tz::get!("Asia/Kuala_Lumpur"), ..COMMON },
    MarketFacts { code: "PH", currency: "PHP", zone: || jiff::tz::get!("Asia/Manila"), ..COMMON },
    MarketFacts { code: "SG", currency: "SGD", zone: || jiff::tz::get!("Asia/Singapore"), ..COMMON },
    MarketFacts { code: "TH", currency: "THB", zone: || jiff::tz::get!("Asia/Bangkok"), ..COMMON },
    MarketFacts {
        code: "VN",
        currency: "VND",
        currency_decimals: 0,
        zone: || jiff::tz::get!("Asia/Ho_Chi_Minh"),
        ..COMMON
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::tz::TimeZone;

    use super::MARKETS;
    use crate::deadline::DispatchRules;
    use crate::market::Market;
    use crate::zone::zone_by_name;

    #[test]
    fn every_entry_is_complete_and_the_only_one_of_its_market() {
        let codes: BTreeSet<&str> = MARKETS.iter().map(|facts| facts.code).collect();
        assert_eq!(codes.len(), MARKETS.len());
        for facts in MARKETS {
            assert_eq!(facts.code, Market::new(facts.code).code());
            assert!(facts.currency.len() == 3, "{}", facts.code);
            assert_ne!((facts.zone)(), TimeZone::UTC, "{}", facts.code);
        }
    }

    #[test]
    fn dispatch_rules_are_of_known_markets_and_in_their_zone() {
        let rules = serde_json::to_value(DispatchRules::built_in().unwrap()).unwrap();
        for rule in rules["rules"].as_array().unwrap() {
            let facts = Market::new(rule["market"].as_str().unwrap()).facts().expect("an entry");
            let zone = zone_by_name(rule["zone"].as_str().unwrap());
            assert_eq!(zone, Some((facts.zone)()), "{}", facts.code);
        }
    }
}
