//! The embedded backend: everything that one machine knows, in one SQLite file.
//!
//! All changes go through one thread that commits them in groups (`writer.rs`), so that many callers share one `fsync`;
//! reads have connections of their own. A change is durable when its call returns: the process may be killed at any
//! moment.

mod alarms;
mod backup;
mod catalogue;
mod clock_jumps;
mod convert;
mod dead_letters;
mod error;
mod folder;
mod labels;
mod list;
mod orders;
mod processed_events;
mod queues;
mod readers;
mod receive;
mod schema;
mod secrets;
mod shops;
mod signals;
mod writer;

use std::path::Path;
use std::sync::Arc;

use backend::BackendError;
use rusqlite::Connection;
use system::Clock;

pub use backup::{BackupError, backup, known_until, restore};
pub use dead_letters::{Retried, StoredDeadLetter};
pub use error::OpenError;
pub use folder::has_database;
pub use receive::{Lane, LaneDelivery, LaneLimits, ReceivedBatch};

use clock_jumps::ClockJumps;
use error::SqlFault;
use folder::DataFolder;
use readers::ReaderPool;
use signals::QueueSignals;
use writer::WriterThread;

/// The backend on one folder. A clone is another handle to the same backend. When the last one is dropped, all pending
/// changes are made, the file is closed and the folder is unlocked.
#[derive(Clone)]
pub struct SqliteBackend {
    state: Arc<BackendState>,
}

struct BackendState {
    // Dropped in this order: the writer closes the database after the readers, so that the file is complete without its WAL;
    // the folder is unlocked when nothing is written any more.
    readers: Arc<ReaderPool>,
    writer: WriterThread,
    signals: Arc<QueueSignals>,
    clock: Arc<dyn Clock>,
    clock_jumps: ClockJumps,
    _folder: DataFolder,
}

impl SqliteBackend {
    /// Opens the backend on `folder`, which is created if need be. Only one process at a time can have it open.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let folder = DataFolder::lock(folder)?;
        let file = folder.database()?;
        let db = schema::open(&file)?;
        // We have the folder to ourselves: whoever was working on a message is gone.
        queues::release_in_flight(&db, clock.now()).map_err(|source| OpenError::database(&file, source))?;
        let writer = WriterThread::start(db).map_err(|source| OpenError::Thread { source })?;
        let readers = Arc::new(ReaderPool::new(file));
        Ok(Self {
            state: Arc::new(BackendState {
                readers,
                writer,
                signals: Arc::default(),
                clock,
                clock_jumps: ClockJumps::default(),
                _folder: folder,
            }),
        })
    }

    /// Makes a change; it is durable when this returns.
    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, SqlFault> + Send + 'static,
    ) -> Result<T, BackendError> {
        self.state.writer.write(work, |_| ()).await
    }

    /// Reads; sees every change whose call has returned.
    async fn query<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, SqlFault> + Send + 'static,
    ) -> Result<T, BackendError> {
        self.state.readers.read(work).await
    }
}

impl std::fmt::Debug for SqliteBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteBackend")
    }
}
