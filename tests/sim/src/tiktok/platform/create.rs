//! Create Packages: the purchase and the dispatch in one.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::core::{Core, Ids, State};
use super::super::dispatch::dispatch;
use super::super::events::Event;
use super::super::order::{Order, OrderStatus, Package};
use super::super::order_json::money;
use super::super::reply::ApiError;
use super::super::{Fulfillment, Region, ShippingType, ShopSpec};
use super::{BoughtBy, CreateOddity, PlatformPackage, PlatformService, tracking_number};
use crate::clock;
use crate::lock::locked;
use crate::net::Request;

/// 70 lb, in grams: more is no parcel.
const GRAMS_MAX: f64 = 31_751.0;
/// 108 in, in centimeters.
const CENTIMETERS_MAX: f64 = 274.3;

/// The most orders of one package.
const ORDERS_MAX: usize = 20;

/// What the caller wants.
struct Wish {
    /// One, or all of a combined package.
    order_ids: Vec<String>,
    /// Of the only order.
    line_ids: Option<Vec<String>>,
    service_id: Option<String>,
    measures: (Value, Value),
}

/// A purchase that has begun is seen through, whether or not somebody waits for its answer.
pub(crate) async fn create(core: &Arc<Core>, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    let wish = parse(request)?;
    {
        let mut state = locked(&core.state);
        check(&state, shop, &wish)?;
        if wish.order_ids.iter().any(|id| state.platform.running.contains(id)) {
            return Err(ApiError::business(21_030_005, "The package is being created."));
        }
        state.platform.running.extend(wish.order_ids.iter().cloned());
    }
    let takes = core.config.platform.create_takes;
    if !takes.is_zero() {
        tokio::time::sleep(takes).await;
    }
    let first = wish.order_ids.first().cloned().unwrap_or_default();
    core.change(&first, |state, ids| {
        state.platform.running.retain(|id| !wish.order_ids.contains(id));
        match buy(state, ids, core, shop, &wish) {
            Ok((answer, events)) => Ok((answer, events)),
            Err(error) => Err(Err(error)),
        }
    })
}

fn parse(request: &Request) -> Result<Wish, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("The body is not a JSON object."))?;
    let text = |name: &str| body[name].as_str().filter(|value| !value.is_empty()).map(str::to_owned);
    let measures = (body["weight"].clone(), body["dimension"].clone());
    let service_id = text("shipping_service_id");
    let line_ids = match body["ship_type"].as_str() {
        Some("3") => {
            let order_ids = combined(&body["order_list_ids"])?;
            return Ok(Wish { order_ids, line_ids: None, service_id, measures });
        }
        Some("1") => None,
        Some("2") => {
            let lines = body["order_line_item"].as_array().filter(|lines| !lines.is_empty());
            let ids: Option<Vec<String>> = lines.and_then(|lines| {
                lines.iter().map(|line| line["order_line_id"].as_str().map(str::to_owned)).collect()
            });
            Some(ids.ok_or_else(|| ApiError::business(21_001_001, "order_line_item is invalid"))?)
        }
        _ => return Err(ApiError::business(11_050_001, "ship_type is invalid")),
    };
    let order_id = text("order_id").ok_or_else(|| ApiError::business(21_001_001, "order_id is missing"))?;
    Ok(Wish { order_ids: vec![order_id], line_ids, service_id, measures })
}

/// The orders of a combined package: at least two, each once.
fn combined(list: &Value) -> Result<Vec<String>, ApiError> {
    let ids = list.as_array().map(|ids| ids.iter().map(|id| id.as_str().map(str::to_owned)));
    let ids: Option<Vec<String>> = ids.and_then(Iterator::collect);
    let ids = ids.filter(|ids| ids.len() >= 2 && ids.iter().collect::<BTreeSet<_>>().len() == ids.len());
    let ids = ids.ok_or_else(|| ApiError::business(21_001_001, "order_list_ids is invalid"))?;
    if ids.len() > ORDERS_MAX {
        return Err(ApiError::business(21_011_033, "Too many orders to be combined."));
    }
    Ok(ids)
}

fn check(state: &State, shop: &ShopSpec, wish: &Wish) -> Result<(), ApiError> {
    let [only] = wish.order_ids.as_slice() else { return check_combined(state, shop, wish) };
    check_order(state, shop, wish, only)
}

