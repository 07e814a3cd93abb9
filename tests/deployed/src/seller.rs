//! A seller, and the webhooks that follow.

use anyhow::{Context as _, ensure};
use sim::Sandbox;

use crate::stack::Stack;

/// Connects the sandbox's shop as a seller's browser does: start, consent, callback. Then lets both services send their
/// webhooks to the deployed endpoints.
///
/// # Errors
/// When the browser ends at anything but a page that says so.
pub(crate) async fn connect(stack: &Stack, sandbox: &Sandbox) -> anyhow::Result<()> {
    let base = stack.http().url();
    sandbox.tiktok.set_redirect_url(&format!("{base}/oauth/tiktok/callback"));
    let answer = reqwest::get(format!("{base}/oauth/tiktok/start")).await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status.is_success(), "the shop can't be connected: {status} {text}");
    // The paths as the outputs have them; the host is of the wire.
    let url = |output: &str| -> anyhow::Result<String> {
        let url = stack.output(output)?;
        let path = url.splitn(4, '/').nth(3).context("an address without a path")?;
        Ok(format!("{base}/{path}"))
    };
    sandbox.tiktok.set_webhook_url(Some(&url("TikTokWebhookUrl")?));
    sandbox.easypost.set_webhook_url(Some(&url("EasyPostWebhookUrl")?), sandbox.easypost.webhook_secret());
    Ok(())
}
