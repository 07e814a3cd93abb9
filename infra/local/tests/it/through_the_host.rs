//! Commands go through a running host, and work without one in the same way.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use crate::support::{Running, connect, finish, json, live, punctual, sandbox, until};
use backend_sqlite::SqliteBackend;
use serde_json::Value;
use sim::Sandbox;
use sim::sandbox::{Kind, orders};
use system::SystemClock;
use tempfile::TempDir;

/// A command with the sandbox's credentials.
fn command(data: &Path, sandbox: &Sandbox, line: &str) -> Command {
    let host = live(punctual(data), sandbox);
    let mut command = punctual(data);
    command.envs(host.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.args(line.split_whitespace());
    command
}

fn run(data: &Path, sandbox: &Sandbox, line: &str) -> Output {
    finish(&mut command(data, sandbox, line))
}

/// The JSON that a command printed, without the moment at which it looked.
fn result_of(data: &Path, sandbox: &Sandbox, line: &str) -> Value {
    let output = run(data, sandbox, &format!("{line} --json"));
    assert!(output.status.success(), "{line}: {}", stderr(&output));
    let mut result = json(&output);
    if let Value::Object(fields) = &mut result {
        fields.remove("as_of");
    }
    result
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A running host with some light orders, one to an address that does not exist and one of unknown weight; none is under way
/// any more.
async fn host_with_exceptions() -> (TempDir, Sandbox, Running) {
    let mut sandbox = sandbox(0, 5).await;
    let wanted = |kind: Kind| matches!(kind, Kind::Light | Kind::BadAddress | Kind::UnknownWeight);
    sandbox.add(orders(14, 5).into_iter().filter(|order| wanted(order.kind)).collect());
    let data = tempfile::tempdir().unwrap();
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    connect(&sandbox, &running.link()).await;
    let orders = sandbox.kinds().len();
    running
        .line(&format!("{orders} orders: {} uploaded, 2 exceptions, 0 cancelled, 0 under way", orders - 2));
    (data, sandbox, running)
}

fn order_of(sandbox: &Sandbox, kind: Kind) -> String {
    sandbox.kinds().iter().find(|(_, of)| **of == kind).expect("there is one").0.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_the_same_through_a_host_and_without_one() {
    let (data, sandbox, running) = host_with_exceptions().await;
    let bad = order_of(&sandbox, Kind::BadAddress);
    let lines = ["orders", "orders --exceptions", "orders --stage uploaded --limit 2", "exceptions"];
    let lines = lines
        .map(str::to_owned)
        .into_iter()
        .chain([format!("order {bad}"), format!("order {bad} --personal")]);
    let lines: Vec<String> = lines.collect();
    let through: Vec<Value> = lines.iter().map(|line| result_of(data.path(), &sandbox, line)).collect();
    assert!(data.path().join("control.sock").exists());
    running.terminate();
    assert!(!data.path().join("control.sock").exists(), "a host that stops removes its socket");
    for (line, through) in lines.iter().zip(&through) {
        assert_eq!(result_of(data.path(), &sandbox, line), *through, "{line}");
    }

    let [all, exceptional, uploaded, open, order, personal] = through.as_slice() else {
        panic!("{through:?}")
    };
    let count = |list: &Value| list["orders"].as_array().unwrap().len();
    assert_eq!((count(all), count(exceptional), count(uploaded)), (sandbox.kinds().len(), 2, 2));
    assert!(uploaded["next"].is_string() && all["next"].is_null());
    let kinds: Vec<&str> =
        open["exceptions"].as_array().unwrap().iter().map(|open| open["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 2, "{open}");
    assert!(kinds.contains(&"address_undeliverable") && kinds.contains(&"weight_unknown"), "{open}");
    assert_eq!(order["shipments"][0]["stage"], "blocked");
    assert_eq!(order["exceptions"][0]["kind"], "address_undeliverable");
    assert!(order["exceptions"][0]["remedies"].as_array().unwrap().contains(&"correct-address".into()));
    assert!(order["deadline"]["why"].as_str().unwrap().contains("TikTok"), "{order}");
    assert!(order["personal"].is_null() && personal["personal"]["recipient"]["street1"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_for_people_and_show_no_personal_data() {
    let (data, sandbox, running) = host_with_exceptions().await;
    let (bad, heavy) = (order_of(&sandbox, Kind::BadAddress), order_of(&sandbox, Kind::UnknownWeight));
    let light = order_of(&sandbox, Kind::Light);
    let private = sandbox.buyers_personal_data();
    assert!(private.len() > 10);
    let mut text = String::new();
    for line in
        ["orders".to_owned(), "exceptions".to_owned(), format!("order {bad}"), format!("order {light}")]
    {
        let output = run(data.path(), &sandbox, &line);
        assert!(output.status.success(), "{line}: {}", stderr(&output));
        text += &stdout(&output);
    }
    // Two-letter states and the like are in every text.
    for data in private.iter().filter(|data| data.len() > 3) {
        assert!(!text.contains(data.as_str()), "{data:?} is shown:\n{text}");
    }
    for expect in [
        "ORDER",
        "STATUS AT TIKTOK",
        " UTC (in ",
        " ago)",
        "What to do:",
        "  weight_unknown: ",
        "    punctual remedy retry",
        "Open exception address_undeliverable (blocking)",
        "Rate decision",
        "chosen",
        &heavy,
    ] {
        assert!(text.contains(expect), "{expect:?} is missing:\n{text}");
    }
    let personal = stdout(&run(data.path(), &sandbox, &format!("order {bad} --personal")));
    assert!(private.iter().any(|data| data.len() > 8 && personal.contains(data.as_str())), "{personal}");
    running.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_is_resolved_while_the_host_runs() {
    let (data, sandbox, running) = host_with_exceptions().await;
    let order = order_of(&sandbox, Kind::UnknownWeight);
    let shop = sandbox.tiktok.shops()[0].id.clone();
    let sku = result_of(data.path(), &sandbox, &format!("order {order}"))["items"][0]["sku"].clone();
    let file = data.path().join("weights.csv");
    std::fs::write(&file, format!("sku,weight,weight_unit\n{},9,oz\n", sku.as_str().unwrap())).unwrap();
    let import = format!("import-catalogue {} --shop {shop}", file.display());
    let imported = result_of(data.path(), &sandbox, &import);
    assert_eq!(
        (&imported["new"], &imported["unmatched"]),
        (&1.into(), &Value::Array(Vec::new())),
        "{imported}"
    );

    let uploads = sandbox.tiktok.uploads().len();
    let output = run(data.path(), &sandbox, &format!("remedy retry --shop {shop} --order {order} --order 7"));
    assert_eq!(output.status.code(), Some(1), "one order is not known: {}", stdout(&output));
    let text = stdout(&output);
    assert!(
        text.contains(&format!("{order}  done")) && text.contains("7                   refused"),
        "{text}"
    );
    assert!(!stderr(&output).contains("--live"), "the host that runs does what follows");
    until("the order is uploaded", || sandbox.tiktok.uploads().len() == uploads + 1).await;
    until("the exception is closed", || {
        result_of(data.path(), &sandbox, "exceptions --kind weight_unknown")["exceptions"]
            == Value::Array(Vec::new())
    })
    .await;

    let held = run(data.path(), &sandbox, &format!("remedy hold --shop {shop} --order {order}"));
    assert_eq!(held.status.code(), Some(1), "it is shipped: {}", stdout(&held));
    running.terminate();
    let address = order_of(&sandbox, Kind::BadAddress);
    let output = run(data.path(), &sandbox, &format!("remedy retry --shop {shop} --order {address}"));
    assert!(
        output.status.success() && stderr(&output).contains("when punctual --live is started"),
        "{output:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_list_show_each_order_once() {
    let (data, sandbox, running) = host_with_exceptions().await;
    running.terminate();
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = result_of(data.path(), &sandbox, &format!("orders --limit 2 {after}"));
        let orders = page["orders"].as_array().unwrap();
        assert!(orders.len() <= 2);
        seen.extend(orders.iter().map(|order| order["order"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(cursor) => after = format!("--after {cursor}"),
            None => break,
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, sandbox.kinds().keys().cloned().collect::<Vec<_>>());
    let output = run(data.path(), &sandbox, "orders --after nonsense");
    assert!(stderr(&output).contains("--after is not a cursor"), "{}", stderr(&output));
    let output = run(data.path(), &sandbox, "order 7");
    assert!(stderr(&output).contains("has no order 7"), "{}", stderr(&output));
    let output = run(data.path(), &sandbox, "exceptions --kind sadness");
    assert!(stderr(&output).contains("weight_unknown"), "the kinds are named: {}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_can_use_the_socket_and_a_stale_one_stops_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let (data, sandbox, running) = host_with_exceptions().await;
    let socket = data.path().join("control.sock");
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    running.kill();
    assert!(socket.exists(), "the socket of a host that was killed stays");
    let before = result_of(data.path(), &sandbox, "orders");
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    running.link();
    assert_eq!(result_of(data.path(), &sandbox, "orders")["orders"], before["orders"]);
    let refused = run(data.path(), &sandbox, "restore nothing --labels-checked");
    assert!(
        stderr(&refused).contains("is in use by process"),
        "the host has the folder: {}",
        stderr(&refused)
    );
    running.terminate();
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_at_the_same_time_wait_for_each_other() {
    let (data, sandbox, running) = host_with_exceptions().await;
    let all_succeed = || {
        std::thread::scope(|scope| {
            let commands: Vec<_> =
                (0..6).map(|_| scope.spawn(|| run(data.path(), &sandbox, "orders --json"))).collect();
            for command in commands {
                let output = command.join().unwrap();
                assert!(output.status.success(), "{}", stderr(&output));
                assert_eq!(json(&output)["orders"].as_array().unwrap().len(), sandbox.kinds().len());
            }
        });
    };
    all_succeed();
    running.terminate();
    all_succeed();

    // Somebody else has the folder, and takes no commands.
    let holder = SqliteBackend::open(data.path(), Arc::new(SystemClock)).unwrap();
    let output = run(data.path(), &sandbox, "orders");
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.starts_with("punctual: no host answered the command: the data folder "), "{text}");
    assert!(text.contains("is in use by process") && text.lines().count() == 1, "{text}");
    drop(holder);
}

#[test]
fn a_folder_without_data_is_an_error_and_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("mistyped");
    for line in ["orders", "order 7", "exceptions"] {
        let output = finish(punctual(folder.path()).args(line.split(' ')).arg("--data").arg(&missing));
        assert_eq!(output.status.code(), Some(1), "{line}");
        let expect = format!("punctual: there is no data in the folder {}\n", missing.display());
        assert_eq!(stderr(&output), expect, "{line}");
    }
    assert!(!missing.exists());
}
