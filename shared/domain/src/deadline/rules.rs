//! The markets' dispatch rules: data, read from JSON. Every rule has a date and names its source.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::check::{self, RulesError};
use crate::built_in::BuiltInError;
use crate::calendar::{Calendar, Cutoff, Day};
use crate::market::{LateBy, Market};
use crate::order::OrderKind;
use crate::zone;

/// The dispatch rules of all markets. They are checked when they are read: see [`RulesError`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct DispatchRules {
    /// By the market's code.
    pub(super) holidays: BTreeMap<String, MarketHolidays>,
    /// Those of one market are in order of their dates.
    pub(super) rules: Vec<DispatchRule>,
}

/// The rules as they are written, before they are checked.
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
    /// The days on which they are observed, in order.
    pub dates: Vec<Date>,
}

/// What a market requires of orders paid from a date on, until its next rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DispatchRule {
    pub market: Market,
    /// The first day, in the rule's zone.
    pub from: Date,
    pub source: Source,
    pub late_by: LateBy,
    /// A zone that [`zone::zone_by_name`] knows.
    pub zone: String,
    pub weekend: Vec<Day>,
    /// When a business day ends, see [`Cutoff::day`].
    pub cutoff: Time,
    /// See [`Cutoff::orders`]. For dispatch only: cancellations count from the date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_cutoff: Option<Time>,
    /// By when the order has to reach the step that `late_by` names.
    pub dispatch: Terms,
    #[serde(default)]
    pub auto_cancel: AutoCancel,
    /// What else is known about the rule. Nothing depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where a rule comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub page: String,
    /// The date that the page gives itself, if any.
    pub date: Option<Date>,
}

/// A term for each kind of order; absent where the source says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Terms {
    /// Also for auctions and lotteries, whose items are in stock.
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
    /// The term for an order of this kind.
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

/// When TikTok automatically cancels an order.
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
    /// CountedDays from the payment.
    AfterPayment(i64),
    /// CountedDays from the release of a pre-order, or from its payment if that is later.
    AfterRelease(i64),
    /// CountedDays from the dispatch deadline; for cancellations only.
    AfterDispatch(i64),
    /// The order's own handling time, in its own unit, counted from the payment; for dispatch only.
    Handling,
}

impl DispatchRules {
    /// The rules that are compiled in, from `deadline/default_rules.json`: what TikTok has published, with dates and pages.
    ///
    /// # Errors
    /// If this build is broken.
    pub fn built_in() -> Result<Self, BuiltInError> {
        const FILE: &str = "deadline/default_rules.json";
        serde_json::from_str(include_str!("default_rules.json")).map_err(BuiltInError::of(FILE))
    }

    /// Which clock decides in `market` whether an order paid at `at` was late. Without a rule it is readiness, the earlier
    /// of the two.
    pub fn late_by(&self, market: &Market, at: Timestamp) -> LateBy {
        self.rule(market, at).map_or(LateBy::Ready, |rule| rule.late_by)
    }

    /// The market's rule for orders paid at `at`: the latest that applied by then.
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
        // An unknown name was rejected when the rules were read.
        zone::zone_by_name(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// When a business day ends for dispatch.
    pub fn dispatch_cutoff(&self) -> Cutoff {
        Cutoff { day: self.cutoff, orders: self.order_cutoff }
    }

    /// When a business day ends for cancellations.
    pub fn cancel_cutoff(&self) -> Cutoff {
        Cutoff { day: self.cutoff, orders: None }
    }
}
