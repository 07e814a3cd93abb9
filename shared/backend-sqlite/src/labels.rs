//! Label files, as BLOBs in the database.
//!
//! A label has some ten kilobytes, a size at which SQLite is as fast as a folder of files. In the database it shares
//! the group commit (a file of its own costs two `fsync`s: its bytes and its name), there is no half-written file to
//! clean up and no name to make safe, and a backup is one file.

use async_trait::async_trait;
use backend::{BackendError, LabelStore};
use domain::LabelDocument;
use rusqlite::{OptionalExtension as _, params};

use crate::SqliteBackend;

#[async_trait]
impl LabelStore for SqliteBackend {
    async fn put_label(&self, name: &str, file: &LabelDocument) -> Result<(), BackendError> {
        let (name, file) = (name.to_owned(), file.clone());
        self.change(move |db| {
            db.prepare_cached(
                "INSERT INTO labels (name, content_type, bytes) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET content_type = excluded.content_type, bytes = excluded.bytes",
            )?
            .execute(params![name, file.content_type, file.bytes])?;
            Ok(())
        })
        .await
    }

    async fn delete_label(&self, name: &str) -> Result<(), BackendError> {
        let name = name.to_owned();
        self.change(move |db| {
            db.prepare_cached("DELETE FROM labels WHERE name = ?1")?.execute([name])?;
            Ok(())
        })
        .await
    }

    async fn get_label(&self, name: &str) -> Result<Option<LabelDocument>, BackendError> {
        let name = name.to_owned();
        self.query(move |db| {
            let mut query = db.prepare_cached("SELECT content_type, bytes FROM labels WHERE name = ?1")?;
            let file = query
                .query_row([name], |row| Ok(LabelDocument { content_type: row.get(0)?, bytes: row.get(1)? }));
            Ok(file.optional()?)
        })
        .await
    }
}
