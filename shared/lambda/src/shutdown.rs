//! The end of a function's process.

use tokio::signal::unix::{SignalKind, signal};

/// Our name among the extensions.
const EXTENSION_NAME: &str = "punctual";

/// Asks Lambda for a SIGTERM before it ends the process. Lambda sends it only to functions with an extension, so we register
/// one that wants no events; its call for the next event is never answered and costs nothing. Where extensions can't be
/// registered the process is killed, which does no harm either.
pub(crate) async fn ask_for_sigterm(http: &reqwest::Client) {
    if let Err(error) = register_extension(http).await {
        tracing::debug!(error = workflow::error_chain(&error), "extension can't be registered");
    }
}

async fn register_extension(http: &reqwest::Client) -> Result<(), reqwest::Error> {
    let Some(api) = config::environment("AWS_LAMBDA_RUNTIME_API") else { return Ok(()) };
    let base = format!("http://{api}/2020-01-01/extension");
    let register = http
        .post(format!("{base}/register"))
        .header("Lambda-Extension-Name", EXTENSION_NAME)
        .json(&serde_json::json!({ "events": [] }));
    let answer = register.send().await?.error_for_status()?;
    if let Some(id) = answer.headers().get("lambda-extension-identifier") {
        let next = http.get(format!("{base}/event/next")).header("Lambda-Extension-Identifier", id);
        tokio::spawn(next.send());
    }
    Ok(())
}

/// Returns when Lambda ends the process.
pub(crate) async fn terminated() -> std::io::Result<()> {
    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}
