//! Pages of orders.

use std::sync::Arc;

use serde_json::{Value, json};

use super::core::Core;
use super::order::Order;
use super::order_detail::read;
use super::order_json::order_json;
use super::page_token::{Cursor, SortField, SortOrder};
use super::reply::ApiError;
use super::{OrderStatus, ShippingType, ShopSpec};
use crate::lock::locked;
use crate::net::Request;

/// "page_size: required, 1-100"
const PAGE_SIZE_MAX: usize = 100;

pub(crate) fn search(core: &Arc<Core>, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    let page_size = request
        .param("page_size")
        .and_then(|text| text.parse().ok())
        .filter(|size| (1..=PAGE_SIZE_MAX).contains(size))
        .ok_or_else(|| ApiError::invalid("param page_size must be from 1 to 100"))?;
    let field = SortField::parse(request.param("sort_field"))?;
    let direction = SortOrder::parse(request.param("sort_order"))?;
    let filter = Filter::parse(request)?;
    let after = match request.param("page_token").filter(|token| !token.is_empty()) {
        Some(token) => Some(Cursor::open(token, field, direction)?),
        None => None,
    };
    let (total, page, more) = {
        let state = locked(&core.state);
        let matching = state.orders.values().filter(|o| o.shop_id == shop.id && filter.matches(o));
        let mut found: Vec<(i64, &str)> = matching.map(|o| (field.of(o), o.id.as_str())).collect();
        let total = found.len();
        // A token remembers the last order shown, not a count: orders that come in do not shift the pages.
        found.retain(|key| after.as_ref().is_none_or(|cursor| cursor.precedes(*key)));
        found.sort_unstable();
        if direction == SortOrder::Desc {
            found.reverse();
        }
        let more = found.len() > page_size;
        let page = found.into_iter().take(page_size).map(|(time, id)| (time, id.to_owned()));
        (total, page.collect::<Vec<_>>(), more)
    };
    let next = page.last().filter(|_| more).map(|last| Cursor::seal(last, field, direction));
    let ids: Vec<&str> = page.iter().map(|(_, id)| id.as_str()).collect();
    let orders = read(core, |order| order.shop_id == shop.id, &ids);
    Ok(json!({
        "next_page_token": next.unwrap_or_default(),
        "total_count": total,
        "orders": orders.iter().map(|order| order_json(order, shop)).collect::<Vec<_>>(),
    }))
}

/// The body of a search.
#[derive(Debug)]
struct Filter {
    status: Option<OrderStatus>,
    shipping: Option<ShippingType>,
    cancel_requested: Option<bool>,
    created: (Option<i64>, Option<i64>),
    updated: (Option<i64>, Option<i64>),
}

impl Filter {
    fn parse(request: &Request) -> Result<Self, ApiError> {
        let body = request.json().ok_or_else(|| ApiError::invalid("The body is not a JSON object."))?;
        let status = match &body["order_status"] {
            Value::Null => None,
            Value::String(name) => Some(
                OrderStatus::ALL
                    .into_iter()
                    .find(|status| status.name() == name)
                    .ok_or_else(|| wrong("order_status"))?,
            ),
            _ => return Err(wrong("order_status")),
        };
        let shipping = match body["shipping_type"].as_str() {
            None if body["shipping_type"].is_null() => None,
            Some("SELLER") => Some(ShippingType::Seller),
            Some("TIKTOK") => Some(ShippingType::TikTok),
            _ => return Err(wrong("shipping_type")),
        };
        let time = |name: &str| match &body[name] {
            Value::Null => Ok(None),
            value => value.as_i64().map(Some).ok_or_else(|| wrong(name)),
        };
        Ok(Self {
            status,
            shipping,
            cancel_requested: body["is_buyer_request_cancel"].as_bool(),
            created: (time("create_time_ge")?, time("create_time_lt")?),
            updated: (time("update_time_ge")?, time("update_time_lt")?),
        })
    }

    fn matches(&self, order: &Order) -> bool {
        let within = |(from, to): (Option<i64>, Option<i64>), time: i64| {
            from.is_none_or(|from| time >= from) && to.is_none_or(|to| time < to)
        };
        self.status.is_none_or(|status| status == order.status)
            && self.shipping.is_none_or(|shipping| shipping == order.spec.shipping)
            && self.cancel_requested.is_none_or(|asked| asked == order.cancel_request.is_some())
            && within(self.created, order.create_time)
            && within(self.updated, order.update_time)
    }
}

fn wrong(name: &str) -> ApiError {
    ApiError::invalid(format!("body {name} is invalid"))
}
