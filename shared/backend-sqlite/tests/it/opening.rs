//! Who may open a folder, and what is said to who may not.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{self, TempFolder};
use backend::Queues as _;
use backend_contract::samples::key;
use backend_sqlite::{OpenError, SqliteBackend};
use domain::message::{ChangeSource, Message, Queue};

fn refusal(folder: &TempFolder) -> OpenError {
    SqliteBackend::open(folder.path(), Arc::new(support::clock())).expect_err("it is refused")
}

#[tokio::test]
async fn a_folder_serves_one_process() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    let message = refusal(&folder).to_string();
    let expected = format!(
        "the data folder {} is in use by process {}; only one process can use it at a time",
        folder.path().display(),
        std::process::id()
    );
    assert_eq!(message, expected);
    let clone = backend.clone();
    drop(backend);
    assert!(matches!(refusal(&folder), OpenError::InUse { .. }), "a clone holds it");
    drop(clone);
    support::open(&folder, &support::clock());
}

#[test]
fn a_newer_schema_is_left_alone() {
    let folder = TempFolder::new();
    drop(support::open(&folder, &support::clock()));
    let file = folder.path().join("punctual.sqlite");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.pragma_update(None, "user_version", 1000).unwrap();
    drop(db);
    let message = refusal(&folder).to_string();
    assert!(message.starts_with(&format!("{} has schema 1000, this version knows up to ", file.display())));
}

/// What a database of the first version holds is worked on as ever.
#[tokio::test]
async fn an_older_schema_is_brought_up_to_date() {
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    let message = Message::order_change(key("shop-1", "1"), ChangeSource::Webhook);
    backend.send(&message, Duration::ZERO).await.unwrap();
    drop(backend);
    let db = rusqlite::Connection::open(folder.path().join("punctual.sqlite")).unwrap();
    db.execute_batch(
        "DROP INDEX orders_by_group; ALTER TABLE orders DROP COLUMN combine_group;
         DROP INDEX messages_by_order; DROP INDEX messages_visible;
         ALTER TABLE messages DROP COLUMN order_id; ALTER TABLE messages DROP COLUMN account;
         CREATE INDEX messages_visible ON messages (queue, shop, deadline_at, id) WHERE hidden = 0;
         PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(db);
    let backend = support::open(&folder, &support::clock());
    let received =
        backend.receive(Queue::OrderChanges, 10, Duration::from_secs(60), Duration::ZERO).await.unwrap();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].message, message);
    drop(backend);
    support::open(&folder, &support::clock());
}

#[test]
fn what_is_no_database_is_refused_by_name() {
    let folder = TempFolder::new();
    std::fs::create_dir_all(folder.path()).unwrap();
    let file = folder.path().join("punctual.sqlite");
    std::fs::write(&file, "certainly no database, though it is long enough to look like one".repeat(99))
        .unwrap();
    assert_eq!(refusal(&folder).to_string(), format!("the database {} cannot be opened", file.display()));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempFolder::new();
    std::fs::write(folder.path(), "a file").unwrap();
    let message = refusal(&folder).to_string();
    std::fs::remove_file(folder.path()).unwrap();
    assert_eq!(message, format!("the data folder {} cannot be used", folder.path().display()));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    use domain::Private;
    use system::SecretStore as _;

    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    backend.commit_secret("token", Private::from("token-1"), 0).await.unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path()), 0o700);
    for file in ["punctual.sqlite", "punctual.sqlite-wal", "punctual.sqlite-shm", "punctual.lock"] {
        assert_eq!(mode(&folder.path().join(file)), 0o600, "{file}");
    }
}
