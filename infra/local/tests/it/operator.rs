//! The commands that decide which shops are connected, through a running host and without one.

use std::process::{Command, Output};

use crate::support::{Running, connect, finish, json, live, punctual, sandbox};
use sim::{Browser, Sandbox};

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
async fn a_shop_is_connected_by_a_link_and_disconnected_through_the_host_and_without_one() {
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
    assert!(!refused.status.success() && text(&refused).contains("PUNCTUAL_PUBLIC_URL is not an https URL"));

    let shop = sandbox.tiktok.shops()[0].id.clone();
    let unknown = |connected: &str| {
        let output = finish(&mut command(data.path(), &sandbox, &["disconnect", "7"]));
        let text = text(&output);
        assert!(
            !output.status.success() && text.contains(&format!("connected shops: {connected}")),
            "{text}"
        );
    };
    unknown(&shop);
    let done = finish(&mut command(data.path(), &sandbox, &["disconnect", &shop]));
    assert!(done.status.success() && text(&done).contains("its tokens are deleted"), "{}", text(&done));
    unknown("none");
    let made = finish(&mut command(data.path(), &sandbox, &["connect-link", "--port", &port, "--json"]));
    connect(&sandbox, json(&made)["url"].as_str().unwrap()).await;
    unknown(&shop);
    running.kill();
    unknown(&shop);
    let done = finish(&mut command(data.path(), &sandbox, &["disconnect", &shop]));
    assert!(done.status.success() && text(&done).contains("its tokens are deleted"), "{}", text(&done));

    let before = sandbox.tiktok.faults().log().records().len();
    let once = ["--once", "--orders", "2", "--timeout", "3", "--json"];
    let output = finish(live(punctual(data.path()), &sandbox).args(once));
    assert!(!output.status.success() && json(&output)["orders"].as_u64() < Some(2));
    assert_eq!(sandbox.tiktok.faults().log().records().len(), before, "TikTok is asked nothing");
}
