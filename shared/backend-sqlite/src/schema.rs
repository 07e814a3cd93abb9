//! The tables, and the steps that lead to them from every earlier version.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::OpenError;

/// One step a version: step `n` leads from `user_version` n to n + 1. A step that was released never changes.
const STEPS: &[&str] =
    &[include_str!("schema/1.sql"), include_str!("schema/2.sql"), include_str!("schema/3.sql")];

/// How long SQLite waits for another program that has the file open, for example a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// All statements that the backend has, with room for the variants of the list.
const STATEMENTS_CACHED: usize = 128;

/// Opens the database for writing and brings it up to date.
pub(crate) fn open(file: &Path) -> Result<Connection, OpenError> {
    let fail = |source| OpenError::database(file, source);
    let mut db = Connection::open(file).map_err(fail)?;
    prepare(&db).map_err(fail)?;
    // FULL: a commit is on the disk when it returns. The WAL is cut back after a burst. What is overwritten or removed is
    // overwritten in the file too: it may be personal data.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON;",
    )
    .map_err(fail)?;
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fail)?;
    check_version(file, found)?;
    migrate(&mut db, found).map_err(fail)?;
    // What a process that was killed has left there.
    empty_wal(&db).map_err(fail)?;
    Ok(db)
}

/// Refuses a database of a newer version.
pub(crate) fn check_version(file: &Path, found: i64) -> Result<(), OpenError> {
    let known = crate::convert::limit(STEPS.len());
    match found > known {
        true => Err(OpenError::Newer { file: file.to_owned(), found, known }),
        false => Ok(()),
    }
}

/// Moves every commit into the database and cuts the WAL to nothing: no older copy of a page is left in it. False when
/// somebody reads what the WAL holds for longer than is waited for.
pub(crate) fn empty_wal(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).map(|busy| busy == 0)
}

/// Opens the database for reading.
pub(crate) fn open_for_reading(file: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    prepare(&db)?;
    Ok(db)
}

/// Opens the database, which is up to date, to empty its WAL.
pub(crate) fn open_for_wal(file: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    prepare(&db)?;
    Ok(db)
}

fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    Ok(())
}

/// Takes the steps that are missing, each with its version in one transaction.
fn migrate(db: &mut Connection, from: i64) -> rusqlite::Result<()> {
    for (version, step) in (1_i64..).zip(STEPS) {
        if version > from {
            let transaction = db.transaction()?;
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
    }
    Ok(())
}
