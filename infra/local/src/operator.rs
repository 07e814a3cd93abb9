//! `punctual connect-link` and `punctual disconnect`: who may connect shops, and the end of that.

use std::io::Write as _;
use std::sync::Arc;

use backend::Backend;
use backend_sqlite::SqliteBackend;
use config::environment;
use domain::ShopId;
use shop_authorization::{ShopAuthorization, ShopAuthorizationDeps, connect_link};
use system::{Clock, SystemClock};
use tiktok::TikTok;

use crate::config::Config;
use crate::host::install_tls;
use crate::progress::say;

/// Prints a link with which shops can be connected. The data folder is not opened: a running host has locked it, and takes
/// the link all the same.
///
/// # Errors
/// When the app's credentials are not configured.
pub fn print_connect_link(port: u16) -> anyhow::Result<()> {
    let secret = config::tiktok(&environment)?.app_secret;
    let base = config::public_url(&environment)?;
    if base.is_none() {
        say("PUNCTUAL_PUBLIC_URL is not set: the link works on this machine only.");
    }
    let base = base.unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
    let link = connect_link(&secret, &base, SystemClock.now());
    say(&format!("The link serves once, until {} (UTC):", link.expires_at.strftime("%Y-%m-%d %H:%M:%S")));
    writeln!(std::io::stdout(), "{}", link.url.expose())?;
    Ok(())
}

/// Disconnects a shop of the data folder.
///
/// # Errors
/// When there is no such shop, or another process works on the folder.
pub async fn disconnect(shop: &str) -> anyhow::Result<()> {
    let config = Config::read(&environment)?;
    install_tls();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let backend = Backend::of(SqliteBackend::open(&config.data, Arc::clone(&clock))?);
    let secret = config.tiktok.app_secret.clone();
    let tiktok = TikTok::new(tiktok::http_client()?, config.tiktok, Arc::clone(&clock), backend.secrets);
    let settings = Arc::new(config.settings);
    let step = ShopAuthorization::new(ShopAuthorizationDeps {
        shops: backend.shops,
        processed_events: backend.processed_events,
        tiktok,
        clock,
        settings,
        secret,
    });
    step.disconnect(&ShopId::new(shop)).await?;
    say(&format!("Shop {shop} is disconnected and its tokens are deleted. To undo it, connect it again."));
    Ok(())
}
