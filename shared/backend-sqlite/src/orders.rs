//! Orders: one document each, with the columns that lists and timers need.

use std::collections::BTreeSet;

use async_trait::async_trait;
use backend::{
    BackendError, Committed, OrderFilter, OrderPage, OrderStore, Position, RateOutcome, Versioned,
};
use domain::record::OrderRecord;
use domain::{CombineGroupId, OrderId, OrderKey, ShipmentId, ShopId, Timestamp, TrackingNumber};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use crate::SqliteBackend;
use crate::convert::{from_json, limit, micros, signed, to_json, unsigned};
use crate::error::SqlFault;
use crate::list;

#[async_trait]
impl OrderStore for SqliteBackend {
    async fn load_order(&self, key: &OrderKey) -> Result<Option<Versioned<OrderRecord>>, BackendError> {
        let key = key.clone();
        self.query(move |db| {
            let mut query =
                db.prepare_cached("SELECT document, version FROM orders WHERE shop = ?1 AND order_id = ?2")?;
            let found = query
                .query_row([key.shop.as_str(), key.order.as_str()], |row| {
                    Ok((row.get::<_, String>(0)?, row.get(1)?))
                })
                .optional()?;
            let Some((document, version)) = found else { return Ok(None) };
            let value = from_json(&document, || format!("order {key}"))?;
            Ok(Some(Versioned { value, version: unsigned(version) }))
        })
        .await
    }

    async fn commit_order(&self, record: &OrderRecord, expected: u64) -> Result<Committed, BackendError> {
        let row = OrderRow::of(record)?;
        self.change(move |db| row.store(db, signed(expected))).await
    }

