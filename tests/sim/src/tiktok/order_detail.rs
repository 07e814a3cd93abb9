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
    note_read(core, &orders);
    for order in &orders {
        if let Some(order) = locked(&core.state).orders.get_mut(&order.id) {
            order.hidden_reads = order.hidden_reads.saturating_sub(1);
        }
    }
    Ok(json!({ "orders": orders.iter().map(|order| order_json(order, shop)).collect::<Vec<_>>() }))
}

/// Copies orders out of the state.
pub(crate) fn read(core: &Core, wanted: impl Fn(&Order) -> bool, ids: &[&str]) -> Vec<Order> {
    let state = locked(&core.state);
    let found = ids.iter().filter_map(|id| state.orders.get(*id));
    found.filter(|order| wanted(order)).cloned().collect()
}

/// Starts what waits for the first read of these orders.
fn note_read(core: &Arc<Core>, orders: &[Order]) {
    for Order { id, spec, .. } in orders.iter().filter(|order| !order.read) {
        let is_first = |order: &mut Order| !std::mem::replace(&mut order.read, true);
        if locked(&core.state).orders.get_mut(id).is_some_and(is_first) {
            script::start(core, id, &spec.script, FirstRead::Now);
        }
    }
}
