//! By when an order must be dispatched, with the reason.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::market::LateBy;
use crate::order::{Fulfillment, Order, OrderStatus};

/// The last resort when the platform gives no clock: hours from payment. TikTok's present rules are tighter or
/// looser by market and order type, so its own clocks always win.
pub const WITHOUT_CLOCK: SignedDuration = SignedDuration::from_hours(72);

/// Which clock a deadline was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// `rts_sla_time`.
    ReadyToShip,
    /// `tts_sla_time`.
    CarrierScan,
    /// Payment + 72 h.
    PaidPlus72h,
}

/// By when an order must be dispatched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The moment.
    pub at: Timestamp,
    /// What it was read from.
    pub clock: Clock,
    /// When TikTok cancels the order by itself, if it says so.
    pub cancelled_at: Option<Timestamp>,
    /// The reason in one sentence.
    pub why: String,
}

/// The deadline that governs `order` as it stands; `None` when nothing is to be dispatched any more, the order is not
/// paid, or TikTok dispatches it.
///
/// Until AWAITING_COLLECTION the order has to become ready (`rts_sla_time`), then scanned (`tts_sla_time`). Where the
/// market counts only the scan as late, readiness still is the next step, so the earlier of the two governs.
pub fn deadline(order: &Order) -> Option<Deadline> {
    let clocks = &order.clocks;
    let market = order.market.code();
    if order.fulfillment == Fulfillment::Platform {
        return None;
    }
    match order.status {
        OrderStatus::AwaitingCollection => clocks.scanned_by.map(|at| Deadline {
            at,
            clock: Clock::CarrierScan,
            cancelled_at: clocks.scanned_or_cancelled,
            why: format!("TikTok expects the carrier's scan by tts_sla_time{}.", counts(order, LateBy::Scan)),
        }),
        OrderStatus::Unpaid
        | OrderStatus::InTransit
        | OrderStatus::Delivered
        | OrderStatus::Completed
        | OrderStatus::Cancelled => None,
        OrderStatus::OnHold
        | OrderStatus::AwaitingShipment
        | OrderStatus::PartiallyShipping
        | OrderStatus::Unknown(_) => {
            let ready = clocks.ready_by.map(|at| (at, Clock::ReadyToShip, "rts_sla_time", LateBy::Ready));
            let scan = clocks.scanned_by.map(|at| (at, Clock::CarrierScan, "tts_sla_time", LateBy::Scan));
            let first = ready.into_iter().chain(scan).min_by_key(|(at, ..)| *at);
            let cancelled_at = clocks.ready_or_cancelled;
            match first {
                Some((at, clock, field, late_by)) => Some(Deadline {
                    at,
                    clock,
                    cancelled_at,
                    why: format!("TikTok expects dispatch by {field}{}.", counts(order, late_by)),
                }),
                None => order.paid_at.map(|paid| Deadline {
                    at: paid.saturating_add(WITHOUT_CLOCK).unwrap_or(Timestamp::MAX),
                    clock: Clock::PaidPlus72h,
                    cancelled_at,
                    why: format!("TikTok gave no clock for this {market} order: 72 h after payment."),
                }),
            }
        }
    }
}

/// Says whether missing this clock counts as late in the order's market.
fn counts(order: &Order, clock: LateBy) -> String {
    let market = order.market.code();
    if order.market.late_by() == clock {
        format!(", which counts as late dispatch in {market}")
    } else {
        format!("; {market} counts the other clock as late dispatch")
    }
}
