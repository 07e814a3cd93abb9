//! Pages of orders.

use std::sync::Arc;

use serde_json::{Value, json};

use super::core::Core;
use super::order::Order;
use super::order_detail::read;
use super::order_json::order_json;
use super::page_token::{PageSize, Paging, SortField, SortOrder};
use super::reply::ApiError;
use super::{OrderStatus, ShippingType, ShopSpec};
use crate::lock::locked;
use crate::net::Request;

/// "page_size: required, 1-100"
const PAGE_SIZE: PageSize = PageSize { max: 100, default: None };

pub(crate) fn search(core: &Arc<Core>, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    if let Some(odd) = core.odd_answer(shop, request) {
        return Ok(odd);
    }
    let late = core.late_orders(shop);
    let field = SortField::parse(request.param("sort_field"))?;
    let direction = SortOrder::parse(request.param("sort_order"), SortOrder::Desc)?;
    let paging = Paging::parse(request, PAGE_SIZE, field.name(), direction)?;
    let filter = Filter::parse(request)?;
    let (total, mut page, mut next) = {
        let state = locked(&core.state);
        let matching = state
            .orders
            .values()
            .filter(|o| o.shop_id == shop.id && !late.contains(&o.id) && filter.matches(o));
        let found: Vec<_> =
            matching.map(|o| (field.pick(o.create_time, o.update_time), o.id.as_str())).collect();
        let total = found.len();
        let (page, next) = paging.cut(found);
        (total, page.into_iter().map(str::to_owned).collect::<Vec<_>>(), next)
    };
    core.cut_short(shop, &mut page, &mut next);
    let ids: Vec<&str> = page.iter().map(String::as_str).collect();
    let orders = read(core, |order| order.shop_id == shop.id, &ids);
    Ok(json!({
        "next_page_token": next,
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
    buyer_user_id: Option<String>,
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
            buyer_user_id: body["buyer_user_id"].as_str().map(str::to_owned),
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
            && self.buyer_user_id.as_ref().is_none_or(|buyer| *buyer == order.buyer_user_id())
            && within(self.created, order.create_time)
            && within(self.updated, order.update_time)
    }
}

fn wrong(name: &str) -> ApiError {
    ApiError::invalid(format!("body {name} is invalid"))
}
