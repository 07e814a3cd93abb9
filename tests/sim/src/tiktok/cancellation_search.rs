//! Pages of cancellations.

use serde_json::{Value, json};

use super::cancellation::{CancelStatus, Cancellation};
use super::cancellation_answer::invalid_parameter;
use super::core::{Core, State};
use super::order_json::money;
use super::page_token::{PageSize, Paging, SortField, SortOrder};
use super::reply::ApiError;
use super::{ShopSpec, order::Line};
use crate::lock::locked;
use crate::net::Request;

/// "Default: 10. Valid range: [1-50]."
const PAGE_SIZE: PageSize = PageSize { max: 50, default: Some(10) };

pub(crate) fn search(core: &Core, shop: &ShopSpec, request: &Request) -> Result<Value, ApiError> {
    let field = SortField::parse(request.param("sort_field"))?;
    let direction = SortOrder::parse(request.param("sort_order"), SortOrder::Asc)?;
    let paging = Paging::parse(request, PAGE_SIZE, field.name(), direction)?;
    let filter = Filter::parse(request)?;
    let state = locked(&core.state);
    let matching = state.cancellations.values().filter(|c| c.shop_id == shop.id && filter.matches(c));
    let found: Vec<_> = matching.map(|c| (field.pick(c.create_time, c.update_time), c.id.as_str())).collect();
    let total = found.len();
    let (page, next) = paging.cut(found);
    let list: Vec<_> = page
        .iter()
        .filter_map(|id| state.cancellations.get(*id))
        .map(|c| cancellation_json(c, &state, shop))
        .collect();
    Ok(json!({ "cancellations": list, "next_page_token": next, "total_count": total }))
}

/// The body of a search.
struct Filter {
    cancel_ids: Option<Vec<String>>,
    order_ids: Option<Vec<String>>,
    buyer_user_ids: Option<Vec<String>>,
    types: Option<Vec<String>>,
    statuses: Option<Vec<CancelStatus>>,
    created: (Option<i64>, Option<i64>),
    updated: (Option<i64>, Option<i64>),
}

impl Filter {
    fn parse(request: &Request) -> Result<Self, ApiError> {
        let body = request.json().ok_or_else(|| ApiError::invalid("The body is not a JSON object."))?;
        let list = |name: &str| -> Result<Option<Vec<String>>, ApiError> {
            serde_json::from_value(body[name].clone()).map_err(|_| invalid_parameter())
        };
        let time = |name: &str| match &body[name] {
            Value::Null => Ok(None),
            value => value.as_i64().map(Some).ok_or_else(invalid_parameter),
        };
        let statuses = list("cancel_status")?
            .map(|names| names.iter().map(|name| status(name)).collect::<Option<Vec<_>>>())
            .map(|statuses| statuses.ok_or_else(invalid_parameter))
            .transpose()?;
        Ok(Self {
            cancel_ids: list("cancel_ids")?,
            order_ids: list("order_ids")?,
            buyer_user_ids: list("buyer_user_ids")?,
            types: list("cancel_types")?,
            statuses,
            created: (time("create_time_ge")?, time("create_time_lt")?),
            updated: (time("update_time_ge")?, time("update_time_lt")?),
        })
    }

    fn matches(&self, c: &Cancellation) -> bool {
        let among = |list: &Option<Vec<String>>, id: &str| {
            list.as_ref().is_none_or(|ids| ids.iter().any(|one| one == id))
        };
        let within = |(from, to): (Option<i64>, Option<i64>), time: i64| {
            from.is_none_or(|from| time >= from) && to.is_none_or(|to| time < to)
        };
        among(&self.cancel_ids, &c.id)
            && among(&self.order_ids, &c.order_id)
            && among(&self.buyer_user_ids, &c.buyer_user_id)
            && among(&self.types, kind(c))
            && self.statuses.as_ref().is_none_or(|all| all.contains(&c.status))
            && within(self.created, c.create_time)
            && within(self.updated, c.update_time)
    }
}

/// The names of the search, of which one differs from the answers'.
fn status(name: &str) -> Option<CancelStatus> {
    use CancelStatus::{Cancelled, Complete, Pending, Success};
    match name {
        "CANCELLATION_REQUEST_CANCEL" => Some(Cancelled),
        _ => [Pending, Success, Complete].into_iter().find(|status| status.name() == name),
    }
}

fn kind(c: &Cancellation) -> &'static str {
    if c.is_request { "BUYER_CANCEL" } else { "CANCEL" }
}

fn cancellation_json(c: &Cancellation, state: &State, shop: &ShopSpec) -> Value {
    let lines: Vec<&Line> = state
        .orders
        .get(&c.order_id)
        .map(|order| order.lines.iter().filter(|line| c.line_ids.contains(&line.id)).collect())
        .unwrap_or_default();
    let currency = shop.region.currency();
    let refund = |cents: u64| {
        json!({
            "currency": currency, "refund_shipping_fee": "0", "refund_subtotal": money(cents), "refund_tax": "0",
            "refund_total": money(cents),
        })
    };
    let items: Vec<_> = lines
        .iter()
        .map(|line| {
            json!({
                "cancel_line_item_id": format!("4035{}", &line.id[4..]),
                "order_line_item_id": line.id,
                "product_name": line.title,
                "seller_sku": line.seller_sku,
                "sku_id": line.sku_id,
                "sku_name": "Default",
                "refund_amount": refund(line.price_cents),
            })
        })
        .collect();
    let next = c.respond_by.filter(|_| c.status == CancelStatus::Pending);
    let next: Vec<_> =
        next.iter().map(|at| json!({ "action": "SELLER_RESPOND_CANCEL", "deadline": at })).collect();
    json!({
        "cancel_id": c.id,
        "order_id": c.order_id,
        "cancel_type": kind(c),
        "cancel_status": c.status.name(),
        "role": c.by.name(),
        "cancel_reason": c.reason.name,
        "cancel_reason_text": c.reason.text,
        "create_time": c.create_time,
        "update_time": c.update_time,
        "refund_amount": refund(lines.iter().map(|line| line.price_cents).sum()),
        "cancel_line_items": items,
        "seller_next_action_response": next,
    })
}
