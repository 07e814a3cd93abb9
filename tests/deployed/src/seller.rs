//! A seller, and the webhooks that follow.

use anyhow::ensure;
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
    sandbox.tiktok.set_webhook_url(Some(&format!("{base}/webhooks/tiktok")));
    sandbox
        .easypost
        .set_webhook_url(Some(&format!("{base}/webhooks/easypost")), sandbox.easypost.webhook_secret());
    Ok(())
}
