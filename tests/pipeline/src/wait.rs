//! Waits for what happens in the background.

use std::time::Duration;

const POLL_EVERY: Duration = Duration::from_millis(20);

/// Waits until `condition` holds.
///
/// # Errors
/// When it does not within `timeout`, with why.
pub async fn until(timeout: Duration, condition: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let began = tokio::time::Instant::now();
    loop {
        match condition().await {
            Ok(()) => return Ok(()),
            Err(error) if began.elapsed() > timeout => return Err(error),
            Err(_) => tokio::time::sleep(POLL_EVERY).await,
        }
    }
}
