//! Errors inside the backend, and what callers get to see of them.

use std::io;
use std::path::{Path, PathBuf};

use backend::BackendError;
use rusqlite::ErrorCode;

/// Why the backend cannot be opened. One line with its source (`{:#}` of anyhow).
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be created or written to.
    #[error("the data folder {} cannot be used", folder.display())]
    Folder {
        /// The folder, or the file in it.
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the data folder {} is in use by {owner}; only one process can use it at a time", folder.display())]
    InUse {
        folder: PathBuf,
        /// Who, for example `process 4711`.
        owner: String,
    },
    #[error("{} has schema {found}, this version knows up to {known}: start the newer version", file.display())]
    Newer { file: PathBuf, found: i64, known: i64 },
    /// The database cannot be opened or brought up to date.
    #[error("the database {} cannot be opened", file.display())]
    Database {
        file: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error("the thread that writes the database cannot be started")]
    Thread {
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

/// What went wrong inside one request.
#[derive(Debug)]
pub(crate) enum SqlFault {
    Database(rusqlite::Error),
    Document { what: String, source: DocumentMismatch },
}

/// Stored JSON does not fit its type. This holds no more than the place: serde's own text would quote the value, which may
/// be personal data.
#[derive(Debug, thiserror::Error)]
#[error("its JSON can't be read by this version: line {line}, column {column}")]
pub(crate) struct DocumentMismatch {
    line: usize,
    column: usize,
}

impl From<serde_json::Error> for DocumentMismatch {
    fn from(error: serde_json::Error) -> Self {
        Self { line: error.line(), column: error.column() }
    }
}

impl From<rusqlite::Error> for SqlFault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<SqlFault> for BackendError {
    fn from(fault: SqlFault) -> Self {
        match fault {
            SqlFault::Database(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Self::Corrupt { what: "the database".to_owned(), source: error.into() }
                }
                _ => Self::unavailable(error),
            },
            SqlFault::Document { what, source } => Self::Corrupt { what, source: source.into() },
        }
    }
}
