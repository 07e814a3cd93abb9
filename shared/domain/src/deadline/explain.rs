//! Explains deadlines, in one sentence each.

use super::input::{ClockReading, DeadlineInput, DueMoment, MissingTerm};
use super::rules::{DispatchRule, Source};
use super::{Deadline, DeadlineSource, NextStep};
use crate::market::LateBy;
use crate::order::OrderKind;

/// One of TikTok's clocks, and what counts as late in the market.
pub(super) fn clock(input: &DeadlineInput<'_>, clock: DeadlineSource, clocks: &ClockReading) -> String {
    let (expected, mine) = match clock {
        DeadlineSource::CarrierScan => ("the carrier's scan", LateBy::Scan),
        _ => ("the order to be ready to ship", LateBy::Ready),
    };
    let market = input.order.market.code();
    let counts = match input.rule {
        None => format!("; no rule says which clock decides a late dispatch in {market}"),
        Some(rule) if rule.late_by == mine => {
            format!("; missing it counts as late dispatch in {market} {}", since(rule))
        }
        Some(rule) => {
            format!("; {} counts as late dispatch in {market} {}", late_by(rule.late_by), since(rule))
        }
    };
    format!("TikTok expects {expected} by {}{}{counts}.", field(clock), clock_warnings(input, clocks))
}

/// The market's rule, if TikTok gave no clock.
pub(super) fn rule(
    input: &DeadlineInput<'_>,
    rule: &DispatchRule,
    due: &DueMoment,
    clocks: &ClockReading,
) -> String {
    let wants = match rule.late_by {
        LateBy::Ready => "the order ready to ship",
        LateBy::Scan => "the carrier's scan",
    };
    let counted = counted(rule, due);
    let early = rule.order_cutoff.map_or_else(String::new, |until| {
        format!(", counting orders from {until} on from the next business day")
    });
    let (no_clock, market) = (no_clock(input, clocks), input.order.market.code());
    format!("{no_clock}, and {market} asks for {wants} within {counted}{early} {}.", since(rule))
}

/// The fallback, and why no rule applies.
pub(super) fn last_resort(input: &DeadlineInput<'_>, missing: MissingTerm, clocks: &ClockReading) -> String {
    let market = input.order.market.code();
    let missing = match (missing, &input.order.kind) {
        (_, OrderKind::Unknown(_)) => "Punctual does not know this kind of order".to_owned(),
        (MissingTerm::DispatchRule, _) => format!("no rule is known for {market} at that time"),
        (MissingTerm::Term, kind) => format!("{market}'s rule does not cover {}", name(kind)),
        (MissingTerm::Release, _) => "the pre-order has no release_date".to_owned(),
        (MissingTerm::Handling, _) => "the order has no handling_duration".to_owned(),
    };
    format!("{}, and {missing}, so the deadline is 72 h after payment.", no_clock(input, clocks))
}

/// A clock by which TikTok cancels, and whether that is before the deadline by which the order has to be dispatched.
pub(super) fn cancelling_clock(
    input: &DeadlineInput<'_>,
    clock: DeadlineSource,
    clocks: &ClockReading,
    dispatch: Option<&Deadline>,
) -> String {
    let step = if clock == DeadlineSource::CollectionDue { NextStep::Scan } else { NextStep::Ready };
    let is_before = |dispatch: &Deadline| clocks.first.is_some_and(|(at, _)| at < dispatch.at);
    let early =
        if dispatch.is_some_and(is_before) { ", which lies before the dispatch deadline" } else { "" };
    let (field, odd) = (field(clock), clock_warnings(input, clocks));
    format!("TikTok cancels the order unless {} by {field}{odd}{early}.", reached(step))
}

/// The market's rule for cancellations, if TikTok gave no clock.
pub(super) fn cancelling_rule(
    input: &DeadlineInput<'_>,
    rule: &DispatchRule,
    step: NextStep,
    due: &DueMoment,
    clocks: &ClockReading,
) -> String {
    let (reached, counted) = (reached(step), counted(rule, due));
    let odd = clock_warnings(input, clocks);
    let market = input.order.market.code();
    format!("TikTok cancels an order in {market} unless {reached} within {counted}{odd} {}.", since(rule))
}

/// "1 business day", "2 business days".
pub(super) fn days(days: u16, one: &str) -> String {
    format!("{days} {one}{}", if days == 1 { "" } else { "s" })
}

/// How it was counted: the days, when a day ends, and the holidays skipped.
fn counted(rule: &DispatchRule, due: &DueMoment) -> String {
    let holidays: Vec<String> = due.holidays.iter().map(ToString::to_string).collect();
    let skipped = match holidays.as_slice() {
        [] => String::new(),
        [one] => format!(", not counting the holiday {one}"),
        more => format!(", not counting the holidays {}", more.join(" and ")),
    };
    format!("{}, until {} in {}{skipped}", due.within, rule.cutoff, rule.zone)
}

fn no_clock(input: &DeadlineInput<'_>, clocks: &ClockReading) -> String {
    match clocks.ignored.as_slice() {
        [] => "TikTok gave no clock".to_owned(),
        _ => format!("TikTok gave no usable clock{}", clock_warnings(input, clocks)),
    }
}

/// What is wrong with TikTok's clocks, in parentheses; empty if nothing is.
fn clock_warnings(input: &DeadlineInput<'_>, clocks: &ClockReading) -> String {
    let began = if input.order.paid_at.is_some() { "the payment" } else { "the order" };
    match (clocks.first, clocks.ignored.as_slice()) {
        (Some((_, DeadlineSource::CarrierScan)), _) if clocks.reversed => {
            " (it lies before rts_sla_time, and the earlier of the two counts)".to_owned()
        }
        (Some((_, DeadlineSource::CollectionDue)), _) if clocks.reversed => {
            " (it lies before shipping_due_time, and the earlier of the two counts)".to_owned()
        }
        (_, []) => String::new(),
        (_, [one]) => format!(" ({} lies before {began} and is ignored)", field(*one)),
        (_, more) => {
            let fields: Vec<_> = more.iter().map(|clock| field(*clock)).collect();
            format!(" ({} lie before {began} and are ignored)", fields.join(" and "))
        }
    }
}

/// Since when a rule applies, and where it comes from.
fn since(rule: &DispatchRule) -> String {
    let Source { page, date } = &rule.source;
    let of = date.map_or_else(|| "undated".to_owned(), |date| date.to_string());
    format!("since {} ({page}, {of})", rule.from)
}

fn late_by(by: LateBy) -> &'static str {
    match by {
        LateBy::Ready => "missing rts_sla_time",
        LateBy::Scan => "missing tts_sla_time, the carrier's scan,",
    }
}

fn reached(step: NextStep) -> &'static str {
    match step {
        NextStep::Ready => "it is ready to ship",
        NextStep::Scan => "the carrier has scanned it",
    }
}

fn name(kind: &OrderKind) -> &'static str {
    match kind {
        OrderKind::PreOrder => "pre-orders",
        OrderKind::MadeToOrder => "orders made to order",
        OrderKind::BackOrder => "back orders",
        _ => "normal orders",
    }
}

/// TikTok's name for a clock.
fn field(clock: DeadlineSource) -> &'static str {
    match clock {
        DeadlineSource::ReadyToShip => "rts_sla_time",
        DeadlineSource::CarrierScan => "tts_sla_time",
        DeadlineSource::ShippingDue => "shipping_due_time",
        DeadlineSource::CollectionDue => "collection_due_time",
        DeadlineSource::MarketRule => "the market's rule",
        DeadlineSource::PaidPlus72h => "payment + 72 h",
    }
}
