//! A typo in the settings: the host ships on with the former ones, and people are told.

use sim::Sandbox;

use crate::support::{Running, alarms, connect, finish, live, punctual, sandbox, until};

const SETTINGS: &str = r#"{"default":{"recipients":[{"id":"ann","email":"ann@example.com"}]}}"#;
const WITH_A_TYPO: &str = r#"{"default":{"recipients":[{"id":"ann","email":"ann at example.com"}]}}"#;
const KIND: &str = "settings_rejected";

#[tokio::test(flavor = "multi_thread")]
async fn a_typo_in_the_settings_stops_no_order_and_is_told_once() {
    let mut sandbox = sandbox(0, 5).await;
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("settings.json");
    let start = |sandbox: &Sandbox, settings: &str| {
        std::fs::write(&file, settings).unwrap();
        Running::start(live(punctual(data.path()), sandbox).env("PUNCTUAL_SETTINGS", &file))
    };
    let running = start(&sandbox, SETTINGS);
    connect(&sandbox, &running.link()).await;
    running.terminate();

    let running = start(&sandbox, WITH_A_TYPO);
    let said = running.line("ERROR");
    assert!(
        said.contains("PUNCTUAL_SETTINGS is not a file with settings (default.recipients[0].email"),
        "{said}"
    );
    assert!(said.contains("The former values are used."), "{said}");
    assert!(!said.contains("example.com"), "no address is shown: {said}");
    running.link();
    let light = |order: &sim::sandbox::SandboxOrder| order.kind == sim::sandbox::Kind::Light;
    sandbox.add(sim::sandbox::orders(20, 5).into_iter().filter(light).take(2).collect());
    until("the orders are shipped", || sandbox.tiktok.uploads().len() == 2).await;
    until("the recipient of the former settings is told", || !alarms(data.path(), KIND).is_empty()).await;
    running.terminate();

    // Another start with the same typo falls back on the same settings, and is no news.
    let running = start(&sandbox, WITH_A_TYPO);
    running.link();
    sandbox.add(sim::sandbox::orders(20, 6).into_iter().filter(light).take(1).collect());
    until("the order is shipped", || sandbox.tiktok.uploads().len() == 3).await;
    running.terminate();
    assert_eq!(alarms(data.path(), KIND).len(), 1);
    let open = |data: &std::path::Path| {
        let list = finish(punctual(data).args(["exceptions", "--json"]));
        String::from_utf8_lossy(&list.stdout).contains(KIND)
    };
    assert!(open(data.path()));

    let running = start(&sandbox, SETTINGS);
    running.link();
    until("the exception closes", || !open(data.path())).await;
}

/// A sandbox has recipients that do not exist: they must not become those of real shops in the same folder.
#[cfg(feature = "sandbox")]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_sandbox_ran_with_is_no_fallback() {
    let (data, sandbox) = (tempfile::tempdir().unwrap(), sandbox(0, 5).await);
    let ran = finish(punctual(data.path()).args(["--once", "--orders", "1"]));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let output = finish(
        live(punctual(data.path()), &sandbox)
            .args(["--once", "--orders", "1"])
            .env("PUNCTUAL_SETTINGS", WITH_A_TYPO),
    );
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("PUNCTUAL_SETTINGS is not a file with settings"), "{stderr}");
}

#[test]
fn settings_that_were_never_accepted_stop_the_start() {
    let data = tempfile::tempdir().unwrap();
    let output = finish(punctual(data.path()).args(["--once"]).env("PUNCTUAL_SETTINGS", WITH_A_TYPO));
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(stderr.contains("PUNCTUAL_SETTINGS is not a file with settings"), "{stderr}");
}
