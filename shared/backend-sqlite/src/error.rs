//! What can go wrong, and what callers are told of it.

use std::io;
use std::path::{Path, PathBuf};

use backend::BackendError;
use rusqlite::ErrorCode;

/// Why the backend can't be opened. One line with its source (`{:#}` of anyhow).
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder can't be made or written to.
    #[error("the data folder {} can't be used", folder.display())]
    Folder {
        /// The folder, or the file in it.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process has it open.
    #[error("the data folder {} is in use by {owner}; one folder serves one process", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// Who, for example `process 4711`.
        owner: String,
    },
    /// A newer version wrote the file.
    #[error("{} has schema {found}, this version knows up to {known}: start the newer version", file.display())]
    Newer {
        /// The database.
        file: PathBuf,
        /// What it says.
        found: i64,
        /// What this version knows.
        known: i64,
    },
    /// The database can't be opened or brought up to date.
    #[error("the database {} can't be opened", file.display())]
    Database {
        /// The database.
        file: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// The writer's thread can't be started.
    #[error("the thread that writes the database can't be started")]
    Thread {
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl OpenError {
    pub(crate) fn folder(folder: &Path, source: io::Error) -> Self {
        Self::Folder { folder: folder.to_owned(), source }
    }

    pub(crate) fn database(file: &Path, source: rusqlite::Error) -> Self {
        Self::Database { file: file.to_owned(), source }
    }
}

/// A fault inside one request.
#[derive(Debug)]
pub(crate) enum Fault {
    Database(rusqlite::Error),
    Unreadable { what: String, source: Unreadable },
}

/// Why stored JSON can't be read. It holds no more than the place: serde's own text would quote the value, which may
/// be personal data.
#[derive(Debug, thiserror::Error)]
#[error("its JSON does not fit this version at line {line}, column {column}")]
pub(crate) struct Unreadable {
    line: usize,
    column: usize,
}

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        Self { line: error.line(), column: error.column() }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Fault> for BackendError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Database(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Self::Corrupt { what: "the database".to_owned(), source: error.into() }
                }
                _ => Self::unavailable(error),
            },
            Fault::Unreadable { what, source } => Self::Corrupt { what, source: source.into() },
        }
    }
}
