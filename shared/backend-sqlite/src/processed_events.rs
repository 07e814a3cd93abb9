//! Events that were processed already.

use async_trait::async_trait;
use backend::{BackendError, ProcessedEventStore};
use domain::Timestamp;
use rusqlite::params;

use crate::SqliteBackend;
use crate::convert::micros;

#[async_trait]
impl ProcessedEventStore for SqliteBackend {
    async fn is_processed(&self, id: &str, now: Timestamp) -> Result<bool, BackendError> {
        let id = id.to_owned();
        self.query(move |db| {
            let mut query =
                db.prepare_cached("SELECT 1 FROM processed_events WHERE id = ?1 AND keep_until >= ?2")?;
            Ok(query.exists(params![id, micros(now)])?)
        })
        .await
    }

    /// Also deletes expired entries, so that the cost is spread and no timer is needed.
    async fn mark_processed(&self, id: &str, keep_until: Timestamp) -> Result<(), BackendError> {
        let id = id.to_owned();
        let now = self.state.clock.now();
        self.change(move |db| {
            db.prepare_cached("DELETE FROM processed_events WHERE keep_until < ?1")?
                .execute([micros(now)])?;
            db.prepare_cached(
                "INSERT INTO processed_events (id, keep_until) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET keep_until = excluded.keep_until",
            )?
            .execute(params![id, micros(keep_until)])?;
            Ok(())
        })
        .await
    }

    async fn claim(&self, id: &str, now: Timestamp, keep_until: Timestamp) -> Result<bool, BackendError> {
        let id = id.to_owned();
        self.change(move |db| {
            let noted = db
                .prepare_cached(
                    "INSERT INTO processed_events (id, keep_until) VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET keep_until = excluded.keep_until WHERE keep_until < ?3",
                )?
                .execute(params![id, micros(keep_until), micros(now)])?;
            Ok(noted > 0)
        })
        .await
    }
}
