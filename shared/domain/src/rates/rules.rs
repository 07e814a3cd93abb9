//! The seller's rules: data, read from JSON. The first rule whose conditions hold says which services come first.

use jiff::civil::{Time, time};
use serde::{Deserialize, Serialize};

use super::restrictions::Restriction;
use super::services::{Carrier, Service, facts};
use crate::measure::Weight;
use crate::money::{Currency, Money};

/// How fast the buyer's option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speed {
    /// No promise beyond the platform's own.
    Standard,
    /// The buyer paid for speed.
    Expedited,
}

/// Words by which TikTok's delivery options name speed that the buyer paid for.
const FAST_WORDS: [&str; 8] =
    ["express", "expedited", "priority", "next day", "next-day", "same day", "overnight", "2-day"];

impl Speed {
    /// Reads the name of a delivery option. A date by which the order must arrive says nothing of it: standard options
    /// have one, too, and the choice keeps to it in any case.
    pub fn of_option(name: &str) -> Self {
        let name = name.to_lowercase();
        if FAST_WORDS.iter().any(|word| name.contains(word)) { Self::Expedited } else { Self::Standard }
    }
}

/// When a rule applies: all that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conditions {
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
    /// The parcel holds one of these seller SKUs.
    pub skus: Vec<String>,
    /// The buyer's option is this fast.
    pub speed: Option<Speed>,
}

/// Services named by a rule: one, or all of a carrier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePattern {
    /// The carrier.
    pub carrier: Carrier,
    /// The service's code in any spelling; absent for all of the carrier's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
}

impl ServicePattern {
    /// True when `service` is meant.
    pub fn matches(&self, service: &Service) -> bool {
        self.carrier == service.carrier
            && self.service.as_ref().is_none_or(|code| Service::new(self.carrier, code) == *service)
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateRule {
    /// The name under which the decision mentions it.
    pub name: String,
    /// When it applies.
    #[serde(default)]
    pub when: Conditions,
    /// The services that it puts before all others. When none of them is left after the filter, the rest is chosen
    /// from: a rule never keeps a parcel from leaving in time.
    pub prefer: Vec<ServicePattern>,
}

/// What a rule is asked about.
pub(super) struct Subject<'a> {
    pub weight: Weight,
    pub value: Option<Money>,
    pub state: &'a str,
    pub skus: &'a [String],
    pub speed: Speed,
}

impl Conditions {
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
    /// The services that may be bought at all; empty for every one that we know.
    #[serde(default)]
    pub enabled: Vec<ServicePattern>,
    /// The rules, in order.
    #[serde(default)]
    pub rules: Vec<RateRule>,
    /// The labels that TikTok does not accept. What is published holds unless the seller lists something else.
    #[serde(default = "Restriction::published")]
    pub restrictions: Vec<Restriction>,
    /// The services that may cost nothing. A price of 0.00 of any other is taken for an error of the carrier's.
    #[serde(default)]
    pub free: Vec<ServicePattern>,
    /// The time of day, by the clock of the warehouse, from which on a parcel is collected on the next day only.
    #[serde(default = "last_pickup")]
    pub last_pickup: Time,
    /// The most that a label may cost.
    #[serde(default)]
    pub max_cost: MaxCost,
    /// By how many percent of the quote a label may have become dearer before it is refused.
    pub tolerance_percent: u32,
    /// By how many minor units it may have become dearer; the greater of the two tolerances counts.
    pub tolerance_minor: i64,
}

/// The most that a label may cost, in minor units of the order's currency. It is there for errors: a carrier's typing
/// mistake, a weight in the wrong unit, an order that costs more to ship than it brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxCost {
    /// Whatever the order is worth.
    pub minor: i64,
    /// As a share of what the order is worth, in percent.
    pub percent_of_value: u32,
    /// What a label may cost however little the order is worth: samples are worth nothing, and a gift for five dollars
    /// may cost eight to send.
    pub always_minor: i64,
}

