//! Whether an order may be shipped, and what it has to wait for.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::order::{Fulfillment, Order, OrderStatus, ShippingType};
use crate::route::Route;
use crate::time::later;

/// The hour in which a buyer may change their mind. TikTok keeps the order ON_HOLD meanwhile; where it does not
/// (`is_on_hold_order` is false), the seller has to wait (changelog "introducing On Hold order status").
pub const REMORSE: SignedDuration = SignedDuration::from_hours(1);

/// Why a shipment waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    Unpaid,
    /// TikTok's ON_HOLD: the address is not shown, and shipping is refused (21011044).
    TikTokHold,
    /// Paid less than an hour ago, and TikTok does not hold it itself.
    Remorse,
    /// The buyer asked to cancel. In some markets shipping would reject that request.
    CancelRequested,
    /// The order or a unit to be shipped has a status that this version does not know; or the order has no units.
    StatusNotUnderstood,
    /// TikTok does not say who ships it, or says it in a way that this version does not know. A label that somebody else
    /// has to buy, or has bought, would be money wasted.
    RouteUnknown,
    /// It turned out not to be ours to ship, see [`NotOurs`].
    NotOurs,
    /// A person stopped it.
    Seller,
    /// TikTok would ship it in one parcel with other orders of the buyer, and more may come.
    Combining,
    /// Another order's purchase includes it.
    Combined,
}

/// Why an order is not ours to ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotOurs {
    /// TikTok packs and ships it.
    FulfilledByPlatform,
    /// Digital goods, or picked up in a store.
    NoParcel,
    /// Nothing is known of how orders are shipped in its market.
    MarketUnsupported,
}

/// What may be done with an order now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shippable {
    Now,
    Hold {
        /// `None` if only a change of the order ends the hold.
        until: Option<Timestamp>,
        why: HoldReason,
    },
    /// All of it is on its way or delivered.
    Shipped,
    Cancelled,
    /// It is not ours to ship.
    Never(NotOurs),
}

/// Decides whether `order`, whose row of [`crate::route::ROUTES`] says `route`, may be shipped at `now`.
pub fn shippable(order: &Order, route: Option<Route>, now: Timestamp) -> Shippable {
    if order.fulfillment == Fulfillment::Platform {
        return Shippable::Never(NotOurs::FulfilledByPlatform);
    }
    let hold = |why| Shippable::Hold { until: None, why };
    match &order.status {
        OrderStatus::Cancelled => Shippable::Cancelled,
        OrderStatus::AwaitingCollection
        | OrderStatus::InTransit
        | OrderStatus::Delivered
        | OrderStatus::Completed => Shippable::Shipped,
        OrderStatus::Unpaid => hold(HoldReason::Unpaid),
        OrderStatus::OnHold => hold(HoldReason::TikTokHold),
        OrderStatus::Unknown(_) => hold(HoldReason::StatusNotUnderstood),
        OrderStatus::AwaitingShipment | OrderStatus::PartiallyShipping => awaiting(order, route, now),
    }
}

fn awaiting(order: &Order, route: Option<Route>, now: Timestamp) -> Shippable {
    let route_unknown = Shippable::Hold { until: None, why: HoldReason::RouteUnknown };
    match order.fulfillment {
        Fulfillment::Platform => return Shippable::Never(NotOurs::FulfilledByPlatform),
        Fulfillment::Unknown(_) => return route_unknown,
        Fulfillment::Seller => {}
    }
    match order.shipping {
        ShippingType::NoParcel => return Shippable::Never(NotOurs::NoParcel),
        ShippingType::Unknown(_) => return route_unknown,
        ShippingType::Seller | ShippingType::TikTok => {}
    }
    if route.is_none() {
        return Shippable::Never(NotOurs::MarketUnsupported);
    }
    // That TikTok shows no units does not prove that they were shipped.
    if order.items.is_empty() {
        return Shippable::Hold { until: None, why: HoldReason::StatusNotUnderstood };
    }
    if order.items.iter().all(|item| item.status == OrderStatus::Cancelled) {
        return Shippable::Cancelled;
    }
    if order.unshipped().next().is_none() {
        return Shippable::Shipped;
    }
    if order.unshipped().any(|item| matches!(item.status, OrderStatus::Unknown(_))) {
        return Shippable::Hold { until: None, why: HoldReason::StatusNotUnderstood };
    }
    if order.cancel_requested {
        return Shippable::Hold { until: None, why: HoldReason::CancelRequested };
    }
    // Nobody pays for a sample, and so nobody may regret it for an hour.
    if !order.was_held_by_tiktok && !order.is_sample {
        // Without a payment time the hour counts from the last update: the order may have been created long before it was
        // paid, and a hold that ends too early is the worse mistake.
        let paid = order.paid_at.unwrap_or(order.created_at.max(order.updated_at));
        let until = later(paid, REMORSE);
        if until > now {
            return Shippable::Hold { until: Some(until), why: HoldReason::Remorse };
        }
    }
    Shippable::Now
}
