//! Approve Cancellation, Reject Cancellation, and the reasons of the latter.

use serde_json::{Value, json};

use super::ShopSpec;
use super::cancel_reasons::to_reject;
use super::cancellation::{self, CancelStatus, Cancellation};
use super::core::{Core, Ids, State};
use super::events::Event;
use super::order::OrderStatus;
use super::reply::ApiError;
use crate::clock;
use crate::lock::locked;
use crate::net::Request;

/// "Idempotency keys can be up to 255 characters long"
const KEY_CHARS_MAX: usize = 255;

/// The seller's answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Approve,
    Reject,
}

pub(crate) fn approve(core: &Core, shop: &ShopSpec, id: &str, request: &Request) -> Result<Value, ApiError> {
    decide(core, shop, id, request, Verdict::Approve)
}

pub(crate) fn reject(core: &Core, shop: &ShopSpec, id: &str, request: &Request) -> Result<Value, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("The body is not a JSON object."))?;
    let Some(reason) = body["reject_reason"].as_str().filter(|reason| !reason.is_empty()) else {
        return Err(invalid_parameter());
    };
    if !to_reject(shop.region).iter().any(|known| known.name == reason) {
        return Err(ApiError::business(25_001_014, "Unknown return reason."));
    }
    decide(core, shop, id, request, Verdict::Reject)
}

pub(crate) fn reject_reasons(core: &Core, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    let id = request.param("return_or_cancel_id").unwrap_or_default();
    find(&locked(&core.state), shop, id)?;
    let list: Vec<_> =
        to_reject(shop.region).iter().map(|r| json!({ "name": r.name, "text": r.text })).collect();
    Ok(json!({ "reasons": list }))
}

fn decide(
    core: &Core,
    shop: &ShopSpec,
    id: &str,
    request: &Request,
    verdict: Verdict,
) -> Result<Value, ApiError> {
    let key = request.param("idempotency_key").filter(|key| !key.is_empty());
    if key.is_some_and(|key| key.chars().count() > KEY_CHARS_MAX) {
        return Err(invalid_parameter());
    }
    let key = key.map(|key| (request.path.clone(), key.to_owned()));
    let order_id = find(&locked(&core.state), shop, id)?.order_id.clone();
    core.change(&order_id, |state, ids| {
        // A key that was used before gets the same answer, and nothing is done again.
        if key.as_ref().is_some_and(|key| state.answered.contains(key)) {
            return Err(Ok(json!({})));
        }
        let events = apply(state, ids, shop, id, verdict).map_err(Err)?;
        state.answered.extend(key);
        Ok((Ok(json!({})), events))
    })
}

fn apply(
    state: &mut State,
    ids: &Ids,
    shop: &ShopSpec,
    id: &str,
    verdict: Verdict,
) -> Result<Vec<Event>, ApiError> {
    let made = find(state, shop, id)?.clone();
    check_status(made.status, verdict)?;
    let Some(order) = state.orders.get_mut(&made.order_id) else { return Err(not_found()) };
    if verdict == Verdict::Approve {
        if matches!(order.status, OrderStatus::InTransit | OrderStatus::Delivered | OrderStatus::Completed) {
            return Err(shipped());
        }
        let order_id = made.order_id;
        return Ok(cancellation::cancel(state, ids, &order_id, made.by, made.reason, CancelStatus::Success));
    }
    let now = clock::unix_seconds();
    order.touch(now);
    order.cancel_request = None;
    Ok(cancellation::close(&mut state.cancellations, id, now).into_iter().collect())
}

fn check_status(status: CancelStatus, verdict: Verdict) -> Result<(), ApiError> {
    use CancelStatus::{Cancelled, Complete, Pending, Success};
    let refuse = |code, message: &str| Err(ApiError::business(code, message));
    match (verdict, status) {
        (_, Pending) => Ok(()),
        (Verdict::Approve, Success | Complete) => {
            refuse(25_011_012, "reverse status cannot approve application")
        }
        (Verdict::Approve, Cancelled) => refuse(25_020_009, "reverse already cancelled"),
        (Verdict::Reject, Success | Complete) => {
            refuse(25_020_010, "Aftersales has been approved and cannot be rejected.")
        }
        (Verdict::Reject, Cancelled) => refuse(25_011_011, "reverse status cannot reject application"),
    }
}

fn find<'a>(state: &'a State, shop: &ShopSpec, id: &str) -> Result<&'a Cancellation, ApiError> {
    let made = state.cancellations.get(id).ok_or_else(not_found)?;
    if made.shop_id == shop.id { Ok(made) } else { Err(no_permission()) }
}

fn not_found() -> ApiError {
    ApiError::business(25_007_006, "Order not found.")
}

pub(crate) fn no_permission() -> ApiError {
    ApiError::business(25_020_005, "No permission to process this order")
}

pub(crate) fn invalid_parameter() -> ApiError {
    ApiError::business(25_001_001, "An invalid request parameter was passed.")
}

pub(crate) fn shipped() -> ApiError {
    let message = "The order has already been shipped and we are unable to cancel shipment with the courier.";
    ApiError::business(25_001_045, message)
}
