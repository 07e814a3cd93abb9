//! No personal data and no secret in any log, at any level.

use crate::support::{Running, connect, finish, live, punctual, sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_at_trace_level_logs_nothing_private() {
    let sandbox = sandbox(30, 4).await;
    let rates = sim::faults::FaultRates::each(0.02);
    let data = tempfile::tempdir().unwrap();
    // Connect quietly first, so that the sandbox knows tokens to search for.
    let running = Running::start(&mut live(punctual(data.path()), &sandbox));
    connect(&sandbox, &running.link()).await;
    running.kill();
    sandbox.tiktok.faults().set_rates(rates.clone());
    sandbox.easypost.faults().set_rates(rates);

    let output = finish(
        live(punctual(data.path()), &sandbox)
            .env("PUNCTUAL_LOG", "trace")
            .args(["--once", "--orders", "30", "--json"]),
    );
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.lines().count() > 200, "the run logs at trace level: {} lines", log.lines().count());

    let mut private = sandbox.buyers_personal_data();
    private.push(sandbox.tiktok.app_secret().to_owned());
    private.push(sandbox.easypost.api_key().to_owned());
    private.push(sandbox.easypost.webhook_secret().to_owned());
    private.extend(sandbox.tiktok.shops().iter().map(|shop| shop.cipher.clone()));
    assert!(private.len() > 60);
    for text in private.iter().filter(|text| text.len() > 3) {
        let found = log.lines().find(|line| line.contains(text.as_str()));
        assert!(found.is_none(), "{text:?} stands in the log: {}", found.unwrap_or_default());
    }
    for token in ["TTP_", "ROW_", "access_token=", "app_secret=", "refresh_token="] {
        let found = log.lines().find(|line| line.contains(token));
        assert!(found.is_none(), "{token} stands in the log: {}", found.unwrap_or_default());
    }
}
