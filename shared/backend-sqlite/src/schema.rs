//! The tables, and how a database with them is opened.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::OpenError;

/// The tables of [`VERSION`].
pub(crate) const SCHEMA: &str = include_str!("schema.sql");
/// What `user_version` of a database of this schema says.
pub(crate) const VERSION: i64 = 2;
/// Makes the tables of version 1 those of version 2.
const FROM_VERSION_1: &str = "
    ALTER TABLE orders ADD COLUMN combine_group TEXT;
    CREATE INDEX orders_by_group ON orders (shop, combine_group) WHERE combine_group IS NOT NULL;
    ALTER TABLE messages ADD COLUMN order_id TEXT;
    ALTER TABLE messages ADD COLUMN account TEXT NOT NULL DEFAULT '';
    DROP INDEX messages_visible;
    CREATE INDEX messages_visible ON messages (queue, shop, account, deadline_at, id) WHERE hidden = 0;
    CREATE INDEX messages_by_order ON messages (shop, order_id) WHERE order_id IS NOT NULL;
";

/// How long SQLite waits for another program that has the file open, for example a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// All statements of the backend, with room for the variants of the list.
const STATEMENTS_CACHED: usize = 128;

/// Opens the database for writing, and makes its tables if it has none.
pub(crate) fn open(file: &Path) -> Result<Connection, OpenError> {
    let fail = |source| OpenError::database(file, source);
    let mut db = Connection::open(file).map_err(fail)?;
    configure(&db).map_err(fail)?;
    // FULL: a commit is on the disk when it returns. The WAL is cut back after a burst. secure_delete: what is removed is
    // overwritten in the file too, since it may be personal data.
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = ON;",
    )
    .map_err(fail)?;
    match version_of(&db).map_err(fail)? {
        0 => change(&mut db, SCHEMA).map_err(fail)?,
        1 => change(&mut db, FROM_VERSION_1).map_err(fail)?,
        found => check_version(file, found)?,
    }
    // What a process that was killed has left there.
    empty_wal(&db).map_err(fail)?;
    Ok(db)
}

/// The version that a database says it has; 0 when it has no tables yet, or is not ours.
pub(crate) fn version_of(db: &Connection) -> rusqlite::Result<i64> {
    db.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Refuses a database of a newer version.
pub(crate) fn check_version(file: &Path, found: i64) -> Result<(), OpenError> {
    if found > VERSION {
        return Err(OpenError::Newer { file: file.to_owned(), found, known: VERSION });
    }
    Ok(())
}

/// Makes the tables of [`VERSION`], all or nothing.
fn change(db: &mut Connection, statements: &str) -> rusqlite::Result<()> {
    let transaction = db.transaction()?;
    transaction.execute_batch(statements)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Moves every commit into the database and truncates the WAL, so that no older copy of a page is left in it. False when
/// somebody reads what the WAL holds for longer than [`BUSY_TIMEOUT`].
pub(crate) fn empty_wal(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).map(|busy| busy == 0)
}

/// Opens the database for reading.
pub(crate) fn open_for_reading(file: &Path) -> rusqlite::Result<Connection> {
    open_existing(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// Opens the database to empty its WAL.
pub(crate) fn open_for_wal(file: &Path) -> rusqlite::Result<Connection> {
    open_existing(file, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

fn open_existing(file: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure(&db)?;
    Ok(db)
}

fn configure(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    Ok(())
}
