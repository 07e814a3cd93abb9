//! Ship Package: a package that is there from the payment on is shipped, with the platform's label or with the seller's own.

use serde_json::{Value, json};

use super::super::core::{Core, State};
use super::super::events::Event;
use super::super::logistics::market_providers;
use super::super::order::{Order, OrderStatus, Package};
use super::super::reply::ApiError;
use super::super::{Fulfillment, Region, ShippingType, ShopSpec, Upload};
use super::create::{NewPackage, ship_lines};
use super::{BoughtBy, PlatformService};
use crate::clock;
use crate::net::Request;

pub(crate) fn ship(
    core: &Core,
    shop: &ShopSpec,
    package_id: &str,
    request: &Request,
) -> Result<Value, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("The body is not a JSON object."))?;
    let order_id = {
        let state = crate::lock::locked(&core.state);
        let found = state.orders.values().find(|order| order.prepared_package.as_deref() == Some(package_id));
        found.filter(|order| order.shop_id == shop.id).map(|order| order.id.clone())
    };
    let no_such = || ApiError::business(21_042_204, "There is no such package in this shop.");
    let order_id = order_id.ok_or_else(no_such)?;
    core.change(&order_id, |state, _| match apply(state, shop, package_id, &order_id, &body) {
        Ok(events) => Ok((Ok(json!({})), events)),
        Err(error) => Err(Err(error)),
    })
}

fn apply(
    state: &mut State,
    shop: &ShopSpec,
    package_id: &str,
    order_id: &str,
    body: &Value,
) -> Result<Vec<Event>, ApiError> {
    let Some(order) = state.orders.get(order_id) else { return Ok(Vec::new()) };
    check(order, shop.region)?;
    let own = &body["self_shipment"];
    match (order.spec.shipping, own.is_object()) {
        (ShippingType::TikTok, false) => {}
        (ShippingType::Seller, true) => return ship_own(state, shop, package_id, order_id, own),
        _ => return Err(ApiError::business(21_011_013, "The shipping type does not allow this.")),
    }
    let slot = &body["pickup_slot"];
    let is_pickup = body["handover_method"] == "PICKUP";
    let is_taken = is_pickup && state.platform.slots_taken > 0;
    if is_taken {
        state.platform.slots_taken -= 1;
    }
    if is_taken || is_pickup && slot["end_time"].as_i64().unwrap_or(0) < clock::unix_seconds() {
        return Err(ApiError::business(21_011_053, "The pickup slot is not available."));
    }
    let handover =
        body["handover_method"].as_str().map(|method| (method.to_owned(), slot["start_time"].as_i64()));
    let Some(order) = state.orders.get(order_id) else { return Ok(Vec::new()) };
    let line_ids = order.open_lines().map(|line| line.id.clone()).collect();
    let new = NewPackage {
        id: package_id.to_owned(),
        shop,
        order_ids: vec![order_id.to_owned()],
        line_ids,
        service: PlatformService::new("0", "TikTok partner", "Standard", 0, (2, 4)),
        measures: (Value::Null, Value::Null),
        bought_by: BoughtBy::App,
        hidden_reads: 0,
    };
    let events = ship_lines(state, new).1;
    if let Some(package) = state.platform.packages.get_mut(package_id) {
        package.handover = handover;
    }
    Ok(events)
}

fn check(order: &Order, region: Region) -> Result<(), ApiError> {
    let refuse = |code, message: &str| Err(ApiError::business(code, message));
    if order.spec.fulfillment == Fulfillment::ByTikTok {
        return refuse(21_008_025, "The order is fulfilled by the platform.");
    }
    match order.status {
        status if status.shippable() => {}
        OrderStatus::OnHold => return refuse(21_011_044, "The order is on hold."),
        OrderStatus::Cancelled => return refuse(21_011_041, "The order is cancelled."),
        OrderStatus::Unpaid => return refuse(21_011_003, "The order status does not allow this."),
        _ => return refuse(21_011_040, "The package has already been shipped."),
    }
    if order.cancel_request.is_some() && region != Region::Us {
        return refuse(21_011_007, "The order has an after-sale request pending.");
    }
    Ok(())
}

fn ship_own(
    state: &mut State,
    shop: &ShopSpec,
    package_id: &str,
    order_id: &str,
    own: &Value,
) -> Result<Vec<Event>, ApiError> {
    let text = |name: &str| own[name].as_str().filter(|value| !value.is_empty());
    let invalid = || ApiError::business(21_011_022, "Invalid tracking number or shipping provider.");
    let tracking_number = text("tracking_number").ok_or_else(invalid)?.to_owned();
    let provider = text("shipping_provider_id").ok_or_else(invalid)?;
    let provider = market_providers(shop.region).iter().find(|p| p.id == provider).ok_or_else(invalid)?;
    if state.tracking_numbers.get(&tracking_number).is_some_and(|id| id != order_id) {
        return Err(ApiError::business(21_011_025, "The tracking number is used by another order."));
    }
    let Some(order) = state.orders.get_mut(order_id) else { return Ok(Vec::new()) };
    let now = clock::unix_seconds();
    let package = Package {
        id: package_id.to_owned(),
        tracking_number: tracking_number.clone(),
        provider_id: provider.id.to_owned(),
        provider_name: provider.name.to_owned(),
        rts_time: now,
    };
    let mut line_ids = Vec::new();
    for line in order.lines.iter_mut().filter(|line| line.cancel.is_none()) {
        line.package = Some(package.clone());
        line_ids.push(line.id.clone());
    }
    order.touch(now);
    order.status = OrderStatus::AwaitingCollection;
    order.rts_time = Some(now);
    let events = Event::status(order).into_iter().collect();
    state.tracking_numbers.insert(tracking_number.clone(), order_id.to_owned());
    state.uploads.push(Upload {
        order_id: order_id.to_owned(),
        line_ids,
        tracking_number,
        provider_id: provider.id.to_owned(),
        package_id: package_id.to_owned(),
        at: clock::now(),
        warning: None,
    });
    Ok(events)
}
