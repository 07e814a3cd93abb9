//! The seller's rules: data, read from JSON. The first rule whose conditions hold decides which services come first.

use jiff::civil::{Time, time};
use serde::{Deserialize, Serialize};

use super::restrictions::Restriction;
use super::services::{Carrier, Service, facts};
use crate::built_in::BuiltInError;
use crate::measure::Weight;
use crate::money::{Currency, Money};

/// How fast the buyer's delivery option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speed {
    /// No promise beyond the platform's own.
    Standard,
    /// The buyer paid for speed.
    Expedited,
}

/// Words in the names of TikTok's delivery options that stand for speed the buyer paid for.
const FAST_WORDS: [&str; 8] =
    ["express", "expedited", "priority", "next day", "next-day", "same day", "overnight", "2-day"];

impl Speed {
    /// Reads the name of a delivery option. That there is a date by which the order must arrive says nothing about it:
    /// standard options have one too, and the choice respects it in any case.
    pub fn of_option(name: &str) -> Self {
        let name = name.to_lowercase();
        if FAST_WORDS.iter().any(|word| name.contains(word)) { Self::Expedited } else { Self::Standard }
    }
}

/// When a rule applies: every condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateConditions {
    /// The parcel weighs at least this many ounces.
    pub ounces_min: Option<u32>,
    /// The parcel weighs less than this many ounces.
    pub ounces_below: Option<u32>,
    /// The order is worth at least this many minor units.
    pub value_minor_min: Option<i64>,
    /// The order is worth less than this many minor units.
    pub value_minor_below: Option<i64>,
    /// The destination is in one of these states.
    pub states: Vec<String>,
    /// The parcel contains one of these seller SKUs.
    pub skus: Vec<String>,
    /// The buyer's delivery option is this fast.
    pub speed: Option<Speed>,
}

/// One service, or all services of a carrier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePattern {
    pub carrier: Carrier,
    /// The service's code in any spelling; absent for all services of the carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl ServicePattern {
    /// True if it covers `service`.
    pub fn matches(&self, service: &Service) -> bool {
        self.carrier == service.carrier
            && self.service.as_ref().is_none_or(|code| Service::new(self.carrier, code) == *service)
    }
}

/// One rule: which services come first, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateRule {
    /// The name under which the decision mentions it.
    pub name: String,
    #[serde(default)]
    pub when: RateConditions,
    /// The services that come before all others. If the filter leaves none of them, the choice is among the rest: a rule
    /// never keeps a parcel from leaving in time.
    pub prefer: Vec<ServicePattern>,
}

/// The parcel and order that conditions are checked against.
pub(super) struct Subject<'a> {
    pub weight: Weight,
    pub value: Option<Money>,
    pub state: &'a str,
    pub skus: &'a [String],
    pub speed: Speed,
}

impl RateConditions {
    pub(super) fn hold(&self, of: &Subject<'_>) -> bool {
        let value = of.value.map(|value| value.minor);
        self.ounces_min.is_none_or(|min| of.weight >= Weight::ounces(min))
            && self.ounces_below.is_none_or(|below| of.weight < Weight::ounces(below))
            && self.value_minor_min.is_none_or(|min| value.is_some_and(|value| value >= min))
            && self.value_minor_below.is_none_or(|below| value.is_some_and(|value| value < below))
            && (self.states.is_empty()
                || self.states.iter().any(|state| state.eq_ignore_ascii_case(of.state)))
            && (self.skus.is_empty() || self.skus.iter().any(|sku| of.skus.contains(sku)))
            && self.speed.is_none_or(|speed| speed == of.speed)
    }
}

/// A seller's choice of services and rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateRules {
    /// The services that may be bought at all; empty for every known one.
    #[serde(default)]
    pub enabled: Vec<ServicePattern>,
    /// In order: the first that applies decides.
    #[serde(default)]
    pub rules: Vec<RateRule>,
    /// The labels that TikTok does not accept: those that it has published, unless the seller lists others.
    #[serde(default = "Restriction::published")]
    pub restrictions: Vec<Restriction>,
    /// The services that may be free. A price of 0.00 for any other is taken for the carrier's error.
    #[serde(default)]
    pub free: Vec<ServicePattern>,
    /// The local time at the warehouse from which on a parcel is only collected the next day.
    #[serde(default = "last_pickup")]
    pub last_pickup: Time,
    #[serde(default)]
    pub max_cost: MaxCost,
    /// By how many percent the price may have risen above the quote before a label is not bought.
    pub tolerance_percent: u32,
    /// By how many minor units it may have risen; the greater of the two tolerances counts.
    pub tolerance_minor: i64,
}

/// The most that a label may cost, in minor units of the order's currency. It catches errors: a carrier's typing mistake, a
/// weight in the wrong unit, an order that costs more to ship than it brings in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxCost {
    /// Whatever the order is worth.
    pub minor: i64,
    /// As a share of what the order is worth, in percent.
    pub percent_of_value: u32,
    /// What a label may cost however little the order is worth: samples are worth nothing, and a five-dollar gift may cost
    /// eight to send.
    pub always_minor: i64,
}

impl Default for MaxCost {
    /// 100.00; for a small order what it is worth, but always 30.00: more than it costs to send a few pounds across the
    /// country, and far less than a mistake costs.
    fn default() -> Self {
        Self { minor: 10_000, percent_of_value: 100, always_minor: 3_000 }
    }
}

