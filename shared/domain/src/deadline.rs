//! By when an order must be dispatched, and when TikTok cancels it, each with the reason.
//!
//! TikTok's own clocks come first: they account for business days, holidays, handling times and extensions. Where TikTok gives
//! none, the market's published rule is counted in the market's business days; without a rule it is 72 hours from payment.

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

/// The fallback if TikTok gives no clock and no rule fits, counted from the payment. It is not the policy of any market.
pub const WITHOUT_CLOCK: SignedDuration = SignedDuration::from_hours(72);

/// Where the instant of a deadline comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineSource {
    /// TikTok's `rts_sla_time`, by which the order has to be ready to ship.
    ReadyToShip,
    /// TikTok's `tts_sla_time`, by which the carrier has to scan the parcel.
    CarrierScan,
    /// TikTok's `shipping_due_time`, when it cancels an order that is not ready to ship.
    ShippingDue,
    /// TikTok's `collection_due_time`, when it cancels an order that the carrier has not scanned.
    CollectionDue,
    MarketRule,
    /// No clock and no rule: [`WITHOUT_CLOCK`] after the payment.
    PaidPlus72h,
}

/// By when an order must be dispatched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    pub at: Timestamp,
    pub clock: DeadlineSource,
    /// The reason in one sentence.
    pub why: String,
    /// When TikTok automatically cancels the order, if that is known.
    #[serde(default)]
    pub cancellation: Option<AutoCancellation>,
}

/// When TikTok automatically cancels an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoCancellation {
    pub at: Timestamp,
    pub clock: DeadlineSource,
    /// The reason in one sentence.
    pub why: String,
}

/// The step that an order has to reach next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextStep {
    Ready,
    Scan,
}

impl NextStep {
    /// `None` if nothing is to be dispatched, or not by us.
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

/// The deadline that applies to `order` as it stands; `None` if nothing is to be dispatched any more, the order is not paid,
/// or TikTok dispatches it.
///
/// Until AWAITING_COLLECTION the order has to become ready (`rts_sla_time`), then it has to be scanned (`tts_sla_time`). Even
/// where the market counts only the scan as late, readiness is the next step, so the earlier of the two applies. A clock that
/// lies before the payment is ignored. If only the cancellation is known, it is the deadline.
pub fn deadline(order: &Order, rules: &DispatchRules) -> Option<Deadline> {
    let input = DeadlineInput::new(order, rules, NextStep::of(order)?);
    let dispatch = input.dispatch();
    let cancellation = input.cancellation(dispatch.as_ref());
    match (dispatch, cancellation) {
        (Some(dispatch), cancellation) => Some(Deadline { cancellation, ..dispatch }),
        (None, Some(end)) => {
            let AutoCancellation { at, clock, why } = end.clone();
            Some(Deadline { at, clock, why, cancellation: Some(end) })
        }
        (None, None) => None,
    }
}
