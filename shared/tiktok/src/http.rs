//! The HTTP client for TikTok.

use std::time::Duration;

/// Time to connect, TLS included. A host that takes longer is down, and nothing was sent yet.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection that was idle for longer may be closed at the other end, and a write on it would be lost.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// A client with a connect timeout, and without redirects and repetitions of its own: a redirected call would carry its token
/// elsewhere, and either would be sent twice.
///
/// # Errors
/// When TLS cannot be set up. The process must have installed a rustls crypto provider.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_MAX)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .build()
}
