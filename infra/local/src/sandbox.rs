//! The sandbox: both outside services on this machine, and their shop connected as a seller would connect it.

use std::collections::HashMap;

use anyhow::Context as _;
use sim::sandbox::Expected;
use sim::{Browser, Sandbox, SandboxConfig};

use crate::config::Config;
use crate::host::Host;
use crate::summary::Outcome;

/// How often the sandbox's shop is polled: webhooks do the work, polling shows itself all the same.
const POLL_SECONDS: &str = "2";

/// Somebody to tell, so that the terminal shows what would be told.
const SETTINGS: &str = r#"{"default": {"recipients": [{"id": "seller", "email": "seller@example.com"}]}}"#;

/// Starts both services with `orders` orders drawn from `seed`, and makes the configuration that reaches them.
pub async fn start(orders: usize, seed: u64) -> anyhow::Result<(Sandbox, Config)> {
    let sandbox = sim::sandbox::start(SandboxConfig { orders, seed, ..SandboxConfig::default() })
        .await
        .context("the sandbox does not start")?;
    let tiktok = sim::tiktok::TikTokConfig::default();
    let easypost = sim::easypost::EasyPostConfig::default();
    let values: HashMap<&str, String> = HashMap::from([
        ("TIKTOK_API_URL", sandbox.tiktok.url().to_owned()),
        ("TIKTOK_AUTH_URL", sandbox.tiktok.url().to_owned()),
        ("TIKTOK_APP_KEY", tiktok.app_key),
        ("TIKTOK_APP_SECRET", tiktok.app_secret),
        ("EASYPOST_API_URL", sandbox.easypost.url().to_owned()),
        ("EASYPOST_API_KEY", easypost.api_key),
        ("EASYPOST_WEBHOOK_SECRET", easypost.webhook_secret),
    ]);
    let lookup = |name: &str| match values.get(name) {
        Some(value) => Some(value.clone()),
        // The services are the sandbox's whatever the environment says; the rest is the environment's.
        None if name.starts_with("TIKTOK_") || name.starts_with("EASYPOST_") => None,
        None => config::environment(name).or_else(|| match name {
            "PUNCTUAL_POLL_SECONDS" => Some(POLL_SECONDS.to_owned()),
            // Nothing is mailed to an address that was made up.
            "PUNCTUAL_SETTINGS" if config::environment("PUNCTUAL_SMTP_URL").is_none() => {
                Some(SETTINGS.to_owned())
            }
            _ => None,
        }),
    };
    Ok((sandbox, Config::read(&lookup)?))
}

/// Where its services are, for people.
pub fn addresses(sandbox: &Sandbox) -> String {
    format!("TikTok Shop {}, EasyPost {}", sandbox.tiktok.url(), sandbox.easypost.url())
}

/// Connects the shop through the browser's path: start, consent, callback. Then lets the webhooks come.
pub async fn connect(sandbox: &Sandbox, host: &Host) -> anyhow::Result<()> {
    let base = format!("http://{}", host.address);
    sandbox.tiktok.set_redirect_url(&format!("{base}/oauth/tiktok/callback"));
    let link = host.functions.shop_authorization.connect_link(&base);
    let page = Browser::new()?.open(link.url.expose()).await?;
    let (status, text) = (page.status, page.text.trim());
    anyhow::ensure!(page.is_success(), "the sandbox's shop can't be connected: {status} {text}");
    sandbox.tiktok.set_webhook_url(Some(&format!("{base}/webhooks/tiktok")));
    let secret = sim::easypost::EasyPostConfig::default().webhook_secret;
    sandbox.easypost.set_webhook_url(Some(&format!("{base}/webhooks/easypost")), &secret);
    Ok(())
}

/// Orders that did not come to what their kind is made for, one line each.
pub fn misplaced(sandbox: &Sandbox, outcomes: &HashMap<String, Outcome>) -> Vec<String> {
    let right = |expected: Expected, outcome: Outcome| match expected {
        Expected::Uploaded => outcome == Outcome::Uploaded,
        Expected::Exception => outcome == Outcome::Exception,
        // Cancelled while the label was under way or just after: shipped in time is right too.
        Expected::Cancelled => matches!(outcome, Outcome::Cancelled | Outcome::Uploaded | Outcome::NotOurs),
    };
    sandbox
        .kinds()
        .iter()
        .filter_map(|(id, kind)| match outcomes.get(id) {
            Some(outcome) if right(kind.expected(), *outcome) => None,
            Some(outcome) => Some(format!("order {id} ({kind:?}) ended as {outcome:?}")),
            None => Some(format!("order {id} ({kind:?}) is lost")),
        })
        .collect()
}
