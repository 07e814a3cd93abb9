//! A backup beside a running backend, the way back, and a file that is whole without its WAL.

use std::path::{Path, PathBuf};

use crate::support::{self, TempFolder};
use backend::{LabelStore as _, OrderStore as _, Queues as _};
use backend_contract::samples::{at, change, key, order};
use backend_sqlite::{BackupError, SqliteBackend, backup, known_until, restore};
use domain::LabelDocument;
use domain::Private;
use domain::message::Queue::OrderChanges;
use system::SecretStore as _;

async fn fill(backend: &SqliteBackend, orders: i64) {
    for n in 0..orders {
        backend.commit_order(&order("shop-1", &n.to_string(), at(n)), 0).await.unwrap();
    }
    let file = LabelDocument { bytes: b"%PDF label".to_vec(), content_type: "application/pdf".into() };
    backend.put_label("shop-1/1/label.pdf", &file).await.unwrap();
    backend.commit_secret("token", Private::from("token-1"), 0).await.unwrap();
    backend.send(&change("1"), std::time::Duration::ZERO).await.unwrap();
}

async fn assert_filled(backend: &SqliteBackend, orders: i64) {
    for n in 0..orders {
        assert!(backend.load_order(&key("shop-1", &n.to_string())).await.unwrap().is_some(), "order {n}");
    }
    assert!(backend.get_label("shop-1/1/label.pdf").await.unwrap().is_some());
    assert_eq!(backend.load_secret("token").await.unwrap().unwrap().value.expose(), "token-1");
    assert_eq!(backend.depth(OrderChanges).await.unwrap(), 1);
}

fn database(folder: &Path) -> PathBuf {
    folder.join("punctual.sqlite")
}

#[tokio::test]
async fn a_backup_beside_a_running_backend_is_restored_whole() {
    let (folder, other) = (TempFolder::new(), TempFolder::new());
    let backend = support::open(&folder, &support::clock());
    fill(&backend, 50).await;
    let file = other.path().with_extension("backup");
    backup(folder.path(), &file).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    // What comes later is not in it.
    backend.commit_order(&order("shop-1", "later", at(0)), 0).await.unwrap();
    assert!(
        matches!(backup(folder.path(), &file).unwrap_err(), BackupError::Exists(_)),
        "nothing is overwritten"
    );
    let refused = restore(folder.path(), &file).unwrap_err().to_string();
    assert!(refused.contains("is in use by process"), "{refused}");
    drop(backend);
    let refused = restore(folder.path(), &file).unwrap_err();
    assert!(matches!(refused, BackupError::NotEmpty(_)), "{refused}");

    assert_eq!(known_until(&file).unwrap(), Some(at(49)), "its last order was read then");
    restore(other.path(), &file).unwrap();
    let backend = support::open(&other, &support::clock());
    assert_filled(&backend, 50).await;
    assert!(backend.load_order(&key("shop-1", "later")).await.unwrap().is_none());
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn an_incomplete_backup_is_refused_and_changes_nothing() {
    let (folder, other) = (TempFolder::new(), TempFolder::new());
    let empty = TempFolder::new();
    assert!(matches!(backup(empty.path(), &other.path().join("b")).unwrap_err(), BackupError::NoDatabase(_)));
    let backend = support::open(&folder, &support::clock());
    fill(&backend, 300).await;
    drop(backend);
    std::fs::create_dir_all(other.path()).unwrap();
    let good = other.path().join("good");
    backup(folder.path(), &good).unwrap();
    let bytes = std::fs::read(&good).unwrap();

    let bad = other.path().join("bad");
    let mut hurt = bytes.clone();
    hurt[8192..12_288].fill(0x55);
    let changed = |sql: &str| {
        std::fs::write(&bad, &bytes).unwrap();
        rusqlite::Connection::open(&bad).unwrap().execute_batch(sql).unwrap();
        std::fs::read(&bad).unwrap()
    };
    let newer = changed("PRAGMA user_version = 1000");
    let foreign = changed("PRAGMA user_version = 0");
    for (what, bytes, expected) in [
        ("half of it", bytes[..bytes.len() / 2].to_vec(), "is not a complete backup"),
        ("a page overwritten", hurt, "is not a complete backup"),
        ("no database", b"a text".repeat(2000), "is not a complete backup"),
        ("another program's", foreign, "is not a complete backup"),
        ("a newer version's", newer, "has schema 1000"),
    ] {
        std::fs::write(&bad, bytes).unwrap();
        let refused = restore(empty.path(), &bad).unwrap_err().to_string();
        assert!(refused.contains(expected), "{what}: {refused}");
        assert!(!database(empty.path()).exists(), "{what}");
    }
    let missing = restore(empty.path(), &other.path().join("none")).unwrap_err();
    assert!(matches!(missing, BackupError::File { .. }), "{missing}");
    // A restore that was cut off is done anew.
    std::fs::write(empty.path().join("punctual.restoring"), &bytes[..5000]).unwrap();
    restore(empty.path(), &good).unwrap();
    assert_filled(&support::open(&empty, &support::clock()), 300).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_clean_stop_the_file_is_whole_without_its_wal() {
    let (folder, other) = (TempFolder::new(), TempFolder::new());
    let backend = support::open(&folder, &support::clock());
    fill(&backend, 50).await;
    // Some connections that read are open.
    assert_filled(&backend, 50).await;
    drop(backend);
    let wal = folder.path().join("punctual.sqlite-wal");
    assert!(std::fs::metadata(&wal).map_or(0, |wal| wal.len()) == 0, "nothing is left in the WAL");
    std::fs::create_dir_all(other.path()).unwrap();
    std::fs::copy(database(folder.path()), database(other.path())).unwrap();
    assert_filled(&support::open(&other, &support::clock()), 50).await;
}

/// Every copy of these bytes in the files of the folder.
fn found(folder: &Path, needle: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let has = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
    };
    files.filter(has).map(|path| path.display().to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forgotten_is_in_no_file() {
    const NAME: &str = "Zephyrine Quackenbush";
    const LABEL: &str = "label of Quackenbush";
    let folder = TempFolder::new();
    let backend = support::open(&folder, &support::clock());
    for n in 0..40 {
        let mut record = order("shop-1", &n.to_string(), at(n));
        // Larger than a page, and rewritten as an order is.
        record.order.buyer_message = Private::new(format!("{NAME} {}", "x".repeat(5_000)));
        for version in 0..4 {
            record.order.buyer_message.clone_from(&Private::new(format!("{version} {NAME}")));
            if let Some(recipient) = &mut record.order.recipient {
                recipient.name = NAME.into();
            }
            backend.commit_order(&record, version).await.unwrap();
        }
        let file =
            LabelDocument { bytes: LABEL.repeat(1_000).into_bytes(), content_type: "application/pdf".into() };
        backend.put_label(&format!("{n}.pdf"), &file).await.unwrap();
        assert!(!found(folder.path(), NAME).is_empty() && !found(folder.path(), LABEL).is_empty());
        backend.delete_label(&format!("{n}.pdf")).await.unwrap();
        record.forget();
        backend.commit_order(&record, 4).await.unwrap();
    }
    backend.wipe_traces().await.unwrap();
    assert_eq!(found(folder.path(), NAME), [""; 0]);
    assert_eq!(found(folder.path(), LABEL), [""; 0]);
}
