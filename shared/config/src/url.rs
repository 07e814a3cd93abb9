//! Addresses, all checked by the same rule.

use reqwest::Url;

use crate::error::ConfigError;
use crate::variables::{Lookup, PUBLIC_URL, Variable};

const EXPECTED: &str = "an https URL, or an http URL on this machine";

/// The address of a service that is sent secrets and personal data: over HTTPS, unless the service runs on this machine
/// or AWS itself is emulated.
///
/// # Errors
/// When the variable is missing or something else.
pub fn service_url(lookup: Lookup<'_>, variable: &Variable) -> Result<String, ConfigError> {
    let url = variable.required(lookup)?;
    let Ok(parsed) = Url::parse(url.trim()) else { return Err(variable.malformed(EXPECTED)) };
    let is_safe = match parsed.scheme() {
        "https" => parsed.has_host(),
        "http" => is_loopback(&parsed) || is_emulated(lookup),
        _ => false,
    };
    match is_safe {
        true => Ok(url.trim().trim_end_matches('/').to_owned()),
        false => Err(variable.malformed(EXPECTED)),
    }
}

/// [`PUBLIC_URL`]: where sellers and TikTok reach Punctual, if it is set.
///
/// # Errors
/// When it is not an address.
pub fn public_url(lookup: Lookup<'_>) -> Result<Option<String>, ConfigError> {
    let Some(url) = PUBLIC_URL.value(lookup) else { return Ok(None) };
    // An emulator names its API in ways that no URL parser takes for a host, such as `id.execute-api.127.0.0.1`.
    if is_emulated(lookup) && url.starts_with("http://") {
        return Ok(Some(url));
    }
    service_url(lookup, &PUBLIC_URL).map(Some)
}

/// The SDK's own variable, which the template sets only for an emulator.
fn is_emulated(lookup: Lookup<'_>) -> bool {
    lookup("AWS_ENDPOINT_URL").is_some()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}
