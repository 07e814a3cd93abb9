//! By when an order must be dispatched, and when TikTok cancels it, each with the reason.
//!
//! TikTok's own clocks come first: they know business days, holidays, handling times and extensions. Where it gives
//! none, the market's published rule is counted in the market's business days; where none is known, 72 hours from
//! payment are taken.

mod check;
mod explain;
mod input;
mod rules;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::order::{Fulfillment, Order, OrderKind, OrderStatus};
use input::DeadlineInput;

pub use check::RulesError;
pub use rules::DispatchRules;

/// The last resort when the platform gives no clock and no rule fits: hours from payment. It is the policy of no market.
pub const WITHOUT_CLOCK: SignedDuration = SignedDuration::from_hours(72);

/// What a moment was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// `rts_sla_time`.
    ReadyToShip,
    /// `tts_sla_time`.
    CarrierScan,
    /// `shipping_due_time`.
    ShippingDue,
    /// `collection_due_time`.
    CollectionDue,
    /// A rule of the market.
    MarketRule,
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
    /// The reason in one sentence.
    pub why: String,
    /// When TikTok cancels the order by itself, if that is known.
    #[serde(default)]
    pub cancellation: Option<Cancellation>,
}

/// When TikTok cancels an order by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// The moment.
    pub at: Timestamp,
    /// What it was read from.
    pub clock: Clock,
    /// The reason in one sentence.
    pub why: String,
}

/// What an order has to reach next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// AWAITING_COLLECTION.
    Ready,
    /// IN_TRANSIT.
    Scan,
}

impl Next {
    /// `None` when nothing is to be dispatched, or not by us.
    fn of(order: &Order) -> Option<Self> {
        if order.fulfillment == Fulfillment::Platform || order.kind == OrderKind::Virtual {
            return None;
        }
        match order.status {
            OrderStatus::OnHold
            | OrderStatus::AwaitingShipment
            | OrderStatus::PartiallyShipping
            | OrderStatus::Unknown(_) => Some(Self::Ready),
            OrderStatus::AwaitingCollection => Some(Self::Scan),
            OrderStatus::Unpaid
            | OrderStatus::InTransit
            | OrderStatus::Delivered
            | OrderStatus::Completed
            | OrderStatus::Cancelled => None,
        }
    }
}

/// The deadline that governs `order` as it stands; `None` when nothing is to be dispatched any more, the order is not
/// paid, or TikTok dispatches it.
///
/// Until AWAITING_COLLECTION the order has to become ready (`rts_sla_time`), then scanned (`tts_sla_time`). Where the
/// market counts only the scan as late, readiness still is the next step, so the earlier of the two governs. A clock
/// that lies before the payment is ignored. When only the cancellation is known, it is the deadline.
pub fn deadline(order: &Order, rules: &DispatchRules) -> Option<Deadline> {
    let input = DeadlineInput::new(order, rules, Next::of(order)?);
    let dispatch = input.dispatch();
    let cancellation = input.cancellation(dispatch.as_ref());
    match (dispatch, cancellation) {
        (Some(dispatch), cancellation) => Some(Deadline { cancellation, ..dispatch }),
        (None, Some(end)) => {
            let Cancellation { at, clock, why } = end.clone();
            Some(Deadline { at, clock, why, cancellation: Some(end) })
        }
        (None, None) => None,
    }
}