impl MaxCost {
    /// The most for the label of an order that is worth `value_minor`, if that is known.
    fn minor_for(self, value_minor: Option<i64>) -> i64 {
        let Some(value) = value_minor else { return self.minor };
        let share = i128::from(value) * i128::from(self.percent_of_value) / 100;
        i64::try_from(share).unwrap_or(i64::MAX).max(self.always_minor).min(self.minor)
    }
}

/// Carriers collect from shops in the afternoon, and post offices accept parcels until about five.
const fn last_pickup() -> Time {
    time(17, 0, 0, 0)
}

impl RateRules {
    /// The rules that are compiled in, from `rates/default_rules.json`. Light parcels go by the Postal Service, heavy ones by
    /// UPS or FedEx Ground, expedited ones by Priority Mail or an express service.
    ///
    /// # Errors
    /// If this build is broken.
    pub fn built_in() -> Result<Self, BuiltInError> {
        const FILE: &str = "rates/default_rules.json";
        serde_json::from_str(include_str!("default_rules.json")).map_err(BuiltInError::of(FILE))
    }

    /// The first service named in the rules that is not known: a misspelled one would silently never match.
    pub fn unknown_service(&self) -> Option<String> {
        let patterns =
            self.enabled.iter().chain(&self.free).chain(self.rules.iter().flat_map(|rule| &rule.prefer));
        let mut named = patterns.filter_map(|pattern| Some((pattern.carrier, pattern.service.as_ref()?)));
        let (_, code) = named.find(|(carrier, code)| facts(&Service::new(*carrier, code)).is_none())?;
        Some(code.clone())
    }

    /// True if a price is plausible: it is above zero, or the service may be free.
    pub fn is_priced(&self, service: &Service, cost: Money) -> bool {
        cost.minor > 0 || self.free.iter().any(|pattern| pattern.matches(service))
    }

    /// The highest price of a label for an order that is worth `value`: that of the rules, or what a person has `accepted`
    /// plus the tolerance, whichever is higher.
    pub fn highest_price(&self, currency: Currency, value: Option<Money>, accepted: Option<Money>) -> Money {
        let minor_of = |money: Money| (money.currency == currency).then_some(money.minor);
        let by_rules = self.max_cost.minor_for(value.and_then(minor_of));
        let by_person = accepted.map(|accepted| self.limit(accepted)).and_then(minor_of);
        Money { minor: by_person.map_or(by_rules, |minor| minor.max(by_rules)), currency }
    }

    /// The most that the tolerance allows for a label quoted at `quote`.
    pub fn limit(&self, quote: Money) -> Money {
        let percent = i128::from(quote.minor) * i128::from(self.tolerance_percent) / 100;
        let tolerance = percent.max(i128::from(self.tolerance_minor));
        let minor = i64::try_from(i128::from(quote.minor) + tolerance).unwrap_or(quote.minor);
        Money { minor, ..quote }
    }
}

#[cfg(test)]
mod tests {
    use super::{Carrier, MaxCost, RateRules, ServicePattern, Speed};
    use crate::money::{Currency, Money};

    #[test]
    fn speed_is_read_from_the_option_s_name() {
        for (name, expect) in [
            ("Express shipping", Speed::Expedited),
            ("2-Day Delivery", Speed::Expedited),
            ("Standard shipping", Speed::Standard),
            ("", Speed::Standard),
        ] {
            assert_eq!(Speed::of_option(name), expect, "{name}");
        }
    }

    #[test]
    fn a_misspelled_service_is_found() {
        let mut rules = RateRules::built_in().unwrap();
        assert_eq!(rules.unknown_service(), None);
        let service = Some("GrundAdvantage".to_owned());
        rules.enabled.push(ServicePattern { carrier: Carrier::Usps, service });
        assert_eq!(rules.unknown_service().as_deref(), Some("GrundAdvantage"));
    }

    #[test]
    fn the_default_rules_are_read() {
        let rules = RateRules::built_in().unwrap();
        let names: Vec<_> = rules.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["expedited", "light", "heavy"]);
    }

    #[test]
    fn the_highest_price_follows_the_order_s_value() {
        let rules = RateRules::built_in().unwrap();
        let highest = |value, accepted| rules.highest_price(Currency::USD, value, accepted);
        let worth = |cents| highest(Some(Money::usd(cents)), None);
        assert_eq!(rules.max_cost, MaxCost::default());
        assert_eq!(highest(None, None), Money::usd(10_000), "what it is worth is not known");
        for (cents, expect) in [(-1, 3_000), (0, 3_000), (500, 3_000), (3_001, 3_001), (9_999, 9_999)] {
            assert_eq!(worth(cents), Money::usd(expect), "{cents}");
        }
        assert_eq!((worth(10_001), worth(i64::MAX)), (Money::usd(10_000), Money::usd(10_000)));
        let accepted = |cents| highest(Some(Money::usd(500)), Some(Money::usd(cents)));
        assert_eq!((accepted(20_000), accepted(100)), (Money::usd(21_000), Money::usd(3_000)));
        let pounds = Money { minor: 900_000, currency: Currency::parse("GBP").unwrap() };
        assert_eq!(highest(None, Some(pounds)), Money::usd(10_000), "accepted in another currency");
    }

    #[test]
    fn the_greater_tolerance_counts() {
        let rules = RateRules { tolerance_percent: 5, tolerance_minor: 50, ..RateRules::built_in().unwrap() };
        assert_eq!(rules.limit(Money::usd(600)), Money::usd(650));
        assert_eq!(rules.limit(Money::usd(10_000)), Money::usd(10_500));
    }
}
