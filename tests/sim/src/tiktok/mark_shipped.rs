//! Mark Package As Shipped: the upload of a tracking number.

use std::sync::Arc;

use serde_json::{Value, json};

use super::core::{Core, Ids, State};
use super::dispatch::dispatch;
use super::events::Event;
use super::logistics::{Provider, market_providers};
use super::order::{Order, OrderStatus, Package};
use super::reply::ApiError;
use super::{Fulfillment, LabelRule, Region, ShippingType, ShopSpec, Upload};
use crate::clock;
use crate::net::Request;

/// What the caller wants.
struct Wish {
    order_id: String,
    tracking_number: String,
    provider: Provider,
    line_ids: Option<Vec<String>>,
}

pub(crate) fn mark(
    core: &Arc<Core>,
    shop: &ShopSpec,
    order_id: &str,
    request: &Request,
) -> Result<Value, ApiError> {
    let wish = parse(order_id, shop.region, request)?;
    let rules = &core.config.label_rules;
    core.change(order_id, |state, ids| match apply(state, ids, shop, rules, &wish) {
        Ok((value, events)) => Ok((Ok(value), events)),
        Err(error) => Err(Err(error)),
    })
}

fn parse(order_id: &str, region: Region, request: &Request) -> Result<Wish, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("The body is not a JSON object."))?;
    let text = |name: &str| {
        let value = body[name].as_str().filter(|value| !value.is_empty());
        value.ok_or_else(|| ApiError::invalid(format!("param body.{name} is missing")))
    };
    let tracking_number = text("tracking_number")?.to_owned();
    let provider_id = text("shipping_provider_id")?;
    if !tracking_number.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)) {
        return Err(ApiError::business(21_004_012, "The tracking number contains special characters."));
    }
    if !(4..=50).contains(&tracking_number.len()) {
        return Err(ApiError::business(21_011_022, "Invalid tracking number or shipping provider."));
    }
    let provider = market_providers(region)
        .iter()
        .find(|p| p.id == provider_id)
        .copied()
        .ok_or_else(|| ApiError::business(21_011_022, "Invalid tracking number or shipping provider."))?;
    let line_ids = match &body["order_line_item_ids"] {
        Value::Null => None,
        Value::Array(ids) => {
            let ids: Option<Vec<String>> = ids.iter().map(|id| id.as_str().map(str::to_owned)).collect();
            let ids = ids.ok_or_else(|| ApiError::invalid("body order_line_item_ids is invalid"))?;
            Some(ids).filter(|ids| !ids.is_empty())
        }
        _ => return Err(ApiError::invalid("body order_line_item_ids is invalid")),
    };
    Ok(Wish { order_id: order_id.to_owned(), tracking_number, provider, line_ids })
}

fn apply(
    state: &mut State,
    ids: &Ids,
    shop: &ShopSpec,
    rules: &[LabelRule],
    wish: &Wish,
) -> Result<(Value, Vec<Event>), ApiError> {
    let taken = state.tracking_numbers.get(&wish.tracking_number).is_some_and(|id| *id != wish.order_id);
    let order = state
        .orders
        .get_mut(&wish.order_id)
        .filter(|order| order.shop_id == shop.id)
        .ok_or_else(|| ApiError::business(21_008_111, "The order does not belong to this seller."))?;
    check_status(order, shop.region)?;
    if taken {
        return Err(ApiError::business(21_011_025, "The tracking number is used by another order."));
    }
    let chosen = choose_lines(order, wish)?;
    let now = clock::unix_seconds();
    state.acceptance.check(rules, shop, &wish.provider, now)?;
    let package = Package {
        id: ids.package.next(),
        tracking_number: wish.tracking_number.clone(),
        provider_id: wish.provider.id.to_owned(),
        provider_name: wish.provider.name.to_owned(),
        rts_time: now,
    };
    for line in order.lines.iter_mut().filter(|line| chosen.contains(&line.id)) {
        line.package = Some(package.clone());
    }
    let events = dispatch(order, &mut state.cancellations, now);
    let warning = order.spec.upload_warning.clone().or_else(|| mismatch(wish));
    let mut data = json!({
        "order_id": wish.order_id,
        "order_line_item_ids": chosen,
        "package_id": package.id,
    });
    if let Some(message) = &warning {
        data["warning"] = json!({ "message": message });
    }
    state.tracking_numbers.insert(wish.tracking_number.clone(), wish.order_id.clone());
    state.uploads.push(Upload {
        order_id: wish.order_id.clone(),
        line_ids: chosen,
        tracking_number: wish.tracking_number.clone(),
        provider_id: package.provider_id,
        package_id: package.id,
        at: clock::now(),
        warning,
    });
    Ok((data, events))
}

fn check_status(order: &Order, region: Region) -> Result<(), ApiError> {
    let refuse = |code, message: &str| Err(ApiError::business(code, message));
    if order.spec.fulfillment == Fulfillment::ByTikTok || order.spec.shipping == ShippingType::TikTok {
        return refuse(21_008_025, "The order is fulfilled by the platform.");
    }
    match order.status {
        OrderStatus::OnHold => return refuse(21_011_044, "The order is on hold."),
        OrderStatus::Cancelled => return refuse(21_011_041, "The order is cancelled."),
        OrderStatus::Unpaid => return refuse(21_042_057, "The order status does not allow this."),
        status if status.shippable() => {}
        _ => return refuse(21_011_006, "The package has already been shipped."),
    }
    if order.cancel_request.is_some() && region != Region::Us {
        return refuse(21_011_007, "The order has an after-sale request pending.");
    }
    Ok(())
}

fn choose_lines(order: &Order, wish: &Wish) -> Result<Vec<String>, ApiError> {
    let Some(wanted) = &wish.line_ids else {
        if order.status == OrderStatus::PartiallyShipping {
            return Err(ApiError::business(21_011_048, "The order has several packages: name the lines."));
        }
        return Ok(order.open_lines().map(|line| line.id.clone()).collect());
    };
    for id in wanted {
        match order.lines.iter().find(|line| line.id == *id) {
            None => return Err(ApiError::invalid("body order_line_item_ids is invalid")),
            Some(line) if line.cancel.is_some() => {
                return Err(ApiError::business(21_011_042, "The package is cancelled."));
            }
            Some(line) if line.package.is_some() => {
                return Err(ApiError::business(21_011_006, "The package has already been shipped."));
            }
            Some(_) => {}
        }
    }
    Ok(wanted.clone())
}

/// The platform's warning when a number looks like another carrier's.
fn mismatch(wish: &Wish) -> Option<String> {
    let number = &wish.tracking_number;
    let digits = number.chars().all(|c| c.is_ascii_digit());
    let inferred: &[&str] = if number.starts_with("1Z") {
        &["UPS"]
    } else if digits && number.len() == 12 {
        &["FedEx"]
    } else if digits && number.len() == 22 && number.starts_with("9261") {
        &["DHL eCommerce", "USPS"]
    } else if digits && number.len() == 22 && number.starts_with('9') {
        &["USPS"]
    } else {
        return Some("No logistics provider could be found for this tracking number.".to_owned());
    };
    if inferred.contains(&wish.provider.name) {
        return None;
    }
    Some(format!(
        "The tracking number does not match your selected logistics provider. Did you mean to select {}?",
        inferred[0]
    ))
}
