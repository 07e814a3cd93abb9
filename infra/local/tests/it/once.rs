//! What a stranger does first: run the sandbox to its end, twice.

use crate::support::{finish, json, punctual};

#[test]
fn a_hundred_mixed_orders_end_where_they_belong_and_a_second_run_buys_nothing() {
    let data = tempfile::tempdir().unwrap();
    let arguments = ["--once", "--orders", "100", "--json"];
    let first = finish(punctual(data.path()).args(arguments));
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let summary = json(&first);
    let count = |summary: &serde_json::Value, name: &str| summary[name].as_u64().unwrap();
    assert_eq!(count(&summary, "orders"), 100);
    assert_eq!(count(&summary, "lost"), 0);
    assert_eq!(count(&summary, "under_way"), 0);
    assert_eq!(count(&summary, "labels_bought_twice"), 0);
    let uploaded = count(&summary, "uploaded");
    let ended =
        uploaded + count(&summary, "exceptions") + count(&summary, "cancelled") + count(&summary, "not_ours");
    assert_eq!(ended, 100);
    assert!(uploaded >= 80, "{summary}");
    assert!(count(&summary, "exceptions") >= 4, "bad addresses and unknown weights: {summary}");
    assert!(count(&summary, "labels_bought") >= uploaded);
    assert!(count(&summary["postage"], "USD") > 100 * uploaded, "{summary}");
    for name in ["p50", "p99", "max"] {
        assert!(summary["paid_to_uploaded_ms"][name].is_u64(), "{summary}");
    }
    assert!(count(&summary, "elapsed_ms") > 0);
    let calls = |call: &str| summary["outside_calls"][call].as_u64().unwrap_or_default();
    let platform_labels = calls("tiktok.create_packages");
    assert!(platform_labels >= 20, "every third order is shipped with TikTok's label: {summary}");
    assert!(calls("easypost.buy") + platform_labels >= uploaded, "{summary}");
    assert!(calls("tiktok.mark_shipped") + platform_labels >= uploaded, "{summary}");

    let second = finish(punctual(data.path()).args(arguments));
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stderr));
    let again = json(&second);
    assert_eq!(count(&again, "orders"), 100, "the same orders");
    assert_eq!(count(&again, "labels_bought"), 0);
    for purchase in ["easypost.buy", "tiktok.create_packages"] {
        assert_eq!(again["outside_calls"][purchase], serde_json::Value::Null, "{again}");
    }
    assert_eq!(count(&again, "uploaded"), uploaded);
}

#[test]
fn what_is_missing_stops_the_start_with_one_line() {
    let data = tempfile::tempdir().unwrap();
    let output = finish(punctual(data.path()).arg("--live"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim_end(), "punctual: TIKTOK_APP_KEY is not set");
    let output = finish(punctual(data.path()).arg("--orders=some"));
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("punctual: "));
}

#[test]
fn help_version_and_completions_are_printed_and_a_wrong_command_line_is_named() {
    let data = tempfile::tempdir().unwrap();
    let run = |line: &str| {
        let output = finish(punctual(data.path()).args(line.split_whitespace()));
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    for (line, expect) in [
        ("--help", "Exit codes:"),
        ("help orders", "--after <CURSOR>"),
        ("remedy --help", "cancel-and-refund"),
        ("remedy cancel-and-refund --help", "out_of_stock"),
        ("import-catalogue --help", "sku,weight,weight_unit"),
        ("--version", env!("CARGO_PKG_VERSION")),
        ("completions bash", "import-catalogue"),
        ("completions zsh", "#compdef punctual"),
        ("completions fish", "check-settings"),
    ] {
        let (code, stdout, stderr) = run(line);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{line}");
        assert!(stdout.contains(expect), "{line}: {stdout}");
    }
    for (line, expect) in [
        ("sing", "punctual: unrecognized subcommand 'sing'"),
        ("--live orders", "punctual: the subcommand 'orders' cannot be used with '--live'"),
        ("remedy retry --shop 7", "--order <ORDER_ID>"),
    ] {
        let (code, stdout, stderr) = run(line);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{line}");
        assert!(stderr.starts_with("punctual: ") && stderr.contains(expect), "{line}: {stderr}");
    }
}
