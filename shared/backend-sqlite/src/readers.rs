//! Read-only connections. In WAL mode they neither wait for the writer nor block it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use backend::BackendError;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::error::SqlFault;
use crate::schema;

/// The most reads at the same time.
const READERS_MAX: usize = 4;

/// Opens connections as they are needed, and keeps them.
pub(crate) struct ReaderPool {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl ReaderPool {
    pub(crate) fn new(file: PathBuf) -> Self {
        Self { file, idle: Mutex::default(), permits: Semaphore::new(READERS_MAX) }
    }

    /// Runs `work` on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, SqlFault> + Send + 'static,
    ) -> Result<T, BackendError> {
        let _permit = self.permits.acquire().await.map_err(BackendError::unavailable)?;
        let readers = Arc::clone(self);
        let task = tokio::task::spawn_blocking(move || {
            let db = readers.take()?;
            let result = work(&db);
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
            result
        });
        Ok(task.await.map_err(BackendError::unavailable)??)
    }

    /// Empties the WAL on a connection of its own: it cannot be done inside a transaction, and the writer is always in one.
    pub(crate) async fn empty_wal(&self) -> Result<bool, BackendError> {
        let file = self.file.clone();
        let task = tokio::task::spawn_blocking(move || {
            let db = schema::open_for_wal(&file)?;
            schema::empty_wal(&db)
        });
        Ok(task.await.map_err(BackendError::unavailable)?.map_err(SqlFault::Database)?)
    }

    fn take(&self) -> Result<Connection, SqlFault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| schema::open_for_reading(&self.file), Ok).map_err(SqlFault::Database)
    }
}
