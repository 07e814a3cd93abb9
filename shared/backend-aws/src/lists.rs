//! Lists of orders, page by page, newest first.
//!
//! Every index has a partition for each shop, sorted by when an order was first seen. A list of one shop reads one partition, a
//! list of all shops merges theirs. A sparse index is used if every order that passes the filter must be in it, otherwise the
//! index of all orders. That one holds keys only, so that an entry is written once and never changes, and finished orders are
//! filtered by their records.

use std::cmp::Reverse;
use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use backend::{BackendError, OrderFilter, OrderPage, Position};
use domain::order::OrderStatus;
use domain::record::OrderRecord;
use domain::{OrderKey, ShopId};
use futures_util::future::try_join_all;

use crate::error::{RequestFailed, lacking};
use crate::item::{Item, get_all, read_json, read_text, text};
use crate::orders::{
    DOCUMENT, OPEN_IN, ORDER, OrderTable, PART, RECORD, SEEN, SHOP, STAGES, STATUS, TROUBLED_IN, is_last,
    is_over, key_text, read_key, seen_at_text, seen_text,
};

/// How many index entries a call reads in a shop. If few of them pass the filter, a page may be short or empty with more to
/// follow.
const LOOKED_AT_MAX: usize = 20_000;
/// The largest page of an index: entries have some 200 bytes, and a response at most 1 MB.
const INDEX_PAGE_MAX: usize = 4_000;

/// How often a call reads on when records do not pass the filter.
const ROUNDS_MAX: usize = 10;

/// An index from which lists are read.
struct ListIndex {
    name: &'static str,
    /// The attribute with the shop.
    shop: &'static str,
    /// Whether its entries have stages and status to filter by.
    knows_state: bool,
}

impl ListIndex {
    fn for_filter(filter: &OrderFilter) -> Self {
        let open_stage = filter.stage.is_some_and(|stage| !is_last(stage));
        let open_status = filter.status.clone().is_some_and(|status| !is_over(&OrderStatus::from(status)));
        if filter.only_exceptions {
            Self { name: "troubled", shop: TROUBLED_IN, knows_state: true }
        } else if open_stage || open_status {
            Self { name: "open", shop: OPEN_IN, knows_state: true }
        } else {
            Self { name: "by_shop", shop: SHOP, knows_state: false }
        }
    }
}

/// What was found in one shop's partition.
struct ShopOrders {
    positions: Vec<Position>,
    /// Where the search ended early; what comes after is unknown.
    stopped_at: Option<Position>,
}

/// An order of a page; without a record if it can't be read.
struct Entry {
    position: Position,
    record: Option<OrderRecord>,
}

impl OrderTable {
    /// The page of `filter` that begins after `after`.
    pub(crate) async fn page(
        &self,
        filter: &OrderFilter,
        mut after: Option<Position>,
        limit: usize,
    ) -> Result<OrderPage, BackendError> {
        let mut found: Vec<Entry> = Vec::new();
        for _ in 0..ROUNDS_MAX {
            let (positions, next) = self.candidates(filter, after.as_ref(), limit).await?;
            found.extend(self.read(positions, filter).await?);
            after = next;
            if after.is_none() || found.len() >= limit {
                break;
            }
        }
        if found.len() > limit {
            found.truncate(limit);
            after = found.last().map(|entry| entry.position.clone());
        }
        let mut page = OrderPage { orders: Vec::new(), unreadable: Vec::new(), next: None };
        for Entry { position, record } in found {
            match record {
                Some(record) => page.orders.push(record),
                None => page.unreadable.push(OrderKey::new(position.shop, position.order)),
            }
        }
        page.next = after.map(|position| position.to_cursor());
        Ok(page)
    }

