//! One order under the rules of its market.

use jiff::Timestamp;
use jiff::civil::Date;

use super::rules::{DispatchRule, DispatchRules, Term};
use super::{Cancellation, Clock, Deadline, Next, WITHOUT_CLOCK, explain};
use crate::calendar::{Counted, Cutoff};
use crate::market::LateBy;
use crate::order::{HandlingUnit, Order};

/// An order that has something left to reach.
pub(super) struct DeadlineInput<'a> {
    pub order: &'a Order,
    pub next: Next,
    /// The payment, or the creation of an order that is not paid: no deadline lies before it.
    pub began: Timestamp,
    /// The rule of the market, if there is one.
    pub rule: Option<&'a DispatchRule>,
    rules: &'a DispatchRules,
}

/// What a pair of TikTok's clocks tells: one for readiness, one for the scan.
pub(super) struct ClockReading {
    /// The earlier of those that can be believed.
    pub first: Option<(Timestamp, Clock)>,
    /// Those that lie before the order began.
    pub ignored: Vec<Clock>,
    /// The two contradict each other: a parcel is ready before it is scanned.
    pub reversed: bool,
}

/// A moment counted by a rule.
pub(super) struct DueMoment {
    pub at: Timestamp,
    /// The holidays passed over.
    pub holidays: Vec<Date>,
    /// In words, for example "2 business days of payment".
    pub within: String,
}

/// Why no rule gives a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MissingTerm {
    /// The market has no rule for an order of this moment.
    DispatchRule,
    /// The rule says nothing of an order of this kind.
    Term,
    /// A pre-order without `release_date`.
    Release,
    /// An order without `handling_duration` that needs one.
    Handling,
}

impl<'a> DeadlineInput<'a> {
    pub fn new(order: &'a Order, rules: &'a DispatchRules, next: Next) -> Self {
        let began = order.paid_at.unwrap_or(order.created_at);
        Self { order, next, began, rule: rules.rule(&order.market, began), rules }
    }

    /// By when the next step is due.
    pub fn dispatch(&self) -> Option<Deadline> {
        let clocks = &self.order.clocks;
        let clocks = self.clocks(
            clocks.ready_by.map(|at| (at, Clock::ReadyToShip)),
            clocks.scanned_by.map(|at| (at, Clock::CarrierScan)),
        );
        let deadline = |at, clock, why| Deadline { at, clock, why, cancellation: None };
        if let Some((at, clock)) = clocks.first {
            return Some(deadline(at, clock, explain::clock(self, clock, &clocks)));
        }
        let paid = self.order.paid_at?;
        let by_rule = self.rule.ok_or(MissingTerm::DispatchRule).and_then(|rule| {
            let term = rule.dispatch.of(&self.order.kind).ok_or(MissingTerm::Term)?;
            Ok((rule, self.due(rule, term, paid, rule.dispatch_cutoff(), None)?))
        });
        match (self.next, by_rule) {
            // What is ready can't be late any more where readiness counts.
            (Next::Scan, Ok((rule, _))) if rule.late_by == LateBy::Ready => None,
            (_, Ok((rule, due))) => {
                Some(deadline(due.at, Clock::MarketRule, explain::rule(self, rule, &due, &clocks)))
            }
            (Next::Scan, Err(_)) => None,
            (Next::Ready, Err(missing)) => {
                let at = paid.saturating_add(WITHOUT_CLOCK).unwrap_or(Timestamp::MAX);
                Some(deadline(at, Clock::PaidPlus72h, explain::last_resort(self, missing, &clocks)))
            }
        }
    }

