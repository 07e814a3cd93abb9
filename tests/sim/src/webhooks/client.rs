//! The client that posts webhooks.

use crate::{Error, Result};

/// A client without proxy: everything here is local.
pub(crate) fn build() -> Result<reqwest::Client> {
    // An error means that the process has a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().map_err(Error::WebhookClient)
}
