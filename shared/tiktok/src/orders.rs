//! Orders, by id and by search.

use domain::order::OrderStatus;
use domain::{BuyerId, OrderId, Timestamp};
use serde_json::Value;

use crate::access::ShopAccess;
use crate::call::{ApiCall, CallName};
use crate::client::TikTok;
use crate::convert::order::{ParsedOrder, order};
use crate::convert::present;
use crate::error::{Argument, Error, Fault};
use crate::{paths, wire};

/// The most ids that one Get Order Detail takes ("max 50").
const IDS_MAX: usize = 50;
/// The largest page of Get Order List.
const PAGE_SIZE_MAX: u32 = 100;

/// Which orders are searched for. An empty field does not restrict the search. Times are in whole seconds; the lower bound is
/// inclusive, the upper one exclusive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderSearch {
    pub update_time_ge: Option<Timestamp>,
    pub update_time_lt: Option<Timestamp>,
    pub create_time_ge: Option<Timestamp>,
    pub create_time_lt: Option<Timestamp>,
    pub buyer_user_id: Option<BuyerId>,
    pub order_status: Option<OrderStatus>,
    /// 1 to 100. Other numbers are clamped.
    pub page_size: u32,
    /// Names the page, as the one before it does; `None` for the first.
    pub page_token: Option<String>,
    /// The most recently changed first, instead of the least recently changed.
    pub newest_first: bool,
}

/// A page of orders, the least recently changed first unless asked otherwise. Orders change while the list is read, so that
/// one may come twice.
#[derive(Clone, Debug)]
pub struct OrderSearchPage {
    pub orders: Vec<ParsedOrder>,
    /// Names the next page; `None` after the last one.
    pub next_page_token: Option<String>,
    /// How many orders the search finds in all, where TikTok tells.
    pub total_count: Option<u64>,
}

impl TikTok {
    /// One page of the orders that the search finds (Get Order List).
    ///
    /// # Errors
    /// As every call: see [`Error`]. One order that cannot be parsed does not fail the page.
    pub async fn search_orders(
        &self,
        shop: &ShopAccess,
        search: &OrderSearch,
    ) -> Result<OrderSearchPage, Error> {
        let seconds = |time: Option<Timestamp>| time.map(Timestamp::as_second);
        let body = wire::order_search::Search {
            times: wire::order::Search {
                update_time_ge: seconds(search.update_time_ge),
                update_time_lt: seconds(search.update_time_lt),
                create_time_ge: seconds(search.create_time_ge),
                create_time_lt: seconds(search.create_time_lt),
            },
            buyer_user_id: search.buyer_user_id.as_ref().map(BuyerId::as_str),
            order_status: search.order_status.clone().map(String::from),
        };
        let call = ApiCall::post(CallName::ORDER_SEARCH, paths::ORDER_SEARCH, &body)
            .with("page_size", search.page_size.clamp(1, PAGE_SIZE_MAX).to_string())
            .with("page_token", search.page_token.clone().unwrap_or_default())
            .with("sort_field", "update_time")
            .with("sort_order", if search.newest_first { "DESC" } else { "ASC" });
        let answer: wire::order::Orders = self.shop_call(shop, call).await?;
        let orders = parsed(answer.orders, shop);
        let is_first = search.page_token.is_none();
        if is_first && orders.is_empty() && answer.total_count.is_some_and(|count| count > 0) {
            return Err(Error::lost(CallName::ORDER_SEARCH, Fault::BrokenAnswer));
        }
        Ok(OrderSearchPage {
            orders,
            next_page_token: present(answer.next_page_token, |token| token),
            total_count: answer.total_count,
        })
    }

    /// The orders with these ids (Get Order Detail), 50 a call, in the order in which TikTok lists them. Orders that TikTok does
    /// not show are left out.
    ///
    /// # Errors
    /// As every call: see [`Error`]; then the orders of earlier calls are lost, too. One order that cannot be parsed
    /// does not fail the others.
    pub async fn orders(&self, shop: &ShopAccess, ids: &[OrderId]) -> Result<Vec<ParsedOrder>, Error> {
        let name = CallName::ORDER_DETAIL;
        if !ids.iter().all(|id| paths::is_id(id.as_str())) {
            return Err(Error::Unacceptable { call: name, argument: Argument::OrderId });
        }
        let mut orders = Vec::new();
        for ids in ids.chunks(IDS_MAX) {
            let ids: Vec<&str> = ids.iter().map(OrderId::as_str).collect();
            let call = ApiCall::get(name, paths::ORDER_DETAIL).with("ids", ids.join(","));
            let answer: wire::order::Orders = self.shop_call(shop, call).await?;
            orders.extend(parsed(answer.orders, shop));
        }
        Ok(orders)
    }
}

fn parsed(orders: Option<Vec<Value>>, shop: &ShopAccess) -> Vec<ParsedOrder> {
    orders.into_iter().flatten().map(|raw| order(raw, &shop.market)).collect()
}
