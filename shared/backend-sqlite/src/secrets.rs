//! Secrets. The file's permissions protect them ([`crate::folder`]).

use async_trait::async_trait;
use domain::Private;
use rusqlite::{OptionalExtension as _, params};
use system::SecretStore;
use system::{BackendError, Committed, Secret};

use crate::SqliteBackend;
use crate::convert::{signed, unsigned};

#[async_trait]
impl SecretStore for SqliteBackend {
    async fn load_secret(&self, name: &str) -> Result<Option<Secret>, BackendError> {
        let name = name.to_owned();
        self.query(move |db| {
            let mut query = db.prepare_cached("SELECT value, version FROM secrets WHERE name = ?1")?;
            let secret = query.query_row([name], |row| {
                Ok(Secret { value: Private::new(row.get(0)?), version: unsigned(row.get(1)?) })
            });
            Ok(secret.optional()?)
        })
        .await
    }

    async fn commit_secret(
        &self,
        name: &str,
        value: Private<String>,
        expected: u64,
    ) -> Result<Committed, BackendError> {
        let name = name.to_owned();
        self.change(move |db| {
            let stored = if expected == 0 {
                db.prepare_cached(
                    "INSERT INTO secrets (name, version, value) VALUES (?1, 1, ?2) ON CONFLICT DO NOTHING",
                )?
                .execute(params![name, value.expose()])?
            } else {
                db.prepare_cached(
                    "UPDATE secrets SET version = version + 1, value = ?2 WHERE name = ?1 AND version = ?3",
                )?
                .execute(params![name, value.expose(), signed(expected)])?
            };
            Ok(if stored == 0 { Committed::LostRace } else { Committed::Stored(expected + 1) })
        })
        .await
    }
}
