//! The sandbox: the outside services on this machine, and their shop, connected as a seller would connect it.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use config::Lookup;
use sim::sandbox::Expected;
use sim::tiktok::PlatformConfig;
use sim::{Browser, SandboxConfig};

use crate::config::HostConfig;
use crate::host::Host;
use crate::summary::OrderOutcome;

/// Every so many orders one ships with TikTok's own label.
const PLATFORM_EVERY: usize = 3;

/// How often the sandbox's shop is polled. Webhooks do the work; this shows that polling works as well.
const POLL_SECONDS: &str = "2";

/// A recipient, so that the terminal shows the alarms.
const SETTINGS: &str = r#"{"default": {"recipients": [{"id": "seller", "email": "seller@example.com"}]}}"#;

/// A running sandbox: a TikTok Shop and accounts at carriers, on this machine.
pub(crate) struct Sandbox(sim::Sandbox);

impl Sandbox {
    /// Starts the services with `orders` orders drawn from `seed`, and returns the configuration that reaches them.
    pub(crate) async fn start(
        orders: usize,
        seed: u64,
        variables: Lookup<'_>,
    ) -> anyhow::Result<(Self, HostConfig)> {
        let platform = PlatformConfig { pending_reads: 1, ..PlatformConfig::default() };
        let config = SandboxConfig {
            orders,
            seed,
            platform_every: PLATFORM_EVERY,
            platform,
            ..SandboxConfig::default()
        };
        let sandbox = sim::sandbox::start(config).await.context("the sandbox can't be started")?;
        let tiktok = sim::tiktok::TikTokConfig::default();
        let mut values: HashMap<&str, String> = HashMap::from([
            ("TIKTOK_API_URL", sandbox.tiktok.url().to_owned()),
            ("TIKTOK_AUTH_URL", sandbox.tiktok.url().to_owned()),
            ("TIKTOK_APP_KEY", tiktok.app_key),
            ("TIKTOK_APP_SECRET", tiktok.app_secret),
        ]);
        values.extend(sandbox.carriers().iter().flat_map(|carrier| carrier.variables()));
        let is_of_a_carrier =
            |name: &str| carriers::registry::variables().any(|variable| variable.name == name);
        let lookup = |name: &str| match values.get(name) {
            Some(value) => Some(value.clone()),
            // The services are the sandbox's, whatever the environment says; everything else is the environment's.
            None if name.starts_with("TIKTOK_") || is_of_a_carrier(name) => None,
            None => variables(name).or_else(|| match name {
                "PUNCTUAL_POLL_SECONDS" => Some(POLL_SECONDS.to_owned()),
                // No e-mail is sent to a made-up address.
                "PUNCTUAL_SETTINGS" if variables("PUNCTUAL_SMTP_URL").is_none() => Some(SETTINGS.to_owned()),
                _ => None,
            }),
        };
        let mut config = HostConfig::read(&lookup)?;
        // Real shops may come to the same folder later, and must not be left with made-up recipients.
        config.files.keep_nothing();
        Ok((Self(sandbox), config))
    }

    /// Connects the shop as a browser does: start, consent, callback. Then has webhooks sent.
    pub(crate) async fn connect(&self, host: &Host) -> anyhow::Result<()> {
        let Self(sandbox) = self;
        let base = format!("http://{}", host.address);
        sandbox.tiktok.set_redirect_url(&format!("{base}/oauth/tiktok/callback"));
        let link = host.functions.shop_authorization.connect_link(&base);
        let page = Browser::new()?.open(link.url.expose()).await?;
        let (status, text) = (page.status, page.text.trim());
        anyhow::ensure!(page.is_success(), "the sandbox's shop can't be connected: {status} {text}");
        sandbox.tiktok.set_webhook_url(Some(&format!("{base}/webhooks/tiktok")));
        for carrier in sandbox.carriers() {
            carrier.post_webhooks_to(&base);
        }
        Ok(())
    }

    /// Where the services are, for people.
    pub(crate) fn urls(&self) -> String {
        let carriers =
            self.0.carriers().iter().map(|carrier| format!(", {} {}", carrier.name(), carrier.url()));
        format!("TikTok Shop {}{}", self.0.tiktok.url(), carriers.collect::<String>())
    }

    /// The orders that the sandbox made.
    pub(crate) fn order_ids(&self) -> BTreeSet<String> {
        self.0.kinds().keys().cloned().collect()
    }

    /// Orders that did not end as their kind should, one line each.
    pub(crate) fn misplaced(&self, outcomes: &HashMap<String, OrderOutcome>) -> Vec<String> {
        let is_right = |expected: Expected, outcome: OrderOutcome| match expected {
            Expected::Uploaded => outcome == OrderOutcome::Uploaded,
            Expected::Exception => outcome == OrderOutcome::Exception,
            // Cancelled while the label was being bought, or just after: shipping it in time is right as well.
            Expected::Cancelled => {
                matches!(outcome, OrderOutcome::Cancelled | OrderOutcome::Uploaded | OrderOutcome::NotOurs)
            }
        };
        let kinds = self.0.kinds().iter();
        kinds
            .filter_map(|(id, kind)| match outcomes.get(id) {
                Some(outcome) if is_right(kind.expected(), *outcome) => None,
                Some(outcome) => Some(format!("order {id} ({kind:?}) ended as {outcome:?}")),
                None => Some(format!("order {id} ({kind:?}) is lost")),
            })
            .collect()
    }

    pub(crate) fn shutdown(&self) {
        self.0.shutdown();
    }
}
