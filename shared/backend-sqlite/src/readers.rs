//! Connections that only read. In WAL mode they neither wait for the writer nor hold it up.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use backend::BackendError;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::error::Fault;
use crate::schema;

/// The most reads at a time.
const READERS_MAX: usize = 4;

/// Opens connections as they are needed and keeps them.
pub(crate) struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Readers {
    /// Reads `file`.
    pub(crate) fn new(file: PathBuf) -> Self {
        Self { file, idle: Mutex::default(), permits: Semaphore::new(READERS_MAX) }
    }

    /// Runs `work` on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
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

    /// Empties the WAL on a connection of its own: it can't be done in a transaction, and all writes are.
    pub(crate) async fn empty_wal(&self) -> Result<bool, BackendError> {
        let file = self.file.clone();
        let task = tokio::task::spawn_blocking(move || {
            let db = schema::open_for_wal(&file)?;
            schema::empty_wal(&db)
        });
        Ok(task.await.map_err(BackendError::unavailable)?.map_err(Fault::Database)?)
    }

    fn take(&self) -> Result<Connection, Fault> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| schema::open_for_reading(&self.file), Ok).map_err(Fault::Database)
    }
}
