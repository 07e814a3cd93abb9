//! The embedded backend: everything that one machine knows, in one SQLite file.
//!
//! All changes go through one thread that commits them in groups (`writer.rs`), so that many callers share one
//! `fsync`; reads have connections of their own. What was answered is durable: the process may be killed at any
//! moment.

mod alarms;
mod backup;
mod catalogue;
mod convert;
mod error;
mod folder;
mod jumps;
mod labels;
mod list;
mod orders;
mod processed_events;
mod queues;
mod readers;
mod schema;
mod secrets;
mod shops;
mod signals;
mod taking;
mod writer;

use std::path::Path;
use std::sync::Arc;

use backend::BackendError;
use rusqlite::Connection;
use system::Clock;

pub use backup::{BackupError, backup, known_until, restore};
pub use error::OpenError;
pub use taking::{Allowance, Taken};

use error::Fault;
use folder::Folder;
use jumps::Jumps;
use readers::Readers;
use signals::Signals;
use writer::Writer;

/// The backend on one folder. A clone is another handle to the same backend; when the last one is dropped, all that
/// was asked for is done, the file is closed and the folder is free.
#[derive(Clone)]
pub struct SqliteBackend {
    inner: Arc<Inner>,
}

struct Inner {
    // Dropped in this order: the writer closes the database last, so that the file is whole without its WAL; the folder
    // is given up when nothing is written any more.
    readers: Arc<Readers>,
    writer: Writer,
    signals: Arc<Signals>,
    clock: Arc<dyn Clock>,
    jumps: Jumps,
    _folder: Folder,
}

impl SqliteBackend {
    /// Opens the backend on `folder`, which is made if it is not there. Only one process can have it open.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let folder = Folder::take(folder)?;
        let file = folder.database()?;
        let db = schema::open(&file)?;
        // Whoever worked on a message before is gone: the folder is ours alone.
        queues::release_all(&db, clock.now()).map_err(|source| OpenError::database(&file, source))?;
        let writer = Writer::start(db).map_err(|source| OpenError::Thread { source })?;
        let readers = Arc::new(Readers::new(file));
        Ok(Self {
            inner: Arc::new(Inner {
                readers,
                writer,
                signals: Arc::default(),
                clock,
                jumps: Jumps::default(),
                _folder: folder,
            }),
        })
    }

    /// Changes something; durable when this returns.
    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, BackendError> {
        self.inner.writer.write(work, |_| ()).await
    }

    /// Reads something; sees all that was answered before.
    async fn query<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, BackendError> {
        self.inner.readers.read(work).await
    }
}

impl std::fmt::Debug for SqliteBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteBackend")
    }
}
