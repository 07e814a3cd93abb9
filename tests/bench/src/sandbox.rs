//! The host on a sandbox, each on its own threads, whose names tell whose CPU time it was.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use domain::Private;
use punctual::config::HostConfig;
use punctual::host::Host;
use sim::Sandbox;
use tokio::runtime::{Builder, Runtime};

/// A runtime with as many workers as there are CPUs, as the program has, whose threads have this name.
pub fn runtime(name: &str) -> std::io::Result<Runtime> {
    // Threads that end take their CPU time with them.
    Builder::new_multi_thread()
        .thread_name(name)
        .thread_keep_alive(Duration::from_secs(3_600))
        .enable_all()
        .build()
}

/// The configuration of a host that keeps its data in `folder` and works with the services at these addresses.
pub fn config(folder: &Path, tiktok_url: &str, easypost_url: &str) -> anyhow::Result<HostConfig> {
    let tiktok = sim::tiktok::TikTokConfig::default();
    let values: HashMap<&str, String> = HashMap::from([
        ("PUNCTUAL_DATA", folder.to_str().context("a temporary folder whose path is no text")?.to_owned()),
        ("TIKTOK_API_URL", tiktok_url.to_owned()),
        ("TIKTOK_AUTH_URL", tiktok_url.to_owned()),
        ("TIKTOK_APP_KEY", tiktok.app_key),
        ("TIKTOK_APP_SECRET", tiktok.app_secret),
        ("EASYPOST_API_URL", easypost_url.to_owned()),
        ("EASYPOST_API_KEY", sim::easypost::EasyPostConfig::default().api_key),
    ]);
    Ok(HostConfig::read(&|name| values.get(name).cloned())?)
}

/// Connects the sandbox's shop as its seller would, and has its webhooks sent to the host.
pub async fn connect(sandbox: &Sandbox, host: &Host) -> anyhow::Result<()> {
    let code = Private::new(sandbox.tiktok.authorization_code());
    host.functions.shop_authorization.connect(&code).await?;
    sandbox.tiktok.set_webhook_url(Some(&format!("http://{}/webhooks/tiktok", host.address)));
    Ok(())
}
