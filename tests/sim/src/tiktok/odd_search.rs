//! Order searches that misbehave.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::core::Core;
use super::order_detail::read;
use super::order_json::order_json;
use super::route::{Endpoint, route};
use super::{ShopSpec, TikTok};
use crate::lock::locked;
use crate::net::Request;

/// What the order search does for a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OddSearch {
    /// Every page shows the shop's first order alone, and the next page is always the same one.
    SamePage,
    /// Every page shows the shop's first order alone, and names one more page.
    SameOrder,
    /// Every page is empty, and names one more page.
    EmptyPages,
    /// Two pages lead to each other; both show the shop's first order alone.
    Circle,
    /// These orders are not shown yet, nor counted.
    Late(BTreeSet<String>),
    /// The first page lacks its last order and names no next one; all are counted.
    EndsEarly,
    /// No answer comes until the client gives up.
    NoAnswer,
}

/// How the searches of each shop misbehave, and how often they did.
#[derive(Debug, Default)]
pub(crate) struct OddSearches {
    of_shops: BTreeMap<String, OddSearch>,
    answered: BTreeMap<String, u64>,
}

impl Core {
    /// The odd answer to a search, if it has one. An order that is late is left to the ordinary search.
    pub(crate) fn odd_answer(self: &Arc<Self>, shop: &ShopSpec, request: &Request) -> Option<Value> {
        let (odd, n) = self.odd_search(shop)?;
        let token = match odd {
            OddSearch::SamePage => "same".to_owned(),
            OddSearch::SameOrder | OddSearch::EmptyPages => format!("page-{n}"),
            OddSearch::Circle if request.param("page_token") == Some("there") => "back".to_owned(),
            OddSearch::Circle => "there".to_owned(),
            OddSearch::EndsEarly | OddSearch::Late(_) | OddSearch::NoAnswer => return None,
        };
        let first =
            locked(&self.state).orders.values().find(|order| order.shop_id == shop.id).map(|o| o.id.clone());
        let ids: Vec<&str> = match odd {
            OddSearch::EmptyPages => Vec::new(),
            _ => first.as_deref().into_iter().collect(),
        };
        let orders = read(self, |order| order.shop_id == shop.id, &ids);
        let orders: Vec<_> = orders.iter().map(|order| order_json(order, shop)).collect();
        Some(json!({ "next_page_token": token, "orders": orders }))
    }

    /// Shortens the ids of a proper page and its token, where the search ends early.
    pub(crate) fn cut_short(&self, shop: &ShopSpec, ids: &mut Vec<String>, next: &mut String) {
        if self.odd_search_is(shop, &OddSearch::EndsEarly) && !ids.is_empty() {
            self.count_odd(shop);
            ids.pop();
            next.clear();
        }
    }

    /// The orders that a search does not show yet.
    pub(crate) fn late_orders(&self, shop: &ShopSpec) -> BTreeSet<String> {
        let late = match locked(&self.odd_searches).of_shops.get(&shop.id) {
            Some(OddSearch::Late(orders)) => orders.clone(),
            _ => return BTreeSet::new(),
        };
        self.count_odd(shop);
        late
    }

    /// Waits forever if the request is a search that gets no reply.
    pub(crate) async fn keep_silent(&self, request: &Request) {
        let is_search = matches!(route(&request.method, &request.segments()).1, Endpoint::OrderSearch);
        let cipher = request.param("shop_cipher");
        let shop = self.config.shops.iter().find(|shop| cipher == Some(shop.cipher.as_str()));
        if let Some(shop) = shop.filter(|shop| is_search && self.odd_search_is(shop, &OddSearch::NoAnswer)) {
            self.count_odd(shop);
            std::future::pending::<()>().await;
        }
    }

    fn odd_search(&self, shop: &ShopSpec) -> Option<(OddSearch, u64)> {
        let odd = locked(&self.odd_searches).of_shops.get(&shop.id).cloned()?;
        match odd {
            OddSearch::Late(_) | OddSearch::EndsEarly | OddSearch::NoAnswer => None,
            odd => Some((odd, self.count_odd(shop))),
        }
    }

    fn odd_search_is(&self, shop: &ShopSpec, odd: &OddSearch) -> bool {
        locked(&self.odd_searches).of_shops.get(&shop.id) == Some(odd)
    }

    fn count_odd(&self, shop: &ShopSpec) -> u64 {
        let mut odd = locked(&self.odd_searches);
        let count = odd.answered.entry(shop.id.clone()).or_default();
        *count += 1;
        *count
    }
}

impl TikTok {
    /// What the order search of a shop does from now on; `None`: what it should.
    pub fn set_search(&self, shop_id: &str, odd: Option<OddSearch>) {
        let mut searches = locked(&self.core().odd_searches);
        match odd {
            Some(odd) => searches.of_shops.insert(shop_id.to_owned(), odd),
            None => searches.of_shops.remove(shop_id),
        };
    }

    /// How many searches of a shop misbehaved.
    pub fn odd_searches(&self, shop_id: &str) -> u64 {
        locked(&self.core().odd_searches).answered.get(shop_id).copied().unwrap_or(0)
    }
}