impl Default for MaxCost {
    /// 100.00; for a small order what it is worth, but 30.00 always: more than a parcel of some pounds costs across the
    /// country, and far less than what a mistake does.
    fn default() -> Self {
        Self { minor: 10_000, percent_of_value: 100, always_minor: 3_000 }
    }
}

impl MaxCost {
    /// The most for the label of an order that is worth `value_minor`, where that is known.
    fn minor_for(self, value_minor: Option<i64>) -> i64 {
        let Some(value) = value_minor else { return self.minor };
        let share = i128::from(value) * i128::from(self.percent_of_value) / 100;
        i64::try_from(share).unwrap_or(i64::MAX).max(self.always_minor).min(self.minor)
    }
}

/// Carriers collect from shops in the afternoon, and post offices take parcels until about five.
const fn last_pickup() -> Time {
    time(17, 0, 0, 0)
}

impl Default for RateRules {
    /// Light parcels go by the Postal Service, heavy ones by UPS or FedEx Ground, expedited ones by Priority Mail or an
    /// express service. The data stands in `default_rules.json`.
    fn default() -> Self {
        const DEFAULT_RULES: &str = include_str!("default_rules.json");
        serde_json::from_str(DEFAULT_RULES).unwrap_or(Self {
            enabled: Vec::new(),
            rules: Vec::new(),
            restrictions: Restriction::published(),
            free: Vec::new(),
            last_pickup: last_pickup(),
            max_cost: MaxCost::default(),
            tolerance_percent: 0,
            tolerance_minor: 0,
        })
    }
}

impl RateRules {
    /// The first service named in the rules that is not known: a misspelt one would never match, without a word.
    pub fn unknown_service(&self) -> Option<String> {
        let patterns =
            self.enabled.iter().chain(&self.free).chain(self.rules.iter().flat_map(|rule| &rule.prefer));
        let mut named = patterns.filter_map(|pattern| Some((pattern.carrier, pattern.service.as_ref()?)));
        let (_, code) = named.find(|(carrier, code)| facts(&Service::new(*carrier, code)).is_none())?;
        Some(code.clone())
    }

    /// True when a price can be meant: it is above nothing, or the service may be free.
    pub fn is_priced(&self, service: &Service, cost: Money) -> bool {
        cost.minor > 0 || self.free.iter().any(|pattern| pattern.matches(service))
    }

    /// The highest price of a label for an order that is worth `value`: that of the rules, or what a person has
    /// `accepted` with the tolerance, whichever is higher.
    pub fn highest_price(&self, currency: Currency, value: Option<Money>, accepted: Option<Money>) -> Money {
        let minor_of = |money: Money| (money.currency == currency).then_some(money.minor);
        let by_rules = self.max_cost.minor_for(value.and_then(minor_of));
        let by_person = accepted.map(|accepted| self.limit(accepted)).and_then(minor_of);
        Money { minor: by_person.map_or(by_rules, |minor| minor.max(by_rules)), currency }
    }

    /// The most that may be paid for a label quoted at `quote`, as far as the tolerance goes.
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
    fn a_misspelt_service_is_found() {
        let mut rules = RateRules::default();
        assert_eq!(rules.unknown_service(), None);
        let service = Some("GrundAdvantage".to_owned());
        rules.enabled.push(ServicePattern { carrier: Carrier::Usps, service });
        assert_eq!(rules.unknown_service().as_deref(), Some("GrundAdvantage"));
    }

    #[test]
    fn the_default_rules_are_read() {
        let rules = RateRules::default();
        let names: Vec<_> = rules.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["expedited", "light", "heavy"]);
    }

    #[test]
    fn the_highest_price_follows_the_order_s_value() {
        let rules = RateRules::default();
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
        let rules = RateRules { tolerance_percent: 5, tolerance_minor: 50, ..RateRules::default() };
        assert_eq!(rules.limit(Money::usd(600)), Money::usd(650));
        assert_eq!(rules.limit(Money::usd(10_000)), Money::usd(10_500));
    }
}
