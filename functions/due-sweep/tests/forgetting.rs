//! No file of the embedded backend keeps what was forgotten.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use backend::Backend;
use backend_contract::samples::{at, label, order, staged};
use backend_sqlite::SqliteBackend;
use domain::LabelDocument;
use domain::order::OrderStatus;
use domain::stage::{LabelFileState as File, Stage, Upload};
use due_sweep::DueSweep;
use system::ManualClock;

const NAME: &str = "Zephyrine Quackenbush";
const LABEL: &str = "the label of Quackenbush";
const DAYS: u16 = 30;

/// The files of the folder that contain this text.
fn holding(folder: &Path, words: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &PathBuf| {
        std::fs::read(path).unwrap().windows(words.len()).any(|window| window == words.as_bytes())
    };
    files.filter(holds).map(|path| path.display().to_string()).collect()
}

#[tokio::test]
async fn a_sweep_leaves_no_copy_of_what_it_forgets() {
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::new(at(0));
    let backend = Backend::of(SqliteBackend::open(folder.path(), Arc::new(clock.clone())).unwrap());
    for n in 0..20 {
        let name = format!("shop-1/{n}-1/label.pdf");
        let mut label = label(&n.to_string());
        label.file = File::Kept { name: name.clone() };
        let upload = Upload { at: at(0), package: None, warning: None };
        let mut record = staged(order("shop-1", &n.to_string(), at(0)), Stage::Delivered { label, upload });
        record.order.recipient.as_mut().unwrap().name = NAME.into();
        record.order.status = OrderStatus::Completed;
        record.shipments[0].next_check_at = None;
        record.forget_after(Some(DAYS));
        for version in 0..3 {
            backend.orders.commit_order(&record, version).await.unwrap();
        }
        let file =
            LabelDocument { bytes: LABEL.repeat(900).into_bytes(), content_type: "application/pdf".into() };
        backend.labels.put_label(&name, &file).await.unwrap();
    }
    assert!(!holding(folder.path(), NAME).is_empty() && !holding(folder.path(), LABEL).is_empty());

    let Backend { orders, labels, queues, .. } = backend.clone();
    let sweep = DueSweep::new(orders, labels, queues, Arc::new(clock.clone()));
    assert_eq!(sweep.run().await.unwrap().orders, 0, "it is not time");
    clock.advance(Duration::from_secs(86_400 * u64::from(DAYS)));
    let swept = sweep.run().await.unwrap();
    assert_eq!((swept.orders, swept.failed), (20, 0));
    assert_eq!(holding(folder.path(), NAME), [""; 0]);
    assert_eq!(holding(folder.path(), LABEL), [""; 0]);
}
