//! The reasons of deadlines: one sentence each.

use super::input::{ClockReading, DeadlineInput, DueMoment, MissingTerm};
use super::rules::{DispatchRule, Source};
use super::{Clock, Next};
use crate::market::LateBy;
use crate::order::OrderKind;

/// A clock of TikTok's, and what counts as late in the market.
pub(super) fn clock(input: &DeadlineInput<'_>, clock: Clock, clocks: &ClockReading) -> String {
    let (expected, mine) = match clock {
        Clock::CarrierScan => ("the carrier's scan", LateBy::Scan),
        _ => ("the order to be ready to ship", LateBy::Ready),
    };
    let market = input.order.market.code();
    let counts = match input.rule {
        None => format!("; no rule says which clock counts as late dispatch in {market}"),
        Some(rule) if rule.late_by == mine => {
            format!(", which counts as late dispatch in {market} {}", since(rule))
        }
        Some(rule) => {
            format!("; {} counts as late dispatch in {market} {}", late_by(rule.late_by), since(rule))
        }
    };
    format!("TikTok expects {expected} by {}{}{counts}.", field(clock), clock_warnings(input, clocks))
}

/// The market's rule, where TikTok gave no clock.
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
        format!(", counting orders from {until} on as of the next business day")
    });
    let (no_clock, market) = (no_clock(input, clocks), input.order.market.code());
    format!("{no_clock}, and {market} asks for {wants} within {counted}{early} {}.", since(rule))
}

/// Payment + 72 h.
pub(super) fn last_resort(input: &DeadlineInput<'_>, missing: MissingTerm, clocks: &ClockReading) -> String {
    let market = input.order.market.code();
    let missing = match (missing, &input.order.kind) {
        (_, OrderKind::Unknown(_)) => "the kind of the order is not known here".to_owned(),
        (MissingTerm::DispatchRule, _) => format!("no rule is known for {market} at that time"),
        (MissingTerm::Term, kind) => format!("the rule of {market} names no days for {}", name(kind)),
        (MissingTerm::Release, _) => "the pre-order has no release_date".to_owned(),
        (MissingTerm::Handling, _) => "the order has no handling_duration".to_owned(),
    };
    format!("{}, and {missing}, so that it is 72 h after payment.", no_clock(input, clocks))
}

/// A clock by which TikTok cancels.
pub(super) fn cancelling_clock(
    input: &DeadlineInput<'_>,
    clock: Clock,
    clocks: &ClockReading,
    too_early: bool,
) -> String {
    let step = if clock == Clock::CollectionDue { Next::Scan } else { Next::Ready };
    let early = if too_early { ", which lies before the dispatch deadline" } else { "" };
    let (field, odd) = (field(clock), clock_warnings(input, clocks));
    format!("TikTok cancels the order unless {} by {field}{odd}{early}.", reached(step))
}

/// The market's rule of cancellation, where TikTok gave no clock.
pub(super) fn cancelling_rule(
    input: &DeadlineInput<'_>,
    rule: &DispatchRule,
    step: Next,
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

/// The count, its end, and the holidays in it.
fn counted(rule: &DispatchRule, due: &DueMoment) -> String {
    let holidays: Vec<String> = due.holidays.iter().map(ToString::to_string).collect();
    let skipped = match holidays.as_slice() {
        [] => String::new(),
        [one] => format!(", without the holiday {one}"),
        more => format!(", without the holidays {}", more.join(" and ")),
    };
    format!("{}, until {} in {}{skipped}", due.within, rule.cutoff, rule.zone)
}

fn no_clock(input: &DeadlineInput<'_>, clocks: &ClockReading) -> String {
    match clocks.ignored.as_slice() {
        [] => "TikTok gave no clock".to_owned(),
        _ => format!("TikTok gave no clock that holds{}", clock_warnings(input, clocks)),
    }
}

/// What is wrong with TikTok's clocks, in brackets; nothing when they are right.
fn clock_warnings(input: &DeadlineInput<'_>, clocks: &ClockReading) -> String {
    let began = if input.order.paid_at.is_some() { "the payment" } else { "the order" };
    match (clocks.first, clocks.ignored.as_slice()) {
        (Some((_, Clock::CarrierScan)), _) if clocks.reversed => {
            " (it lies before rts_sla_time, and the earlier of the two counts)".to_owned()
        }
        (Some((_, Clock::CollectionDue)), _) if clocks.reversed => {
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

/// The date of a rule and where it is from.
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

fn reached(step: Next) -> &'static str {
    match step {
        Next::Ready => "it is ready to ship",
        Next::Scan => "the carrier has scanned it",
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

/// TikTok's name of a clock.
fn field(clock: Clock) -> &'static str {
    match clock {
        Clock::ReadyToShip => "rts_sla_time",
        Clock::CarrierScan => "tts_sla_time",
        Clock::ShippingDue => "shipping_due_time",
        Clock::CollectionDue => "collection_due_time",
        Clock::MarketRule => "the market's rule",
        Clock::PaidPlus72h => "payment + 72 h",
    }
}
