//! Connects a shop as a seller does, and its webhooks.

use anyhow::{Context as _, ensure};
use serde_json::json;
use sim::{Browser, Sandbox};

use crate::stack::Stack;

/// Connects the sandbox's shop with a connect link as a seller's browser does: start, consent, callback. Then has both services
/// send their webhooks to the deployed endpoints.
///
/// # Errors
/// When the browser does not end on the page that confirms it.
pub(crate) async fn connect(stack: &Stack, sandbox: &Sandbox) -> anyhow::Result<()> {
    let base = stack.http().url();
    sandbox.tiktok.set_redirect_url(&format!("{base}/oauth/tiktok/callback"));
    let without = Browser::over_https()?.open(&format!("{base}/oauth/tiktok/start")).await?;
    ensure!(without.status == 403, "without a link: {} {}", without.status, without.text);
    let link = link(stack).await?;
    let page = Browser::over_https()?.open(&link).await?;
    ensure!(page.is_success(), "the shop can't be connected: {} {}", page.status, page.text);
    ensure!(page.header("x-content-type-options") == "nosniff", "{:?}", page.headers);
    let again = Browser::over_https()?.open(&link).await?;
    ensure!(again.status == 403, "the link serves once: {} {}", again.status, again.text);
    // The paths are those of the outputs; the host is that of the wire.
    let url = |output: &str| -> anyhow::Result<String> {
        let url = stack.output(output)?;
        let path = url.splitn(4, '/').nth(3).context("an address without a path")?;
        Ok(format!("{base}/{path}"))
    };
    sandbox.tiktok.set_webhook_url(Some(&url("TikTokWebhookUrl")?));
    sandbox.easypost.set_webhook_url(Some(&url("EasyPostWebhookUrl")?), sandbox.easypost.webhook_secret());
    Ok(())
}

/// A connect link made by the function, at the address where the API is reached here.
async fn link(stack: &Stack) -> anyhow::Result<String> {
    let event = json!({ "connect_link": {} }).to_string().into_bytes();
    let answer = stack.invoke("ShopAuthorizationFunction", event).await?;
    let url = answer.payload["url"].as_str().with_context(|| format!("no link: {answer:?}"))?;
    let (_, path) = url.split_once("/oauth/").with_context(|| format!("an odd link: {url}"))?;
    Ok(format!("{}/oauth/{path}", stack.http().url()))
}
