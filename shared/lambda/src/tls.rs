//! The one HTTP client of a function.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use crate::setup::StartError;

/// A client for TikTok, carriers and AWS. It trusts Mozilla's roots, which are compiled in: reading those of the machine would
/// take as long as the rest of a start.
pub(crate) fn http_client() -> Result<reqwest::Client, StartError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StartError::Tls(error.into()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = carriers::http_client_builder().tls_backend_preconfigured(tls).build();
    client.map_err(|error| StartError::Tls(error.into()))
}
