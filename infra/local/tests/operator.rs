//! The commands by which the operator says who may connect shops, beside a running host and without one.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod support;

use std::process::{Command, Output};

use sim::{Browser, Sandbox};
use support::{Running, connect, finish, json, live, punctual, sandbox};

/// The program with the sandbox's credentials and the words of a command.
fn command(data: &std::path::Path, sandbox: &Sandbox, words: &[&str]) -> Command {
    let options = live(punctual(data), sandbox);
    let mut command = punctual(data);
    command.envs(options.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.args(words);
    command
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_beside_a_running_host_and_a_shop_is_disconnected_without_one() {
    let sandbox = sandbox(1, 3).await;
    let data = tempfile::tempdir().unwrap();
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    let base = running.link().split_once("/oauth/").unwrap().0.to_owned();
    let port = base.rsplit_once(':').unwrap().1.to_owned();

    let made = finish(&mut command(data.path(), &sandbox, &["connect-link", "--port", &port]));
    assert!(made.status.success(), "{}", text(&made));
    let link = String::from_utf8(made.stdout.clone()).unwrap().trim().to_owned();
    assert!(link.starts_with(&format!("{base}/oauth/tiktok/start?ticket=")), "{link}");
    connect(&sandbox, &link).await;
    let again = Browser::new().unwrap().open(&link).await.unwrap();
    assert_eq!(again.status, 403, "{}", again.text);

    let mut elsewhere = command(data.path(), &sandbox, &["connect-link"]);
    let made = finish(elsewhere.env("PUNCTUAL_PUBLIC_URL", "https://shop.example.com/"));
    assert!(
        text(&made).starts_with("https://shop.example.com/oauth/tiktok/start?ticket="),
        "{}",
        text(&made)
    );
    let mut elsewhere = command(data.path(), &sandbox, &["connect-link"]);
    let refused = finish(elsewhere.env("PUNCTUAL_PUBLIC_URL", "http://shop.example.com"));
    assert!(
        !refused.status.success() && text(&refused).contains("PUNCTUAL_PUBLIC_URL is not an https address")
    );

    let shop = sandbox.tiktok.shops()[0].id.clone();
    let locked = finish(&mut command(data.path(), &sandbox, &["disconnect", &shop]));
    assert!(!locked.status.success(), "the host works on the folder: {}", text(&locked));
    running.kill();
    let unknown = finish(&mut command(data.path(), &sandbox, &["disconnect", "7"]));
    assert!(text(&unknown).contains(&format!("connected are: {shop}")), "{}", text(&unknown));
    let done = finish(&mut command(data.path(), &sandbox, &["disconnect", &shop]));
    assert!(done.status.success(), "{}", text(&done));

    let before = sandbox.tiktok.faults().log().records().len();
    let once = ["--once", "--orders", "2", "--timeout", "3", "--json"];
    let output = finish(live(punctual(data.path()), &sandbox).args(once));
    assert!(!output.status.success() && json(&output)["orders"].as_u64() < Some(2));
    assert_eq!(sandbox.tiktok.faults().log().records().len(), before, "TikTok is asked nothing");
}
