//! Alarms in SQLite, which are deleted some time after they are finished.

use async_trait::async_trait;
use backend::{AlarmStore, BackendError, Committed, Versioned};
use domain::alarm::Alarm;
use domain::{AlarmId, Timestamp};
use jiff::SignedDuration;
use rusqlite::{OptionalExtension as _, params};

use crate::SqliteBackend;
use crate::convert::{from_json, limit, micros, signed, to_json, unsigned};

/// For how long a finished alarm is kept.
const KEEP_FOR: SignedDuration = SignedDuration::from_hours(24 * 92);

#[async_trait]
impl AlarmStore for SqliteBackend {
    async fn load_alarm(&self, id: &AlarmId) -> Result<Option<Versioned<Alarm>>, BackendError> {
        let id = id.clone();
        self.query(move |db| {
            let mut query = db.prepare_cached("SELECT document, version FROM alarms WHERE id = ?1")?;
            let found = query
                .query_row([id.as_str()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))
                .optional()?;
            let Some((document, version)) = found else { return Ok(None) };
            let value = from_json(&document, || format!("alarm {id}"))?;
            Ok(Some(Versioned { value, version: unsigned(version) }))
        })
        .await
    }

    async fn commit_alarm(&self, alarm: &Alarm, expected: u64) -> Result<Committed, BackendError> {
        let (id, document) = (alarm.id.clone(), to_json(alarm)?);
        let (minute, next_check_at) = (micros(alarm.minute), alarm.next_at().map(micros));
        let old = alarm.minute.saturating_sub(KEEP_FOR).map_or(i64::MIN, micros);
        self.change(move |db| {
            let stored = if expected == 0 {
                db.prepare_cached("DELETE FROM alarms WHERE minute < ?1 AND next_check_at IS NULL")?
                    .execute([old])?;
                db.prepare_cached(
                    "INSERT INTO alarms (id, version, minute, next_check_at, document) VALUES (?1, 1, ?2, ?3, ?4)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![id.as_str(), minute, next_check_at, document])?
            } else {
                db.prepare_cached(
                    "UPDATE alarms SET version = version + 1, next_check_at = ?2, document = ?3
                     WHERE id = ?1 AND version = ?4",
                )?
                .execute(params![id.as_str(), next_check_at, document, signed(expected)])?
            };
            Ok(if stored == 0 { Committed::LostRace } else { Committed::Stored(expected + 1) })
        })
        .await
    }

    async fn list_unfinished_alarms(&self, now: Timestamp, max: usize) -> Result<Vec<AlarmId>, BackendError> {
        self.query(move |db| {
            let mut query = db.prepare_cached(
                "SELECT id FROM alarms WHERE next_check_at <= ?1 ORDER BY next_check_at, id LIMIT ?2",
            )?;
            let ids = query.query_map([micros(now), limit(max)], |row| row.get::<_, String>(0))?;
            Ok(ids.map(|id| id.map(AlarmId::new)).collect::<Result<_, _>>()?)
        })
        .await
    }
}