/// All of a combined package or nothing: the orders are of one group, and each may be shipped.
fn check_combined(state: &State, shop: &ShopSpec, wish: &Wish) -> Result<(), ApiError> {
    let refuse = || Err(ApiError::business(21_011_046, "The orders can't be combined."));
    let mut groups = BTreeSet::new();
    for id in &wish.order_ids {
        match check_order(state, shop, wish, id) {
            Err(error) if error.code != 21_022_025 => return refuse(),
            checked => checked?,
        }
        let group = state.orders.get(id).and_then(|order| order.spec.fields.get("auto_combine_group_id"));
        groups.insert(group.and_then(Option::as_ref).and_then(Value::as_str).unwrap_or_default());
    }
    if groups.len() == 1 && !groups.contains("") { Ok(()) } else { refuse() }
}

fn check_order(state: &State, shop: &ShopSpec, wish: &Wish, id: &str) -> Result<(), ApiError> {
    let refuse = |code, message: &str| Err(ApiError::business(code, message));
    let order = state.orders.get(id).filter(|order| order.shop_id == shop.id);
    let Some(order) = order else { return refuse(21_042_204, "The order does not belong to the shop.") };
    if shop.region != Region::Us {
        return refuse(21_008_106, "The market does not support this.");
    }
    if order.spec.fulfillment == Fulfillment::ByTikTok {
        return refuse(21_008_025, "The order is fulfilled by the platform.");
    }
    if order.spec.shipping == ShippingType::Seller {
        return refuse(21_011_012, "The order is shipped by the seller.");
    }
    match order.status {
        status if status.shippable() => {}
        OrderStatus::Unpaid | OrderStatus::OnHold | OrderStatus::Cancelled => {
            return refuse(21_011_003, "The order status does not allow this.");
        }
        _ => return refuse(21_022_025, "The package has already been created."),
    }
    let lines = lines(order, wish)?;
    if lines.iter().any(|id| order.lines.iter().any(|line| line.id == *id && line.package.is_some())) {
        return refuse(21_022_025, "The package has already been created.");
    }
    measure(&wish.measures)
}

fn lines(order: &Order, wish: &Wish) -> Result<Vec<String>, ApiError> {
    let Some(wanted) = &wish.line_ids else {
        if order.status == OrderStatus::PartiallyShipping {
            return Err(ApiError::business(21_011_048, "The order has several packages: name the lines."));
        }
        return Ok(order.open_lines().map(|line| line.id.clone()).collect());
    };
    let known = |id: &&String| order.open_lines().any(|line| line.id == **id);
    if wanted.iter().all(|id| known(&id)) {
        Ok(wanted.clone())
    } else {
        Err(ApiError::business(21_011_029, "The line is not in the order."))
    }
}

fn measure((weight, dimension): &(Value, Value)) -> Result<(), ApiError> {
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    if !weight.is_null() {
        let grams = match weight["unit"].as_str() {
            Some("GRAM") => number(&weight["value"]),
            Some("POUND") => number(&weight["value"]).map(|pounds| pounds * 453.592_37),
            _ => None,
        };
        let grams = grams.ok_or_else(|| ApiError::business(21_001_001, "weight is invalid"))?;
        if grams > GRAMS_MAX {
            return Err(ApiError::business(11_021_009, "No service for this weight."));
        }
    }
    if !dimension.is_null() {
        let factor = match dimension["unit"].as_str() {
            Some("CM") => 1.0,
            Some("INCH") => 2.54,
            _ => return Err(ApiError::business(21_001_001, "dimension is invalid")),
        };
        for side in ["length", "width", "height"] {
            let side = number(&dimension[side]);
            let side = side.ok_or_else(|| ApiError::business(21_001_001, "dimension is invalid"))?;
            if side * factor > CENTIMETERS_MAX {
                return Err(ApiError::business(11_021_014, "The parcel is oversize."));
            }
        }
    }
    Ok(())
}

/// What came of a purchase, with the webhooks that it gave rise to.
type Purchased = (Result<Value, ApiError>, Vec<Event>);

