//! What the deployed functions log at the most verbose level. People who may not see orders may read all of it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

use deployed::{Binaries, World, functions, orders};
use emulator::Template;
use serde_json::Value;
use sim::sandbox::Expected;

/// Few, because the emulator keeps a limited number of lines for each function.
const ORDERS: usize = 4;

/// The part of the program that wrote a line, and the line's level.
fn writer(line: &str) -> String {
    let json: Value = serde_json::from_str(line).unwrap_or_default();
    format!("{} at {}", json["target"], json["level"])
}

#[tokio::test(flavor = "multi_thread")]
async fn no_level_shows_personal_data_or_secrets() {
    let Some(binaries) = Binaries::find() else { return };
    let template = Template::read().unwrap();
    let levels = &template.root()["Parameters"]["LogLevel"]["AllowedValues"];
    let most = levels.as_array().unwrap().last().unwrap().as_str().unwrap();
    let mut world = World::start_with(&binaries, &[("LogLevel", most)]).await.unwrap();
    world.sandbox.add(orders(Expected::Uploaded, ORDERS));
    world.until_uploaded(ORDERS).await.unwrap();
    world.until_idle().await.unwrap();

    let World { sandbox, stack } = &world;
    let mut hidden = sandbox.buyers_personal_data();
    hidden.push(sandbox.tiktok.app_secret().to_owned());
    hidden.push(sandbox.easypost.api_key().to_owned());
    hidden.push(sandbox.easypost.webhook_secret().to_owned());
    // What tokens, codes and the shop's cipher begin with.
    hidden.push("TTP_".to_owned());
    let (mut shown, mut logged) = (Vec::new(), 0);
    for function in functions(&template) {
        let log = stack.log(&function.resource).await.unwrap();
        logged += log.len();
        for hidden in &hidden {
            // The line itself is long; what matters is who wrote it.
            let lines = log.iter().filter(|line| line.contains(hidden)).map(|line| writer(line));
            shown.extend(lines.map(|writer| format!("{}: {hidden:?} by {writer}", function.name)));
        }
    }
    println!("{logged} lines at level {most}");
    assert!(logged > 1_000, "{logged} lines");
    shown.sort();
    shown.dedup();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}
