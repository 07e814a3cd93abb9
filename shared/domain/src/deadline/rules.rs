//! The markets' rules of dispatch: data, read from JSON. Every rule is dated and names its source.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::check::{self, RulesError};
use crate::calendar::{Calendar, Cutoff, Day};
use crate::market::{LateBy, Market};
use crate::order::OrderKind;
use crate::zone;

/// The rules of all markets. They are checked when they are read: see [`RulesError`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct DispatchRules {
    /// By the market's code.
    pub(super) holidays: BTreeMap<String, MarketHolidays>,
    /// Those of one market by date.
    pub(super) rules: Vec<DispatchRule>,
}

/// The rules as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default)]
    holidays: BTreeMap<String, MarketHolidays>,
    rules: Vec<DispatchRule>,
}

impl TryFrom<Unchecked> for DispatchRules {
    type Error = RulesError;

    fn try_from(Unchecked { holidays, rules }: Unchecked) -> Result<Self, RulesError> {
        let rules = Self { holidays, rules };
        check::check(&rules)?;
        Ok(rules)
    }
}

/// The days of a market on which nobody works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MarketHolidays {
    /// Where they are from, or why there are none.
    pub source: String,
    /// As they are observed, by date.
    pub dates: Vec<Date>,
}

/// What a market asks of orders paid from a date on, until the next rule of the market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DispatchRule {
    pub market: Market,
    /// The first day, in the rule's zone.
    pub from: Date,
    pub source: Source,
    pub late_by: LateBy,
    /// A name that [`zone::zone_by_name`] knows.
    pub zone: String,
    pub weekend: Vec<Day>,
    /// See [`Cutoff::day`].
    pub cutoff: Time,
    /// See [`Cutoff::orders`]; of dispatch alone, a cancellation counts from the date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_cutoff: Option<Time>,
    /// By when the order has to reach what `late_by` says.
    pub dispatch: Terms,
    #[serde(default)]
    pub auto_cancel: AutoCancel,
    /// What else is known of the rule. Nothing is overrides by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where a rule is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub page: String,
    /// The date that the page gives itself, if any.
    pub date: Option<Date>,
}

/// A term by the kind of the order; what the source does not say is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Terms {
    /// Also of auctions and lotteries, which are in stock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub normal: Option<Term>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_order: Option<Term>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_to_order: Option<Term>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back_order: Option<Term>,
}

impl Terms {
    /// The term of an order of this kind.
    pub fn of(&self, kind: &OrderKind) -> Option<Term> {
        match kind {
            OrderKind::Normal | OrderKind::Auction | OrderKind::ZeroLottery => self.normal,
            OrderKind::PreOrder => self.pre_order,
            OrderKind::MadeToOrder => self.made_to_order,
            OrderKind::BackOrder => self.back_order,
            OrderKind::Virtual | OrderKind::Unknown(_) => None,
        }
    }
}

/// When TikTok cancels an order by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AutoCancel {
    /// Unless it is AWAITING_COLLECTION by then.
    pub ready: Terms,
    /// Unless it is IN_TRANSIT by then.
    pub scan: Terms,
}

/// How long something may take, in business days of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Term {
    /// From the payment on.
    AfterPayment(i64),
    /// From the release of a pre-order on, or from its payment when that is later.
    AfterRelease(i64),
    /// From the dispatch deadline on; only of a cancellation.
    AfterDispatch(i64),
    /// The order's own handling time, in its own unit, from the payment on; only of dispatch.
    Handling,
}

impl Default for DispatchRules {
    /// What TikTok has published, with dates and pages. The data stands in `deadline/default_rules.json`.
    fn default() -> Self {
        const DEFAULT_RULES: &str = include_str!("default_rules.json");
        serde_json::from_str(DEFAULT_RULES).unwrap_or(Self { holidays: BTreeMap::new(), rules: Vec::new() })
    }
}

impl DispatchRules {
    /// Which clock decides in `market` whether an order paid at `at` was late. Where no rule says so it is readiness,
    /// the earlier of the two.
    pub fn late_by(&self, market: &Market, at: Timestamp) -> LateBy {
        self.rule(market, at).map_or(LateBy::Ready, |rule| rule.late_by)
    }

    /// The market's rule for orders of this moment: the latest that had begun.
    pub(super) fn rule(&self, market: &Market, at: Timestamp) -> Option<&DispatchRule> {
        self.rules
            .iter()
            .rfind(|rule| rule.market == *market && rule.from <= at.to_zoned(rule.time_zone()).date())
    }

    pub(super) fn calendar<'a>(&'a self, rule: &'a DispatchRule) -> Calendar<'a> {
        let holidays = self.holidays.get(rule.market.code()).map_or(&[][..], |holidays| &holidays.dates);
        Calendar { zone: rule.time_zone(), weekend: &rule.weekend, holidays }
    }
}

impl DispatchRule {
    fn time_zone(&self) -> TimeZone {
        // A name that is none was refused when the rules were read.
        zone::zone_by_name(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// When a business day of dispatch ends.
    pub fn dispatch_cutoff(&self) -> Cutoff {
        Cutoff { day: self.cutoff, orders: self.order_cutoff }
    }

    /// When a business day of a cancellation ends.
    pub fn cancel_cutoff(&self) -> Cutoff {
        Cutoff { day: self.cutoff, orders: None }
    }
}
