//! Computes the deadlines of one order under the rules of its market.

use jiff::Timestamp;
use jiff::civil::Date;

use super::rules::{DispatchRule, DispatchRules, Term};
use super::{AutoCancellation, Deadline, DeadlineSource, NextStep, WITHOUT_CLOCK, explain};
use crate::calendar::{CountedDays, Cutoff};
use crate::market::LateBy;
use crate::order::{HandlingUnit, Order};
use crate::time::later;

/// An order that still has a step to reach.
pub(super) struct DeadlineInput<'a> {
    pub order: &'a Order,
    pub next: NextStep,
    /// The payment, or the creation of an unpaid order: no deadline lies before it.
    pub began: Timestamp,
    /// The market's rule, if there is one.
    pub rule: Option<&'a DispatchRule>,
    rules: &'a DispatchRules,
}

/// What a pair of TikTok's clocks says: one for readiness, one for the scan.
pub(super) struct ClockReading {
    /// The earlier of the plausible ones.
    pub first: Option<(Timestamp, DeadlineSource)>,
    /// Those that lie before the order began.
    pub ignored: Vec<DeadlineSource>,
    /// The scan is due before the order has to be ready, which makes no sense.
    pub reversed: bool,
}

/// A deadline counted by a rule.
pub(super) struct DueMoment {
    pub at: Timestamp,
    /// The holidays that were skipped.
    pub holidays: Vec<Date>,
    /// In words, for example "2 business days of payment".
    pub within: String,
}

/// Why no rule gives a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MissingTerm {
    /// The market has no rule for orders paid at that time.
    DispatchRule,
    /// The rule does not cover this kind of order.
    Term,
    /// A pre-order without `release_date`.
    Release,
    /// An order that needs a `handling_duration` and has none.
    Handling,
}

impl<'a> DeadlineInput<'a> {
    pub fn new(order: &'a Order, rules: &'a DispatchRules, next: NextStep) -> Self {
        let began = order.paid_at.unwrap_or(order.created_at);
        Self { order, next, began, rule: rules.rule(&order.market, began), rules }
    }

    /// By when the next step is due.
    pub fn dispatch(&self) -> Option<Deadline> {
        let clocks = &self.order.clocks;
        let clocks = self.clocks(
            clocks.ready_by.map(|at| (at, DeadlineSource::ReadyToShip)),
            clocks.scanned_by.map(|at| (at, DeadlineSource::CarrierScan)),
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
            // Where readiness counts, an order that is ready can no longer be late.
            (NextStep::Scan, Ok((rule, _))) if rule.late_by == LateBy::Ready => None,
            (_, Ok((rule, due))) => {
                Some(deadline(due.at, DeadlineSource::MarketRule, explain::rule(self, rule, &due, &clocks)))
            }
            (NextStep::Scan, Err(_)) => None,
            (NextStep::Ready, Err(missing)) => {
                let at = later(paid, WITHOUT_CLOCK);
                Some(deadline(at, DeadlineSource::PaidPlus72h, explain::last_resort(self, missing, &clocks)))
            }
        }
    }

    /// When TikTok cancels the order that has to be dispatched by `dispatch`.
    pub fn cancellation(&self, dispatch: Option<&Deadline>) -> Option<AutoCancellation> {
        let clocks = &self.order.clocks;
        let clocks = self.clocks(
            clocks.ready_or_cancelled.map(|at| (at, DeadlineSource::ShippingDue)),
            clocks.scanned_or_cancelled.map(|at| (at, DeadlineSource::CollectionDue)),
        );
        if let Some((at, clock)) = clocks.first {
            let why = explain::cancelling_clock(self, clock, &clocks, dispatch);
            return Some(AutoCancellation { at, clock, why });
        }
        let (rule, paid) = (self.rule?, self.order.paid_at?);
        // The fallback is not a deadline of TikTok's, so nothing is counted from it.
        let known = dispatch
            .filter(|dispatch| dispatch.clock != DeadlineSource::PaidPlus72h)
            .map(|dispatch| dispatch.at);
        let due = |term| self.due(rule, term, paid, rule.cancel_cutoff(), known).ok();
        let ready = match self.next {
            NextStep::Ready => rule.auto_cancel.ready.of(&self.order.kind).and_then(due),
            NextStep::Scan => None,
        };
        let scan = rule.auto_cancel.scan.of(&self.order.kind).and_then(due);
        let steps = [ready.map(|due| (due, NextStep::Ready)), scan.map(|due| (due, NextStep::Scan))];
        let (due, step) = steps.into_iter().flatten().min_by_key(|(due, _)| due.at)?;
        // TikTok gave the order more time than the rule allows, so the cancellation has moved too.
        if dispatch.is_some_and(|dispatch| due.at < dispatch.at) {
            return None;
        }
        let why = explain::cancelling_rule(self, rule, step, &due, &clocks);
        Some(AutoCancellation { at: due.at, clock: DeadlineSource::MarketRule, why })
    }

    fn clocks(
        &self,
        ready: Option<(Timestamp, DeadlineSource)>,
        scan: Option<(Timestamp, DeadlineSource)>,
    ) -> ClockReading {
        let ready = ready.filter(|_| self.next == NextStep::Ready);
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
            let CountedDays { at, holidays } = calendar.add_business_days(from, days, cutoff);
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

/// The range was checked when the rules were read.
fn short(days: i64) -> u16 {
    u16::try_from(days).unwrap_or(0)
}
