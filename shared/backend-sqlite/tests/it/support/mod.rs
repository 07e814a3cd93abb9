//! What the tests share.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use backend_contract::samples;
use backend_sqlite::SqliteBackend;
use system::Clock;
use system::ManualClock;

/// A folder that is removed at the end of its test.
pub struct TempFolder(PathBuf);

impl TempFolder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("punctual-sqlite-{}-{n}", std::process::id())))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A clock that shows the time of the samples.
pub fn clock() -> ManualClock {
    ManualClock::new(samples::at(0))
}

/// Opens the backend on `folder`.
pub fn open(folder: &TempFolder, clock: &ManualClock) -> SqliteBackend {
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    SqliteBackend::open(folder.path(), clock).expect("the backend opens")
}