fn buy(
    state: &mut State,
    ids: &Ids,
    core: &Core,
    shop: &ShopSpec,
    wish: &Wish,
) -> Result<Purchased, ApiError> {
    // Seller Center or a cancellation may have come first.
    check(state, shop, wish)?;
    let oddity = state.platform.oddities.pop_front();
    let services = state.platform.services();
    let default = services.first().cloned();
    let default = default.ok_or_else(|| ApiError::business(11_021_037, "No service for this parcel."))?;
    let service = match (&wish.service_id, services.len()) {
        (_, _) if oddity == Some(CreateOddity::OtherService) => other(&default),
        // With one service the id plays no part.
        (Some(id), 2..) => services
            .into_iter()
            .find(|service| service.id == *id)
            .ok_or_else(|| ApiError::business(21_004_008, "The shipping service does not exist."))?,
        _ => default,
    };
    let mut line_ids = Vec::new();
    for order in wish.order_ids.iter().filter_map(|id| state.orders.get(id)) {
        line_ids.extend(lines(order, wish)?);
    }
    let (package, events) = ship_lines(
        state,
        NewPackage {
            id: ids.package.next(),
            shop,
            order_ids: wish.order_ids.clone(),
            line_ids,
            service,
            measures: wish.measures.clone(),
            bought_by: BoughtBy::App,
            hidden_reads: core.config.platform.hidden_reads,
        },
    );
    let answer = match oddity {
        Some(CreateOddity::ServerFault) => {
            Err(ApiError::business(36_009_003, "Internal error. Please try again."))
        }
        Some(CreateOddity::TryAgain) => {
            Err(ApiError::business(21_042_076, "System error, please try again later."))
        }
        Some(CreateOddity::NoPackageId) => Ok(json!({})),
        Some(CreateOddity::OtherService) | None => Ok(answer(&package)),
    };
    Ok((answer, events))
}

/// Booked in place of the one that was asked for.
fn other(service: &PlatformService) -> PlatformService {
    PlatformService::new("7340000000000000099", "UPS", "Ground Saver", service.price_cents + 61, service.days)
}

/// A package that comes into being.
pub(super) struct NewPackage<'a> {
    pub(super) id: String,
    pub(super) shop: &'a ShopSpec,
    pub(super) order_ids: Vec<String>,
    pub(super) line_ids: Vec<String>,
    pub(super) service: PlatformService,
    pub(super) measures: (Value, Value),
    pub(super) bought_by: BoughtBy,
    pub(super) hidden_reads: u64,
}

/// Ships lines with the platform's label.
pub(super) fn ship_lines(state: &mut State, new: NewPackage<'_>) -> (PlatformPackage, Vec<Event>) {
    let now = clock::unix_seconds();
    let package = PlatformPackage {
        tracking_number: tracking_number(&new.id),
        id: new.id,
        shop_id: new.shop.id.clone(),
        order_ids: new.order_ids,
        line_ids: new.line_ids,
        created_at: now,
        service: new.service,
        bought_by: new.bought_by,
        measures: new.measures,
        handover: None,
        reads: 0,
        issued: 0,
    };
    let of_line = Package {
        id: package.id.clone(),
        tracking_number: package.tracking_number.clone(),
        provider_id: "7117858858072016686".to_owned(),
        provider_name: package.service.provider.clone(),
        rts_time: now,
    };
    let mut events = Vec::new();
    for id in &package.order_ids {
        let Some(order) = state.orders.get_mut(id) else { continue };
        for line in order.lines.iter_mut().filter(|line| package.line_ids.contains(&line.id)) {
            line.package = Some(of_line.clone());
        }
        order.hidden_reads = new.hidden_reads;
        events.extend(dispatch(order, &mut state.cancellations, now));
    }
    state.platform.packages.insert(package.id.clone(), package.clone());
    (package, events)
}

fn answer(package: &PlatformPackage) -> Value {
    let service = &package.service;
    json!({
        "package_id": package.id,
        "create_time": package.created_at,
        "weight": package.measures.0,
        "dimension": package.measures.1,
        "shipping_service_info": {
            "id": service.id,
            "name": service.name,
            "price": money(service.price_cents),
            // As the platform writes it.
            "currency": "dollar",
            "earliest_delivery_days": service.days.0,
            "latest_delivery_days": service.days.1,
            "shipping_provider_id": "7117858858072016686",
            "shipping_provider_name": service.provider,
        },
    })
}
