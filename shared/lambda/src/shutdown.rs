//! The end of a function's process.

use tokio::signal::unix::{SignalKind, signal};

/// Names us among the extensions.
const NAME: &str = "punctual";

/// Asks Lambda to be told of the end. It sends SIGTERM only to functions with an extension, and one that wants no
/// events costs nothing: its call for the next one is never answered. Where there are no extensions the process is
/// killed at its end, which does no harm either.
pub(crate) async fn ask_to_be_told(http: &reqwest::Client) {
    if let Err(error) = register(http).await {
        tracing::debug!(error = workflow::error_chain(&error), "no extension can be registered");
    }
}

async fn register(http: &reqwest::Client) -> Result<(), reqwest::Error> {
    let Some(api) = config::environment("AWS_LAMBDA_RUNTIME_API") else { return Ok(()) };
    let base = format!("http://{api}/2020-01-01/extension");
    let register = http
        .post(format!("{base}/register"))
        .header("Lambda-Extension-Name", NAME)
        .json(&serde_json::json!({ "events": [] }));
    let answer = register.send().await?.error_for_status()?;
    if let Some(id) = answer.headers().get("lambda-extension-identifier") {
        let next = http.get(format!("{base}/event/next")).header("Lambda-Extension-Identifier", id);
        tokio::spawn(next.send());
    }
    Ok(())
}

/// Returns when Lambda ends the process.
pub(crate) async fn told() -> std::io::Result<()> {
    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}
