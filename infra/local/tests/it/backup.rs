//! A backup beside the running program, the way back, and a clean stop.

use std::time::Duration;

use crate::support::{Running, connect, finish, json, live, punctual, sandbox};
use sim::sandbox::{Kind, orders};

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_host_is_restored_once_the_labels_were_checked() {
    let mut sandbox = sandbox(0, 5).await;
    sandbox.add(orders(40, 5).into_iter().filter(|order| order.kind == Kind::Light).take(3).collect());
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = other.path().join("backup");
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    connect(&sandbox, &running.link()).await;
    let uploaded = async {
        while sandbox.tiktok.uploads().len() < 3 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), uploaded).await.expect("the orders are uploaded");
    // Until the program has counted them, too.
    running.line("3 uploaded");
    let made = finish(punctual(data.path()).arg("backup").arg(&file));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let refused = finish(punctual(data.path()).arg("restore").arg(&file).arg("--labels-checked"));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("is in use by process"), "{said}");

    running.terminate();
    let wal = data.path().join("punctual.sqlite-wal");
    assert_eq!(std::fs::metadata(wal).map_or(0, |wal| wal.len()), 0, "the file is complete without its WAL");

    let new = other.path().join("data");
    let asked = finish(punctual(&new).arg("restore").arg(&file));
    let said = String::from_utf8_lossy(&asked.stderr).into_owned();
    assert!(!asked.status.success() && said.contains("Nothing has been restored yet"), "{said}");
    assert!(said.contains("--labels-checked") && said.contains(" UTC"), "{said}");
    assert!(!new.exists(), "nothing is made");
    let restored = finish(punctual(&new).arg("restore").arg(&file).arg("--labels-checked"));
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));

    let output = finish(live(punctual(&new), &sandbox).args(["--once", "--orders", "3", "--json"]));
    let summary = json(&output);
    assert!(output.status.success(), "{summary} {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((summary["orders"].as_u64(), summary["uploaded"].as_u64()), (Some(3), Some(3)));
    assert_eq!(sandbox.easypost.purchases().len(), 3, "nothing is bought again");
}
