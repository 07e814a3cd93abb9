//! `punctual connect-link`: a link with which a seller can connect shops. It is made of the app's secret alone, so the data
//! folder is not opened, and a running host accepts the link.

use config::environment;
use serde_json::json;
use shop_authorization::connect_link;
use system::{Clock as _, SystemClock};

use super::Completion;
use crate::cli::ConnectLinkArgs;
use crate::text::note;

pub(super) fn execute(args: &ConnectLinkArgs) -> anyhow::Result<Completion> {
    let secret = config::tiktok(&environment)?.app_secret;
    let base = config::public_url(&environment)?;
    if base.is_none() {
        note("PUNCTUAL_PUBLIC_URL is not set: the link works on this machine only.");
    }
    let base = base.unwrap_or_else(|| format!("http://127.0.0.1:{}", args.port));
    let link = connect_link(&secret, &base, SystemClock.now());
    if args.output.json {
        super::print_json(&json!({ "url": link.url, "expires_at": link.expires_at }))?;
    } else {
        note(&format!(
            "The link can be used once, until {}:",
            link.expires_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        ));
        super::print_lines([link.url.expose()])?;
    }
    Ok(Completion::Done)
}
