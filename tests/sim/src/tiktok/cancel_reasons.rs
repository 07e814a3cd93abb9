//! The reasons of cancellations, by market and status (Partner Center, "Cancel reasons").

use super::{CancelledBy, OrderStatus, Region};

/// A reason: its name in calls, and its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

const fn reason(name: &'static str, text: &'static str) -> Reason {
    Reason { name, text }
}

const US_UNPAID: &[Reason] = &[
    reason("seller_cancel_unpaid_reason_out_of_stock", "Out of stock"),
    reason("seller_cancel_unpaid_reason_wrong_price", "Pricing error"),
    reason("seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed", "Buyer did not pay on time"),
    reason("seller_cancel_unpaid_reason_buyer_requested_cancellation", "Buyer requested cancellation"),
];

const US_PAID: &[Reason] = &[
    reason("seller_cancel_reason_out_of_stock", "Out of stock"),
    reason("seller_cancel_reason_wrong_price", "Pricing error"),
    reason("seller_cancel_paid_reason_address_not_deliver", "Unable to deliver to buyer address"),
    reason("seller_cancel_paid_reason_buyer_requested_cancellation", "Buyer requested cancellation"),
];

const GB_UNPAID: &[Reason] = &[
    reason("seller_cancel_unpaid_reason_out_of_stock_uk", "Out of stock"),
    reason("seller_cancel_unpaid_reason_wrong_price_uk", "Pricing error"),
    reason(
        "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed_uk",
        "Buyer did not pay on time",
    ),
];

const GB_PAID: &[Reason] = &[
    reason("seller_cancel_reason_wrong_price_uk", "Pricing error"),
    reason("seller_cancel_paid_reason_address_not_deliver_uk", "Unable to deliver to buyer address"),
    reason("seller_cancel_reason_out_of_stock_uk", "Out of stock"),
];

const US_REJECT: &[Reason] = &[
    reason(
        "order_manage_list_action_respond_popup_reject_reason_invalid_cancellation_reason",
        "Invalid reason for cancellation",
    ),
    reason(
        "order_manage_list_action_respond_popup_reject_reason_delivered",
        "Product delivery is on schedule",
    ),
    reason(
        "order_manage_list_action_respond_popup_reject_reason_buyer_agree",
        "Reached an agreement with the buyer",
    ),
    reason("seller_reject_apply_product_has_been_packed", "Product has been packed"),
];

const GB_REJECT: &[Reason] = &[
    reason(
        "order_manage_list_action_respond_popup_reject_reason_invalid_cancellation_reason_uk",
        "Invalid reason for cancellation",
    ),
    reason(
        "order_manage_list_action_respond_popup_reject_reason_delivered_uk",
        "Product delivery is on schedule",
    ),
    reason(
        "order_manage_list_action_respond_popup_reject_reason_buyer_agree_uk",
        "Reached an agreement with the buyer",
    ),
    reason("seller_reject_apply_product_has_been_packed", "Product has been packed"),
];

/// By which reasons a seller may cancel an order in a status: none once it is shipped, in the US once it is scanned.
pub(crate) fn of_seller(region: Region, status: OrderStatus) -> &'static [Reason] {
    use OrderStatus::{AwaitingCollection, AwaitingShipment, OnHold, PartiallyShipping, Unpaid};
    match (region, status) {
        (Region::Us, Unpaid) => US_UNPAID,
        (Region::Gb | Region::My, Unpaid) => GB_UNPAID,
        (Region::Us, OnHold | AwaitingShipment | PartiallyShipping | AwaitingCollection) => US_PAID,
        (Region::Gb | Region::My, OnHold | AwaitingShipment | PartiallyShipping) => GB_PAID,
        _ => &[],
    }
}

/// By which reasons a seller may refuse a buyer's request.
pub(crate) fn to_reject(region: Region) -> &'static [Reason] {
    match region {
        Region::Us => US_REJECT,
        Region::Gb | Region::My => GB_REJECT,
    }
}

/// Whether a seller has such a reason in any status of any market.
pub(crate) fn is_sellers(name: &str) -> bool {
    [US_UNPAID, US_PAID, GB_UNPAID, GB_PAID].concat().iter().any(|reason| reason.name == name)
}

/// The reason where nobody gives one.
pub(crate) fn usual(by: CancelledBy, region: Region) -> Reason {
    match (by, region) {
        (CancelledBy::Buyer, Region::Us) => {
            reason("ecom_order_to_ship_canceled_reason_no_longer_needed", "No longer needed")
        }
        (CancelledBy::Buyer, Region::Gb | Region::My) => {
            reason("ecom_order_to_ship_canceled_reason_no_longer_needed_uk", "No longer needed")
        }
        (CancelledBy::Seller, Region::Us) => US_PAID[0],
        (CancelledBy::Seller, Region::Gb | Region::My) => GB_PAID[2],
        (CancelledBy::System, Region::Us) => reason("platform_cancel", "Order cancelled by system"),
        (CancelledBy::System, Region::Gb | Region::My) => {
            reason("platform_cancel_uk", "Order cancelled by system")
        }
    }
}
