//! A copy of the whole database beside a running host, and the way back from it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use domain::Timestamp;
use rusqlite::Connection;

use crate::error::OpenError;
use crate::folder::{self, Folder};
use crate::schema;

/// Why a database is not copied. One line with its source (`{:#}` of anyhow).
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("there is no database in the data folder {}", .0.display())]
    NoDatabase(PathBuf),
    /// Nothing is overwritten.
    #[error("{} is there already, and is not overwritten", .0.display())]
    Exists(PathBuf),
    /// The data folder is not empty.
    #[error("the data folder {} holds a database already: restore into an empty one", .0.display())]
    NotEmpty(PathBuf),
    /// The file is damaged, or no backup.
    #[error("{} is no whole backup: {what}", file.display())]
    NotWhole {
        /// The file.
        file: PathBuf,
        /// What SQLite says of it.
        what: String,
    },
    /// A file can't be read or written.
    #[error("{} can't be used", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A database can't be copied.
    #[error("the database {} can't be copied", file.display())]
    Database {
        /// The database.
        file: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// The data folder can't be taken, or the backup is of a newer version.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Copies the database of the data folder into the new file `to`, as it is at one moment. It works beside a host that has
/// the folder open, and holds up nobody.
///
/// # Errors
/// When there is no database, `to` is there already, or either can't be read or written. Nothing is left at `to` then.
pub fn backup(folder: &Path, to: &Path) -> Result<(), BackupError> {
    let file = folder::database_in(folder);
    if !has_content(&file) {
        return Err(BackupError::NoDatabase(folder.to_owned()));
    }
    copy(&file, to)
}

/// Makes the database of a data folder without one of the file that [`backup`] made.
///
/// # Errors
/// When the folder is in use or holds a database, or the file is damaged or of a newer version. Nothing is changed then.
pub fn restore(folder: &Path, from: &Path) -> Result<(), BackupError> {
    let taken = Folder::take(folder)?;
    let file = folder::database_in(folder);
    if has_content(&file) || has_content(&folder::wal_of(&file)) {
        return Err(BackupError::NotEmpty(folder.to_owned()));
    }
    check(from)?;
    // Under another name until it is whole: a restore that was cut off has restored nothing.
    let half = file.with_extension("restoring");
    let removed = fs::remove_file(&half);
    if let Err(source) = removed
        && source.kind() != io::ErrorKind::NotFound
    {
        return Err(BackupError::File { file: half, source });
    }
    copy(from, &half)?;
    let moved = fs::rename(&half, &file).and_then(|()| File::open(folder)?.sync_all());
    moved.map_err(|source| BackupError::File { file, source })?;
    drop(taken);
    Ok(())
}

/// Sees that the file is a whole database of a version that this one knows, and says up to when it knows anything: when the
/// last of its orders was read at TikTok, in UTC. `None` when it has no order.
///
/// # Errors
/// When the file is damaged, no backup, or of a newer version.
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

/// Sees that the file is a whole database of a version that this one knows.
fn check(file: &Path) -> Result<(), BackupError> {
    File::open(file).map_err(|source| BackupError::File { file: file.to_owned(), source })?;
    let not_whole = |what: String| BackupError::NotWhole { file: file.to_owned(), what };
    let unusable = |error: rusqlite::Error| not_whole(error.to_string());
    let db = schema::open_for_reading(file).map_err(unusable)?;
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(unusable)?;
    schema::check_version(file, found)?;
    if found == 0 {
        return Err(not_whole("it is not of Punctual".to_owned()));
    }
    let verdict: String =
        db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(unusable)?;
    if verdict == "ok" { Ok(()) } else { Err(not_whole(verdict)) }
}

/// Copies a database into a new file, for its owner alone: it holds tokens and addresses.
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
    let made = (|| {
        let name = to.to_str().ok_or_else(|| of_copy(io::Error::other("its name is no UTF-8")))?;
        let db: Connection = schema::open_for_reading(from).map_err(failed)?;
        db.execute("VACUUM INTO ?1", [name]).map_err(failed)?;
        copied.sync_all().map_err(of_copy)
    })();
    if made.is_err() {
        // Whatever is left is no backup.
        let _ = fs::remove_file(to);
    }
    made
}

fn has_content(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.len() > 0)
}
