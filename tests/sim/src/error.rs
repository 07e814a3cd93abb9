//! Why a simulator did not start.

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port could not be bound.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Bind {
        /// The port asked for.
        port: u16,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The client that delivers webhooks could not be built.
    #[error("cannot build the webhook client")]
    WebhookClient(#[source] reqwest::Error),
}
