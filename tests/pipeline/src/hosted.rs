//! The real host in this process, reached over HTTP.

use std::collections::HashMap;
use std::time::Duration;

use domain::message::Queue;
use domain::record::OrderRecord;
use punctual::config::HostConfig;
use punctual::host::Host;
use punctual::summary;
use sim::Browser;
use sim::easypost::EasyPost;
use sim::tiktok::TikTok;
use tempfile::TempDir;

use crate::wait::until;

/// The longest that something quick may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A running host on a folder of its own.
pub struct Hosted {
    pub host: Host,
    /// Where it listens: `http://127.0.0.1:port`.
    pub base: String,
    pub folder: TempDir,
}

impl Hosted {
    /// Starts it between the services, polling every `poll_seconds`.
    pub async fn start(tiktok: &TikTok, easypost: &EasyPost, poll_seconds: u32) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let values = HashMap::from([
            ("PUNCTUAL_DATA", folder.path().display().to_string()),
            ("PUNCTUAL_POLL_SECONDS", poll_seconds.to_string()),
            ("TIKTOK_API_URL", tiktok.url().to_owned()),
            ("TIKTOK_AUTH_URL", tiktok.url().to_owned()),
            ("TIKTOK_APP_KEY", tiktok.app_key().to_owned()),
            ("TIKTOK_APP_SECRET", tiktok.app_secret().to_owned()),
            ("EASYPOST_API_URL", easypost.url().to_owned()),
            ("EASYPOST_API_KEY", easypost.api_key().to_owned()),
            ("EASYPOST_WEBHOOK_SECRET", easypost.webhook_secret().to_owned()),
        ]);
        let config = HostConfig::read(&|name| values.get(name).cloned())?;
        let host = Host::start(config, 0).await?;
        let base = format!("http://{}", host.address);
        tiktok.set_redirect_url(&format!("{base}/oauth/tiktok/callback"));
        Ok(Self { host, base, folder })
    }

    /// Connects the shops as a seller's browser does, and waits for the polls that follow at once.
    pub async fn connect(&self) -> anyhow::Result<()> {
        let page = Browser::new()?.open(&self.link()).await?;
        anyhow::ensure!(page.is_success(), "{} {}", page.status, page.text);
        until(TIMEOUT, async || {
            let shops = self.host.backend.shops.list_shops().await?.shops;
            let polled = shops.iter().all(|shop| shop.value.poll.watermark.is_some());
            anyhow::ensure!(polled && !shops.is_empty(), "the shops are not polled");
            Ok(())
        })
        .await
    }

    /// A link with which the shops can be connected, as the operator makes it.
    pub fn link(&self) -> String {
        self.host.functions.shop_authorization.connect_link(&self.base).url.expose().clone()
    }

    /// Every stored order.
    pub async fn records(&self) -> anyhow::Result<Vec<OrderRecord>> {
        Ok(summary::all_orders(&*self.host.backend.orders).await?)
    }

    /// Waits until no message waits or is being worked on.
    pub async fn until_idle(&self) -> anyhow::Result<()> {
        until(TIMEOUT, async || {
            for &queue in Queue::ALL {
                let depth = self.host.backend.queues.depth(queue).await?;
                anyhow::ensure!(depth == 0, "{depth} messages in {}", queue.name());
            }
            Ok(())
        })
        .await
    }
}