    async fn list_due(&self, now: Timestamp, max: usize) -> Result<Vec<OrderKey>, BackendError> {
        self.query(move |db| {
            let mut query = db.prepare_cached(
                "SELECT shop, order_id FROM orders WHERE next_check_at <= ?1 ORDER BY next_check_at, shop, order_id LIMIT ?2",
            )?;
            let keys = query.query_map([micros(now), limit(max)], read_key)?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn list_alarms_due(&self, until: Timestamp, max: usize) -> Result<Vec<OrderKey>, BackendError> {
        self.query(move |db| {
            let mut query = db.prepare_cached(
                "SELECT shop, order_id FROM orders WHERE alarm_at <= ?1
                 ORDER BY alarm_at, shop, order_id LIMIT ?2",
            )?;
            let keys = query.query_map([micros(until), limit(max)], read_key)?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn find_by_tracking(&self, tracking: &TrackingNumber) -> Result<Option<OrderKey>, BackendError> {
        let tracking = tracking.clone();
        self.query(move |db| {
            let mut query = db.prepare_cached(
                "SELECT shop, order_id FROM orders WHERE tracking = ?1 ORDER BY first_seen_at DESC LIMIT 1",
            )?;
            Ok(query.query_row([tracking.as_str()], read_key).optional()?)
        })
        .await
    }

    async fn list_group(&self, shop: &ShopId, group: &CombineGroupId) -> Result<Vec<OrderKey>, BackendError> {
        let (shop, group) = (shop.clone(), group.clone());
        self.query(move |db| {
            let mut query = db
                .prepare_cached("SELECT shop, order_id FROM orders WHERE shop = ?1 AND combine_group = ?2")?;
            let keys = query.query_map([shop.as_str(), group.as_str()], read_key)?;
            Ok(keys.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn list_orders(
        &self,
        filter: &OrderFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<OrderPage, BackendError> {
        let after = cursor.map(Position::parse).transpose()?;
        let filter = filter.clone();
        self.query(move |db| list::page(db, &filter, after, limit)).await
    }

    async fn put_decision(
        &self,
        key: &OrderKey,
        shipment: &ShipmentId,
        decision: &RateOutcome,
    ) -> Result<(), BackendError> {
        let (key, shipment, document) = (key.clone(), shipment.clone(), to_json(decision)?);
        self.change(move |db| {
            db.prepare_cached(
                "INSERT INTO rate_decisions (shop, order_id, shipment, document) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET document = excluded.document",
            )?
            .execute([key.shop.as_str(), key.order.as_str(), shipment.as_str(), &document])?;
            Ok(())
        })
        .await
    }

    async fn get_decision(
        &self,
        key: &OrderKey,
        shipment: &ShipmentId,
    ) -> Result<Option<RateOutcome>, BackendError> {
        let (key, shipment) = (key.clone(), shipment.clone());
        self.query(move |db| {
            let mut query = db.prepare_cached(
                "SELECT document FROM rate_decisions WHERE shop = ?1 AND order_id = ?2 AND shipment = ?3",
            )?;
            let found: Option<String> = query
                .query_row([key.shop.as_str(), key.order.as_str(), shipment.as_str()], |row| row.get(0))
                .optional()?;
            found.map(|document| from_json(&document, || format!("decision on {key} {shipment}"))).transpose()
        })
        .await
    }

    /// The pages themselves are overwritten at each commit (`secure_delete`); older ones are in the WAL.
    async fn wipe_traces(&self) -> Result<(), BackendError> {
        match self.state.readers.empty_wal().await? {
            true => Ok(()),
            false => Err(BackendError::unavailable("the WAL is being read")),
        }
    }
}

/// The key from a row that begins with shop and order.
fn read_key(row: &Row<'_>) -> rusqlite::Result<OrderKey> {
    Ok(OrderKey::new(ShopId::new(row.get::<_, String>(0)?), OrderId::new(row.get::<_, String>(1)?)))
}

/// A record as its row, made before the writer's thread is involved.
struct OrderRow {
    key: OrderKey,
    first_seen_at: i64,
    status: String,
    next_check_at: Option<i64>,
    alarm_at: Option<i64>,
    deadline_at: Option<i64>,
    tracking: Option<String>,
    combine_group: Option<String>,
    open_exceptions: i64,
    stages: BTreeSet<&'static str>,
    document: String,
}

impl OrderRow {
    fn of(record: &OrderRecord) -> Result<Self, BackendError> {
        Ok(Self {
            key: record.key(),
            first_seen_at: micros(record.first_seen_at),
            status: record.order.status.clone().into(),
            next_check_at: record.due_at().map(micros),
            alarm_at: record.alarm_at().map(micros),
            deadline_at: record.deadline.as_ref().map(|deadline| micros(deadline.at)),
            tracking: record.tracking().map(|tracking| tracking.as_str().to_owned()),
            combine_group: record.listed_group().map(|group| group.as_str().to_owned()),
            open_exceptions: limit(record.open_exceptions().count()),
            stages: record.shipments.iter().map(|shipment| shipment.stage.name()).collect(),
            document: to_json(record)?,
        })
    }

    fn store(&self, db: &Connection, expected: i64) -> Result<Committed, SqlFault> {
        let version = expected.saturating_add(1);
        let sql = if expected == 0 {
            "INSERT INTO orders (shop, order_id, version, first_seen_at, status, next_check_at, alarm_at, deadline_at,
                 tracking, combine_group, open_exceptions, document)
             VALUES (:shop, :order, 1, :first_seen_at, :status, :next_check_at, :alarm_at, :deadline_at,
                 :tracking, :combine_group, :open_exceptions, :document)
             ON CONFLICT DO NOTHING"
        } else {
            "UPDATE orders SET version = version + 1, first_seen_at = :first_seen_at, status = :status,
                 next_check_at = :next_check_at, alarm_at = :alarm_at, deadline_at = :deadline_at, tracking = :tracking,
                 combine_group = :combine_group, open_exceptions = :open_exceptions, document = :document
             WHERE shop = :shop AND order_id = :order AND version = :expected"
        };
        let mut statement = db.prepare_cached(sql)?;
        let values = named_params! {
            ":shop": self.key.shop.as_str(),
            ":order": self.key.order.as_str(),
            ":first_seen_at": self.first_seen_at,
            ":status": self.status,
            ":next_check_at": self.next_check_at,
            ":alarm_at": self.alarm_at,
            ":deadline_at": self.deadline_at,
            ":tracking": self.tracking,
            ":combine_group": self.combine_group,
            ":open_exceptions": self.open_exceptions,
            ":document": self.document,
            ":expected": expected,
        };
        // The insert has no `:expected`, which is the last.
        let values = if expected == 0 { &values[..values.len() - 1] } else { values };
        if statement.execute(values)? == 0 {
            return Ok(Committed::LostRace);
        }
        self.store_stages(db)?;
        Ok(Committed::Stored(unsigned(version)))
    }

    fn store_stages(&self, db: &Connection) -> rusqlite::Result<()> {
        let (shop, order) = (self.key.shop.as_str(), self.key.order.as_str());
        db.prepare_cached("DELETE FROM order_stages WHERE shop = ?1 AND order_id = ?2")?
            .execute([shop, order])?;
        let mut insert = db.prepare_cached(
            "INSERT INTO order_stages (shop, order_id, stage, first_seen_at) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for stage in &self.stages {
            insert.execute(params![shop, order, stage, self.first_seen_at])?;
        }
        Ok(())
    }
}
