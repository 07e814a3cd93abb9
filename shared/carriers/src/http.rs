//! The HTTP client that connectors expect.

use std::time::Duration;

/// Time to connect, TLS included. A carrier that takes longer is down, and nothing was sent yet.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long an unused connection is kept. Servers close theirs after 60 s or more; a purchase sent on a connection that is
/// just being closed would have an unknown outcome.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// A client fit for purchases: a connect timeout, and no redirects and no
/// repetitions, because a purchase is sent at most once.
///
/// # Errors
/// When TLS can't be set up. The process must have installed a rustls crypto provider.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    http_client_builder().build()
}

/// What [`http_client`] is built from, for a process that has a TLS configuration of its own.
pub fn http_client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
}
