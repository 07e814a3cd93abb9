//! Orders by id.

use std::sync::Arc;

use serde_json::{Value, json};

use super::ShopSpec;
use super::core::Core;
use super::order::Order;
use super::order_json::order_json;
use super::reply::ApiError;
use super::script::{self, FirstRead};
use crate::lock::locked;
use crate::net::Request;

/// "max 50"
const IDS_MAX: usize = 50;

pub(crate) fn detail(core: &Arc<Core>, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    let ids: Vec<&str> =
        request.param("ids").unwrap_or_default().split(',').filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        return Err(ApiError::invalid("param ids is missing"));
    }
    if ids.len() > IDS_MAX || request.query.iter().filter(|(key, _)| key == "ids").count() > 1 {
        return Err(ApiError::invalid("param ids must be one value with at most 50 ids"));
    }
    let orders = read(core, |order| order.shop_id == shop.id, &ids);
    if orders.is_empty() {
        return Err(ApiError::business(21_008_111, "The order does not belong to this seller."));
    }
    Ok(json!({ "orders": orders.iter().map(|order| order_json(order, shop)).collect::<Vec<_>>() }))
}

/// Copies orders out of the state and starts what waits for their first read.
pub(crate) fn read(core: &Arc<Core>, wanted: impl Fn(&Order) -> bool, ids: &[&str]) -> Vec<Order> {
    let mut first_reads = Vec::new();
    let mut orders = Vec::new();
    {
        let mut state = locked(&core.state);
        let mut take = |order: &mut Order| {
            if !order.read && !order.spec.script.is_empty() {
                first_reads.push((order.id.clone(), order.spec.script.clone()));
            }
            order.read = true;
            orders.push(order.clone());
        };
        for id in ids {
            if let Some(order) = state.orders.get_mut(*id).filter(|order| wanted(order)) {
                take(order);
            }
        }
    }
    for (id, steps) in first_reads {
        script::start(core, &id, &steps, FirstRead::Now);
    }
    orders
}