    /// When TikTok cancels the order that has to be dispatched by `dispatch`.
    pub fn cancellation(&self, dispatch: Option<&Deadline>) -> Option<Cancellation> {
        let clocks = &self.order.clocks;
        let clocks = self.clocks(
            clocks.ready_or_cancelled.map(|at| (at, Clock::ShippingDue)),
            clocks.scanned_or_cancelled.map(|at| (at, Clock::CollectionDue)),
        );
        if let Some((at, clock)) = clocks.first {
            let too_early = dispatch.is_some_and(|dispatch| at < dispatch.at);
            let why = explain::cancelling_clock(self, clock, &clocks, too_early);
            return Some(Cancellation { at, clock, why });
        }
        let (rule, paid) = (self.rule?, self.order.paid_at?);
        // From the last resort nothing is counted: it is no deadline of TikTok's.
        let known =
            dispatch.filter(|dispatch| dispatch.clock != Clock::PaidPlus72h).map(|dispatch| dispatch.at);
        let due = |term| self.due(rule, term, paid, rule.cancel_cutoff(), known).ok();
        let ready = match self.next {
            Next::Ready => rule.auto_cancel.ready.of(&self.order.kind).and_then(due),
            Next::Scan => None,
        };
        let scan = rule.auto_cancel.scan.of(&self.order.kind).and_then(due);
        let steps = [ready.map(|due| (due, Next::Ready)), scan.map(|due| (due, Next::Scan))];
        let (due, step) = steps.into_iter().flatten().min_by_key(|(due, _)| due.at)?;
        // TikTok gave the order more time than the rule knows of, and the cancellation has moved with it.
        if dispatch.is_some_and(|dispatch| due.at < dispatch.at) {
            return None;
        }
        let why = explain::cancelling_rule(self, rule, step, &due, &clocks);
        Some(Cancellation { at: due.at, clock: Clock::MarketRule, why })
    }

    fn clocks(&self, ready: Option<(Timestamp, Clock)>, scan: Option<(Timestamp, Clock)>) -> ClockReading {
        let ready = ready.filter(|_| self.next == Next::Ready);
        let given = ready.into_iter().chain(scan);
        let (kept, ignored): (Vec<_>, Vec<_>) = given.partition(|(at, _)| *at >= self.began);
        ClockReading {
            first: kept.iter().copied().min_by_key(|(at, _)| *at),
            ignored: ignored.into_iter().map(|(_, clock)| clock).collect(),
            reversed: matches!(kept[..], [(ready, _), (scan, _)] if scan < ready),
        }
    }

    fn due(
        &self,
        rule: &DispatchRule,
        term: Term,
        paid: Timestamp,
        cutoff: Cutoff,
        dispatch: Option<Timestamp>,
    ) -> Result<DueMoment, MissingTerm> {
        let calendar = self.rules.calendar(rule);
        let business = |from, days, of: &str| {
            let Counted { at, holidays } = calendar.add_business_days(from, days, cutoff);
            DueMoment { at, holidays, within: format!("{} of {of}", explain::days(days, "business day")) }
        };
        match term {
            Term::AfterPayment(days) => Ok(business(paid, short(days), "payment")),
            Term::AfterRelease(days) => {
                let released = self.order.released_at.ok_or(MissingTerm::Release)?;
                Ok(business(released.max(paid), short(days), "release"))
            }
            Term::AfterDispatch(days) => {
                let dispatch = dispatch.ok_or(MissingTerm::Term)?;
                Ok(business(dispatch, short(days), "the dispatch deadline"))
            }
            Term::Handling => {
                let handling = self.order.handling.ok_or(MissingTerm::Handling)?;
                Ok(match handling.unit {
                    HandlingUnit::BusinessDays => business(paid, handling.days, "payment"),
                    HandlingUnit::CalendarDays => DueMoment {
                        at: calendar.add_calendar_days(paid, handling.days, cutoff),
                        holidays: Vec::new(),
                        within: format!("{} of payment", explain::days(handling.days, "calendar day")),
                    },
                })
            }
        }
    }
}

/// A number of days that was checked when the rules were read.
fn short(days: i64) -> u16 {
    u16::try_from(days).unwrap_or(0)
}
