//! How to reach the outside services.

use domain::Private;
use tiktok::TikTokConfig;

use crate::error::ConfigError;
use crate::url::service_url;
use crate::variables::{
    Lookup, TIKTOK_API_URL, TIKTOK_APP_KEY, TIKTOK_APP_SECRET, TIKTOK_AUTH_URL, TIKTOK_CONSENT_URL,
    TIKTOK_SERVICE_ID,
};

/// TikTok's addresses and the app's credentials.
///
/// # Errors
/// When the app's key or secret is missing, or an address is malformed.
pub fn tiktok(lookup: Lookup<'_>) -> Result<TikTokConfig, ConfigError> {
    let app_key = TIKTOK_APP_KEY.required(lookup)?;
    let app_secret = Private::new(TIKTOK_APP_SECRET.required(lookup)?);
    let auth_url = service_url(lookup, &TIKTOK_AUTH_URL)?;
    let consent_url = match TIKTOK_SERVICE_ID.value(lookup) {
        Some(id) => format!("{}?service_id={id}", service_url(lookup, &TIKTOK_CONSENT_URL)?),
        // The older link, which identifies the app by its key.
        None => format!("{auth_url}/oauth/authorize?app_key={app_key}"),
    };
    let api_url = service_url(lookup, &TIKTOK_API_URL)?;
    Ok(TikTokConfig { api_url, auth_url, consent_url, app_key, app_secret })
}

/// The secrets with which others may sign on one machine: the one that the variable `name` holds, and during a rotation the
/// former one, which the variable with `_FORMER` behind that name holds. A former secret alone counts for nothing.
pub fn current_and_former(lookup: Lookup<'_>, name: &str) -> Vec<Private<String>> {
    let Some(current) = lookup(name) else { return Vec::new() };
    let former = lookup(&format!("{name}_FORMER"));
    std::iter::once(current).chain(former).map(Private::new).collect()
}
