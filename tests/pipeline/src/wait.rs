//! Waits for what happens in the background.

use std::time::Duration;

/// How often one looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits until `condition` holds.
///
/// # Errors
/// When it does not within `patience`, with why.
pub async fn until(
    patience: Duration,
    condition: impl AsyncFn() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let began = tokio::time::Instant::now();
    loop {
        match condition().await {
            Ok(()) => return Ok(()),
            Err(error) if began.elapsed() > patience => return Err(error),
            Err(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}