    /// Up to `limit` positions after `after` that may pass the filter, and where to continue.
    async fn candidates(
        &self,
        filter: &OrderFilter,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<(Vec<Position>, Option<Position>), BackendError> {
        let shops = match (&filter.shop, &self.shops) {
            (Some(shop), _) => vec![shop.clone()],
            (None, Some(shops)) => shops.ids().await?,
            (None, None) => return Err(lacking("the list of all shops".to_owned(), "shops")),
        };
        let looks = shops.iter().map(|shop| self.look(shop, filter, after, limit));
        let (mut positions, mut known_until) = (Vec::new(), None);
        for found in try_join_all(looks).await? {
            positions.extend(found.positions);
            known_until = known_until.max(found.stopped_at);
        }
        // If the search in one shop ended early, older orders of the other shops wait for the next page.
        positions.retain(|position| known_until.as_ref().is_none_or(|until| position >= until));
        positions.sort_unstable_by_key(|position| Reverse(position.clone()));
        let more = positions.len() > limit;
        positions.truncate(limit);
        let next = if more { positions.last().cloned() } else { known_until };
        Ok((positions, next))
    }

    /// Searches a shop for one order more than `limit`, to know whether another page follows.
    async fn look(
        &self,
        shop: &ShopId,
        filter: &OrderFilter,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<ShopOrders, BackendError> {
        let wanted = limit.saturating_add(1);
        let index = ListIndex::for_filter(filter);
        let range = KeyRange::of(shop, filter, after);
        // DynamoDB refuses a range that ends before it begins.
        if range.until < range.from {
            return Ok(ShopOrders { positions: Vec::new(), stopped_at: None });
        }
        let (mut looked_at, mut page_size) = (0, wanted.min(INDEX_PAGE_MAX));
        let mut positions: Vec<Position> = Vec::new();
        let mut from: Option<Item> = None;
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(index.name)
                .scan_index_forward(false)
                .limit(i32::try_from(page_size).unwrap_or(i32::MAX))
                .set_exclusive_start_key(from);
            let answer = conditions(query, &index, shop, filter, &range).send().await;
            let answer = answer.map_err(|error| RequestFailed::new("Query", &error))?;
            for item in answer.items() {
                let position = read_position(item)?;
                if Some(&position) != after {
                    positions.push(position);
                }
            }
            looked_at += page_size;
            page_size = (page_size * 2).min(INDEX_PAGE_MAX);
            from = answer.last_evaluated_key;
            let stopped_at = match &from {
                _ if positions.len() >= wanted => None,
                Some(item) if looked_at >= LOOKED_AT_MAX => Some(read_position(item)?),
                Some(_) => continue,
                None => None,
            };
            positions.truncate(wanted);
            return Ok(ShopOrders { positions, stopped_at });
        }
    }

    /// The records at these positions, in their order. An index lags behind its table by moments, so a record that no longer
    /// passes the filter is left out.
    async fn read(&self, positions: Vec<Position>, filter: &OrderFilter) -> Result<Vec<Entry>, BackendError> {
        let key_of = |position: &Position| OrderKey::new(position.shop.clone(), position.order.clone());
        let keys = positions.iter().map(|position| {
            Item::from([
                (ORDER.to_owned(), text(key_text(&key_of(position)))),
                (PART.to_owned(), text(RECORD)),
            ])
        });
        let mut found: HashMap<OrderKey, Item> = HashMap::new();
        for item in get_all(&self.client, &self.table, keys.collect()).await? {
            found.insert(read_key(&item)?, item);
        }
        let mut entries = Vec::with_capacity(positions.len());
        for position in positions {
            let key = key_of(&position);
            let Some(item) = found.get(&key).filter(|item| passes(item, filter)) else { continue };
            let record = read_json(item, DOCUMENT, || format!("order {key}")).ok();
            entries.push(Entry { position, record });
        }
        Ok(entries)
    }
}

/// The range of sort keys that a page may show, both ends included.
struct KeyRange {
    from: String,
    until: String,
}

impl KeyRange {
    fn of(shop: &ShopId, filter: &OrderFilter, after: Option<&Position>) -> Self {
        let from = filter.seen_from.map_or(0, |from| from.as_microsecond());
        // No sort key ends with the instant, so none equals this end.
        let before = filter.seen_before.map(|before| seen_at_text(before.as_microsecond()));
        let until = [before, after.map(|after| end_in(shop, after))].into_iter().flatten().min();
        // A colon sorts after every digit.
        Self { from: seen_at_text(from), until: until.unwrap_or_else(|| ":".to_owned()) }
    }
}

fn conditions(
    query: QueryFluentBuilder,
    index: &ListIndex,
    shop: &ShopId,
    filter: &OrderFilter,
    range: &KeyRange,
) -> QueryFluentBuilder {
    let mut query = query
        .key_condition_expression("#shop = :shop AND #seen BETWEEN :from AND :until")
        .expression_attribute_names("#shop", index.shop)
        .expression_attribute_names("#seen", SEEN)
        .expression_attribute_values(":shop", text(shop.as_str()))
        .expression_attribute_values(":from", text(&range.from))
        .expression_attribute_values(":until", text(&range.until));
    if !index.knows_state {
        return query;
    }
    let mut passes = Vec::new();
    if let Some(stage) = filter.stage {
        query = query
            .expression_attribute_names("#stages", STAGES)
            .expression_attribute_values(":stage", text(stage));
        passes.push("contains(#stages, :stage)");
    }
    if let Some(status) = &filter.status {
        query = query
            .expression_attribute_names("#status", STATUS)
            .expression_attribute_values(":status", text(status));
        passes.push("#status = :status");
    }
    let passes = (!passes.is_empty()).then(|| passes.join(" AND "));
    query.set_filter_expression(passes)
}

/// The largest sort key in `shop` that a page after `after` may show. Among orders that were first seen at the same instant,
/// those of later shops come first. In the shop of `after` this is that order itself, which is left out.
fn end_in(shop: &ShopId, after: &Position) -> String {
    match shop.cmp(&after.shop) {
        std::cmp::Ordering::Equal => seen_text(after),
        std::cmp::Ordering::Greater => seen_at_text(after.first_seen_at),
        // A zero sorts right after the slash that follows the instant.
        std::cmp::Ordering::Less => format!("{}0", seen_at_text(after.first_seen_at)),
    }
}

fn read_position(item: &Item) -> Result<Position, BackendError> {
    let OrderKey { shop, order } = read_key(item)?;
    let what = || format!("the index entry of order {shop}/{order}");
    let seen = read_text(item, SEEN, what)?;
    let first_seen_at = seen.split('/').next().and_then(|micros| micros.parse().ok());
    Ok(Position { first_seen_at: first_seen_at.ok_or_else(|| lacking(what(), SEEN))?, shop, order })
}

/// Whether an item passes the filter by its attributes, which are there even if the record can't be read.
fn passes(item: &Item, filter: &OrderFilter) -> bool {
    let stages = item.get(STAGES).and_then(|stages| stages.as_ss().ok());
    let status = item.get(STATUS).and_then(|status| status.as_s().ok());
    filter.stage.is_none_or(|stage| stages.is_some_and(|stages| stages.iter().any(|name| name == stage)))
        && filter.status.as_ref().is_none_or(|wanted| status == Some(wanted))
        && (!filter.only_exceptions || item.contains_key(TROUBLED_IN))
}
