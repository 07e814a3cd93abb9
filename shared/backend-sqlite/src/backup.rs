//! A copy of the whole database beside a running host, and the way back from it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use domain::Timestamp;
use rusqlite::Connection;

use crate::error::OpenError;
use crate::folder::{self, DataFolder};
use crate::schema;

/// Why a database was not copied. One line with its source (`{:#}` of anyhow).
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no database in the data folder {}", .0.display())]
    NoDatabase(PathBuf),
    #[error("{} already exists and is not overwritten", .0.display())]
    Exists(PathBuf),
    #[error("the data folder {} already has a database: restore into an empty one", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} is not a complete backup: {what}", file.display())]
    Incomplete {
        file: PathBuf,
        /// What SQLite says about it.
        what: String,
    },
    #[error("{} cannot be used", file.display())]
    File {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the database {} cannot be copied", file.display())]
    Database {
        file: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    /// The data folder is in use, or the backup is from a newer version.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Copies the database of the data folder into the new file `to`, as it is at one moment. It works beside a host that has
/// the folder open, and blocks nobody.
///
/// # Errors
/// When there is no database, `to` exists already, or either cannot be read or written. Nothing is left at `to` then.
pub fn backup(folder: &Path, to: &Path) -> Result<(), BackupError> {
    let file = folder::database_in(folder);
    if !folder::has_content(&file) {
        return Err(BackupError::NoDatabase(folder.to_owned()));
    }
    copy(&file, to)
}

/// Creates the database of a data folder from a file that [`backup`] made.
///
/// # Errors
/// When the folder is in use or has a database, or the file is damaged or from a newer version. Nothing is changed then.
pub fn restore(folder: &Path, from: &Path) -> Result<(), BackupError> {
    let lock = DataFolder::lock(folder)?;
    let file = folder::database_in(folder);
    if folder::has_content(&file) || folder::has_content(&folder::wal_of(&file)) {
        return Err(BackupError::NotEmpty(folder.to_owned()));
    }
    check(from)?;
    // Under another name until it is complete: a restore that was interrupted has restored nothing.
    let partial = file.with_extension("restoring");
    let removed = fs::remove_file(&partial);
    if let Err(source) = removed
        && source.kind() != io::ErrorKind::NotFound
    {
        return Err(BackupError::File { file: partial, source });
    }
    copy(from, &partial)?;
    let moved = fs::rename(&partial, &file).and_then(|()| File::open(folder)?.sync_all());
    moved.map_err(|source| BackupError::File { file, source })?;
    drop(lock);
    Ok(())
}

/// Checks that the file is a complete database of a known version, and returns when the last of its orders was read from
/// TikTok: nothing after that is in it. `None` when it has no order.
///
/// # Errors
/// When the file is damaged, not a backup, or from a newer version.
pub fn known_until(file: &Path) -> Result<Option<Timestamp>, BackupError> {
    check(file)?;
    let failed = |source| BackupError::Database { file: file.to_owned(), source };
    let db = schema::open_for_reading(file).map_err(failed)?;
    let newest: Option<String> = db
        .query_row(
            "SELECT max(json_extract(document, '$.synced_at')) FROM orders WHERE json_valid(document)",
            [],
            |row| row.get(0),
        )
        .map_err(failed)?;
    Ok(newest.and_then(|newest| newest.parse().ok()))
}

/// Checks that the file is a complete database of a known version.
fn check(file: &Path) -> Result<(), BackupError> {
    File::open(file).map_err(|source| BackupError::File { file: file.to_owned(), source })?;
    let incomplete = |what: String| BackupError::Incomplete { file: file.to_owned(), what };
    let unusable = |error: rusqlite::Error| incomplete(error.to_string());
    let db = schema::open_for_reading(file).map_err(unusable)?;
    let found = schema::version_of(&db).map_err(unusable)?;
    schema::check_version(file, found)?;
    if found == 0 {
        return Err(incomplete("it was not made by Punctual".to_owned()));
    }
    let verdict: String =
        db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(unusable)?;
    if verdict == "ok" { Ok(()) } else { Err(incomplete(verdict)) }
}

/// Copies a database into a new file that only its owner can read: it holds tokens and addresses.
fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    let failed = |source| BackupError::Database { file: from.to_owned(), source };
    let of_copy = |source| BackupError::File { file: to.to_owned(), source };
    let copied = match folder::private_new(to) {
        Ok(copied) => copied,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(BackupError::Exists(to.to_owned()));
        }
        Err(error) => return Err(of_copy(error)),
    };
    let result = (|| {
        let name = to.to_str().ok_or_else(|| of_copy(io::Error::other("its name is not UTF-8")))?;
        let db: Connection = schema::open_for_reading(from).map_err(failed)?;
        db.execute("VACUUM INTO ?1", [name]).map_err(failed)?;
        copied.sync_all().map_err(of_copy)
    })();
    if result.is_err() {
        // Whatever was written is not a backup.
        let _ = fs::remove_file(to);
    }
    result
}
