//! Lists of orders, page by page, the newest first.

use std::fmt::Write as _;

use backend::{OrderFilter, OrderPage, Position};
use domain::{OrderId, OrderKey, ShopId};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::convert::{limit as signed_limit, micros};
use crate::error::SqlFault;

/// The page of `filter` that begins after `after`.
pub(crate) fn page(
    db: &Connection,
    filter: &OrderFilter,
    after: Option<Position>,
    limit: usize,
) -> Result<OrderPage, SqlFault> {
    let limit = limit.max(1);
    let query = ListQuery::of(filter, after, limit);
    let mut statement = db.prepare_cached(&query.sql)?;
    let mut rows = statement.query(params_from_iter(query.values))?;
    let mut page = OrderPage { orders: Vec::new(), unreadable: Vec::new(), next: None };
    let mut last: Option<Position> = None;
    while let Some(row) = rows.next()? {
        if page.orders.len() + page.unreadable.len() == limit {
            page.next = last.map(|last| last.to_cursor());
            break;
        }
        let document: String = row.get(0)?;
        let (shop, order) = (ShopId::new(row.get::<_, String>(1)?), OrderId::new(row.get::<_, String>(2)?));
        match serde_json::from_str(&document) {
            Ok(record) => page.orders.push(record),
            Err(_) => page.unreadable.push(OrderKey::new(shop.clone(), order.clone())),
        }
        last = Some(Position { first_seen_at: row.get(3)?, shop, order });
    }
    Ok(page)
}

/// The statement of a list. There are few variants, and each is prepared once per connection.
pub(crate) struct ListQuery {
    pub(crate) sql: String,
    values: Vec<Value>,
}

impl ListQuery {
    /// Selects one row more than `limit`, to know whether another page follows.
    pub(crate) fn of(filter: &OrderFilter, after: Option<Position>, limit: usize) -> Self {
        // Start at the table whose index yields the rows in order: the stages, where one is asked for. CROSS JOIN keeps SQLite
        // from starting at the other table, which would sort all orders.
        let (from, key) = match filter.stage {
            Some(_) => ("order_stages k CROSS JOIN orders o USING (shop, order_id)", "k"),
            None => ("orders o", "o"),
        };
        let sql = format!("SELECT o.document, o.shop, o.order_id, o.first_seen_at FROM {from} WHERE true");
        let mut query = Self { sql, values: Vec::new() };
        if let Some(shop) = &filter.shop {
            query.and(&format!("{key}.shop = ?"), [shop.as_str().to_owned().into()]);
        }
        if let Some(stage) = filter.stage {
            query.and("k.stage = ?", [stage.to_owned().into()]);
        }
        if let Some(status) = &filter.status {
            query.and("o.status = ?", [status.clone().into()]);
        }
        if let Some(from) = filter.seen_from {
            query.and(&format!("{key}.first_seen_at >= ?"), [micros(from).into()]);
        }
        if let Some(before) = filter.seen_before {
            query.and(&format!("{key}.first_seen_at < ?"), [micros(before).into()]);
        }
        if filter.only_exceptions {
            query.and("o.open_exceptions > 0", []);
        }
        if let Some(Position { first_seen_at, shop, order }) = after {
            let row = format!("({key}.first_seen_at, {key}.shop, {key}.order_id) < (?, ?, ?)");
            query.and(
                &row,
                [first_seen_at.into(), shop.as_str().to_owned().into(), order.as_str().to_owned().into()],
            );
        }
        // Writing into a string does not fail.
        let _ = write!(
            query.sql,
            " ORDER BY {key}.first_seen_at DESC, {key}.shop DESC, {key}.order_id DESC LIMIT ?"
        );
        query.values.push(signed_limit(limit.saturating_add(1)).into());
        query
    }

    fn and<const N: usize>(&mut self, condition: &str, values: [Value; N]) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
        self.values.extend(values);
    }
}

#[cfg(test)]
mod tests {
    use backend::{OrderFilter, Position};
    use domain::{OrderId, ShopId, Timestamp};
    use rusqlite::{Connection, params_from_iter};

    use super::ListQuery;

    /// Every list walks an index in its order and stops at the limit: none sorts all orders. (Sorting by the last term alone
    /// only sorts orders that were first seen in the same microsecond.)
    #[test]
    fn no_list_sorts() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(crate::schema::SCHEMA).unwrap();
        for bits in 0..64_u8 {
            let is = |bit: u8| bits & (1 << bit) != 0;
            let filter = OrderFilter {
                shop: is(0).then(|| ShopId::new("s")),
                stage: is(1).then_some("ready"),
                status: is(2).then(|| "AWAITING_SHIPMENT".to_owned()),
                seen_from: is(3).then_some(Timestamp::UNIX_EPOCH),
                seen_before: is(3).then_some(Timestamp::UNIX_EPOCH),
                only_exceptions: is(4),
            };
            let after = || Position { first_seen_at: 1, shop: ShopId::new("s"), order: OrderId::new("o") };
            let query = ListQuery::of(&filter, is(5).then(after), 10);
            let plan = plan(&db, &query);
            assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{} sorts: {plan}", query.sql);
            assert!(
                plan.contains("USING INDEX") || plan.contains("USING COVERING INDEX"),
                "{}: {plan}",
                query.sql
            );
        }
    }

    fn plan(db: &Connection, query: &ListQuery) -> String {
        let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {}", query.sql)).unwrap();
        let steps =
            explain.query_map(params_from_iter(query.values.clone()), |row| row.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    }
}
