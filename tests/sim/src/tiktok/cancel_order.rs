//! Cancel Order, and the reasons by which a seller may (Get Aftersale Eligibility).

use serde_json::{Value, json};

use super::cancel_reasons::{Reason, is_sellers, of_seller};
use super::cancellation::{self, CancelStatus};
use super::cancellation_answer::{invalid_parameter, no_permission, shipped};
use super::core::{Core, Ids, State};
use super::events::Event;
use super::order::{Line, Order, OrderStatus};
use super::reply::ApiError;
use super::{CancelledBy, Region, ShopSpec};
use crate::lock::locked;
use crate::net::Request;

pub(crate) fn cancel(core: &Core, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("The body is not a JSON object."))?;
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty()).ok_or_else(invalid_parameter);
    let (order_id, reason) = (text("order_id")?, text("cancel_reason")?);
    let line_ids: Option<Vec<String>> = match &body["order_line_item_ids"] {
        Value::Null => None,
        ids => Some(serde_json::from_value(ids.clone()).map_err(|_| invalid_parameter())?),
    };
    let line_ids = line_ids.filter(|ids| !ids.is_empty());
    core.change(order_id, |state, ids| {
        let order = find(state, shop, order_id).map_err(Err)?;
        let reason = check(order, shop.region, reason).map_err(Err)?;
        let lines = choose(order, shop.region, reason, line_ids).map_err(Err)?;
        Ok(apply(state, ids, order_id, lines, reason))
    })
}

fn apply(
    state: &mut State,
    ids: &Ids,
    order_id: &str,
    lines: Option<Vec<String>>,
    reason: Reason,
) -> (Result<Value, ApiError>, Vec<Event>) {
    let events = match lines {
        None => {
            cancellation::cancel(state, ids, order_id, CancelledBy::Seller, reason, CancelStatus::Success)
        }
        Some(lines) => cancellation::cancel_lines(state, ids, order_id, lines, reason),
    };
    let cancel_id = events.iter().find_map(Event::cancel_id).unwrap_or_default();
    let answer = json!({ "cancel_id": cancel_id, "cancel_status": CancelStatus::Success.name() });
    (Ok(answer), events)
}

fn find<'a>(state: &'a State, shop: &ShopSpec, order_id: &str) -> Result<&'a Order, ApiError> {
    state.orders.get(order_id).filter(|order| order.shop_id == shop.id).ok_or_else(no_permission)
}

fn check(order: &Order, region: Region, reason: &str) -> Result<Reason, ApiError> {
    let refuse = |code, message: &str| Err(ApiError::business(code, message));
    if order.status == OrderStatus::Cancelled || order.cancel_request.is_some() {
        return refuse(
            25_001_011,
            "A return request is already in process, or the order has already been cancelled.",
        );
    }
    if order.status == OrderStatus::Completed {
        return refuse(25_001_051, "Not allowed to return or cancel since order is completed or cancelled");
    }
    let allowed = of_seller(region, order.status);
    if allowed.is_empty() {
        return Err(shipped());
    }
    match allowed.iter().find(|known| known.name == reason) {
        Some(reason) => Ok(*reason),
        None if is_sellers(reason) => refuse(25_001_021, "Reason not match order status"),
        None => {
            refuse(25_001_014, "Unknown return reason. Please ensure you are passing a valid return reason.")
        }
    }
}

/// The lines to cancel; `None` for the whole order.
fn choose(
    order: &Order,
    region: Region,
    reason: Reason,
    wanted: Option<Vec<String>>,
) -> Result<Option<Vec<String>>, ApiError> {
    let open: Vec<&Line> = order.open_lines().collect();
    let wanted = wanted.filter(|ids| !open.iter().all(|line| ids.contains(&line.id)));
    let Some(wanted) = wanted else {
        let partly_gone = open.iter().any(|line| line.package.is_some());
        return if partly_gone && region != Region::Us { Err(shipped()) } else { Ok(None) };
    };
    let may_go = |id: &String| open.iter().any(|line| line.id == *id && line.package.is_none());
    if !wanted.iter().all(may_go) {
        let message = "The requested line item(s) for return or refund exceeds the allowable limit.";
        return Err(ApiError::business(25_005_011, message));
    }
    // "Only US and UK sellers are allowed to do partial cancel on item out of stock scenario."
    if !reason.name.contains("out_of_stock") {
        let message = "Unable to cancel individual line items within this request.";
        return Err(ApiError::business(25_005_010, message));
    }
    Ok(Some(wanted))
}

pub(crate) fn eligibility(
    core: &Core,
    shop: &ShopSpec,
    order_id: &str,
    request: &Request,
) -> Result<Value, ApiError> {
    let is_sellers_wish = request.param("initiate_aftersale_user").is_none_or(|user| user == "SELLER");
    let state = locked(&core.state);
    let order = find(&state, shop, order_id)?;
    let reasons = if order.cancel_request.is_some() { &[] } else { of_seller(shop.region, order.status) };
    let eligible = is_sellers_wish && !reasons.is_empty();
    let names: Vec<_> = reasons.iter().filter(|_| eligible).map(|reason| reason.name).collect();
    let entry = |line: &Line| {
        let mut entry = json!({
            "request_type": "CANCEL",
            "order_line_items_ids": [line.id],
            "eligible": eligible,
            "available_reason_names": names,
        });
        if !eligible {
            entry["ineligible_code"] = 25_001_001.into();
            entry["ineligible_reason"] = "invalid order status".into();
        }
        json!({ "sku_id": line.sku_id, "line_item_eligibility": [entry] })
    };
    Ok(json!({ "sku_eligibility": order.open_lines().map(entry).collect::<Vec<_>>() }))
}
