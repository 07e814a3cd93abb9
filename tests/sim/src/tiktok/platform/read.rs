//! What is read of the platform's labels: services, packages, slots.

use serde_json::{Value, json};

use super::super::core::Core;
use super::super::order::{Order, OrderStatus};
use super::super::order_json::money;
use super::super::reply::ApiError;
use super::super::{Fulfillment, Region, ShippingType, ShopSpec};
use super::PlatformPackage;
use crate::clock;
use crate::lock::locked;
use crate::net::Request;

/// "page 1-50"
const PAGE_MAX: usize = 50;

/// Get Eligible Shipping Service.
pub(crate) fn eligible(
    core: &Core,
    shop: &ShopSpec,
    order_id: &str,
    request: &Request,
) -> Result<Value, ApiError> {
    let body = request.json().unwrap_or(Value::Null);
    let state = locked(&core.state);
    let order = state.orders.get(order_id).filter(|order| order.shop_id == shop.id);
    let refuse = |code, message: &str| Err(ApiError::business(code, message));
    let Some(order) = order else { return refuse(21_042_204, "The order does not belong to the shop.") };
    if order.spec.fulfillment == Fulfillment::ByTikTok || order.spec.shipping == ShippingType::Seller {
        return refuse(21_011_012, "The order is not shipped by the platform.");
    }
    if shop.region != Region::Us {
        return refuse(21_008_106, "The market does not support this.");
    }
    if !order.status.shippable() {
        return refuse(21_011_006, "The package has already been shipped.");
    }
    let services = state.platform.services();
    let list: Vec<Value> = services
        .iter()
        .enumerate()
        .map(|(place, service)| {
            json!({
                "id": service.id,
                "name": service.name,
                "price": money(service.price_cents),
                "currency": "USD",
                "earliest_delivery_days": service.days.0,
                "latest_delivery_days": service.days.1,
                "is_default": place == 0,
                "shipping_provider_id": "7117858858072016686",
                "shipping_provider_name": service.provider,
            })
        })
        .collect();
    Ok(json!({
        "order_id": order.id,
        "order_line_id": order.open_lines().map(|line| line.id.clone()).collect::<Vec<_>>(),
        "weight": body["weight"],
        "dimension": body["dimension"],
        "shipping_services": list,
    }))
}

/// Get Package Detail.
pub(crate) fn detail(core: &Core, shop: &ShopSpec, package_id: &str) -> Result<Value, ApiError> {
    let state = locked(&core.state);
    if let Some(package) = state.platform.packages.get(package_id).filter(|p| p.shop_id == shop.id) {
        let order = package.order_ids.first().and_then(|id| state.orders.get(id));
        let status = order.map_or("PROCESSING", |order| status(order.status));
        return Ok(json!({
            "package_id": package.id,
            "package_status": status,
            "create_time": package.created_at,
            "update_time": order.map_or(package.created_at, |order| order.update_time),
            "orders": package.order_ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>(),
            "order_line_item_ids": package.line_ids,
            "shipping_type": "TIKTOK",
            "shipping_provider_name": package.service.provider,
            "tracking_number": package.tracking_number,
            "weight": package.measures.0,
            "dimension": package.measures.1,
        }));
    }
    let is_it =
        |order: &&Order| order.shop_id == shop.id && order.prepared_package.as_deref() == Some(package_id);
    let order = state.orders.values().find(is_it);
    let no_such = || ApiError::business(21_042_204, "There is no such package in this shop.");
    let order = order.ok_or_else(no_such)?;
    Ok(json!({
        "package_id": package_id,
        "package_status": status(order.status),
        "create_time": order.create_time,
        "update_time": order.update_time,
        "orders": [{ "id": order.id }],
        "order_line_item_ids": order.open_lines().map(|line| line.id.clone()).collect::<Vec<_>>(),
        "shipping_type": match order.spec.shipping {
            ShippingType::Seller => "SELLER",
            ShippingType::TikTok => "TIKTOK",
        },
        "tracking_number": "",
    }))
}

fn status(order: OrderStatus) -> &'static str {
    match order {
        OrderStatus::Unpaid | OrderStatus::OnHold | OrderStatus::AwaitingShipment => "TO_FULFILL",
        OrderStatus::PartiallyShipping | OrderStatus::AwaitingCollection => "PROCESSING",
        OrderStatus::InTransit => "FULFILLING",
        OrderStatus::Delivered | OrderStatus::Completed => "COMPLETED",
        OrderStatus::Cancelled => "CANCELLED",
    }
}

/// Search Package: by the time at which a package was made, never by an order.
pub(crate) fn search(core: &Core, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    let body = request.json().unwrap_or(Value::Null);
    let size = request.param("page_size").and_then(|size| size.parse::<usize>().ok());
    let size = size.filter(|size| (1..=PAGE_MAX).contains(size));
    let size = size.ok_or_else(|| ApiError::invalid("param page_size is invalid"))?;
    let skip = match request.param("page_token").filter(|token| !token.is_empty()) {
        Some(token) => {
            token.parse::<usize>().map_err(|_| ApiError::invalid("param page_token is invalid"))?
        }
        None => 0,
    };
    let (from, until) = (body["create_time_ge"].as_i64(), body["create_time_lt"].as_i64());
    let state = locked(&core.state);
    let of_shop = state.platform.packages.values().filter(|package| package.shop_id == shop.id);
    let found: Vec<&PlatformPackage> = of_shop
        .filter(|package| from.is_none_or(|from| package.created_at >= from))
        .filter(|package| until.is_none_or(|until| package.created_at < until))
        .collect();
    let page: Vec<Value> = found
        .iter()
        .skip(skip)
        .take(size)
        .map(|package| {
            let order = package.order_ids.first().and_then(|id| state.orders.get(id));
            json!({
                "id": package.id,
                "status": order.map_or("PROCESSING", |order| status(order.status)),
                "create_time": package.created_at,
                "update_time": package.created_at,
                "orders": package.order_ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>(),
                "order_line_item_ids": package.line_ids,
                "shipping_provider_name": package.service.provider,
                "tracking_number": package.tracking_number,
            })
        })
        .collect();
    let next = skip + page.len();
    let next_page_token = if next < found.len() { next.to_string() } else { String::new() };
    Ok(json!({ "packages": page, "next_page_token": next_page_token, "total_count": found.len() }))
}

/// Get Package Handover Time Slots.
pub(crate) fn handover_slots(core: &Core, shop: &ShopSpec, package_id: &str) -> Result<Value, ApiError> {
    detail(core, shop, package_id)?;
    let tomorrow = clock::unix_seconds() + 24 * 3600;
    Ok(json!({
        "can_pickup": true,
        "can_drop_off": true,
        "can_van_collection": shop.region == Region::Gb,
        "drop_off_point_url": "",
        "pickup_slots": [
            // Spelt so by the platform.
            { "start_time": tomorrow, "end_time": tomorrow + 4 * 3600, "avaliable": false },
            { "start_time": tomorrow + 4 * 3600, "end_time": tomorrow + 8 * 3600, "avaliable": true },
        ],
    }))
}
