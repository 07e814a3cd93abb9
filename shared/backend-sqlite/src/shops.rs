//! Connected shops in SQLite.

use async_trait::async_trait;
use backend::{BackendError, Committed, ShopList, ShopStore, Versioned};
use domain::shop::{Authorization, Shop};
use domain::{ShopId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

use crate::SqliteBackend;
use crate::convert::{from_json, micros, signed, to_json, unsigned};
use crate::error::SqlFault;

#[async_trait]
impl ShopStore for SqliteBackend {
    async fn load_shop(&self, id: &ShopId) -> Result<Option<Versioned<Shop>>, BackendError> {
        let id = id.clone();
        self.query(move |db| {
            let mut query = db.prepare_cached("SELECT document, version FROM shops WHERE id = ?1")?;
            let columns = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?));
            let Some((document, version)) = query.query_row([id.as_str()], columns).optional()? else {
                return Ok(None);
            };
            let value = from_json(&document, || format!("shop {id}"))?;
            Ok(Some(Versioned { value, version: unsigned(version) }))
        })
        .await
    }

    async fn commit_shop(&self, shop: &Shop, expected: u64) -> Result<Committed, BackendError> {
        let (id, document) = (shop.id.clone(), to_json(shop)?);
        let next_poll_at = (shop.authorization == Authorization::Granted).then(|| micros(shop.poll.next_at));
        self.change(move |db| {
            let stored = if expected == 0 {
                db.prepare_cached(
                    "INSERT INTO shops (id, version, next_poll_at, document) VALUES (?1, 1, ?2, ?3)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![id.as_str(), next_poll_at, document])?
            } else {
                db.prepare_cached(
                    "UPDATE shops SET version = version + 1, next_poll_at = ?2, document = ?3
                     WHERE id = ?1 AND version = ?4",
                )?
                .execute(params![id.as_str(), next_poll_at, document, signed(expected)])?
            };
            Ok(if stored == 0 { Committed::LostRace } else { Committed::Stored(expected + 1) })
        })
        .await
    }

    async fn list_shops(&self) -> Result<ShopList, BackendError> {
        self.query(|db| list(db, "ORDER BY id", [])).await
    }

    async fn list_shops_due(&self, now: Timestamp) -> Result<ShopList, BackendError> {
        self.query(move |db| list(db, "WHERE next_poll_at <= ?1 ORDER BY next_poll_at, id", [micros(now)]))
            .await
    }
}

fn list(db: &Connection, which: &str, values: impl Params) -> Result<ShopList, SqlFault> {
    let mut query = db.prepare_cached(&format!("SELECT id, document, version FROM shops {which}"))?;
    let columns = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?));
    let mut list = ShopList::default();
    for row in query.query_map(values, columns)? {
        let (id, document, version) = row?;
        match serde_json::from_str(&document) {
            Ok(value) => list.shops.push(Versioned { value, version: unsigned(version) }),
            Err(_) => list.unreadable.push(ShopId::new(id)),
        }
    }
    Ok(list)
}
