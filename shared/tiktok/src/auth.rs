//! The seller's consent and the tokens that follow from it (Partner Center, "Authorization overview").

use std::time::Duration;

use domain::{Private, Timestamp};
use serde_json::Value;

use crate::call::CallName;
use crate::error::{Error, Fault};
use crate::paths;
use crate::tokens::TokenSet;
use crate::transport::TikTokTransport;
use crate::wire;

/// How long a call to the authorization host may take. It is short because other callers wait for a refresh, and it must
/// end well before the lease of a refresh does.
const TIMEOUT: Duration = Duration::from_secs(10);

/// "The default life of an access token is seven days": used where an answer names no expiry.
const ACCESS_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The link on which the seller consents. TikTok returns `state` with the code.
pub fn consent_url(base: &str, state: &str) -> String {
    let separator = if base.contains('?') { '&' } else { '?' };
    format!("{base}{separator}state={}", percent_encoded(state))
}

/// Exchanges the code of a consent, which is valid once and for 30 minutes.
pub async fn exchange_code(transport: &TikTokTransport, code: &str) -> Result<TokenSet, Error> {
    let call = CallName::TOKEN_GET;
    let grant = [("auth_code", code), ("grant_type", "authorized_code")];
    let data = ask(transport, call, paths::TOKEN_GET, grant).await?;
    token_set(data, transport.clock.now())
        .filter(|tokens| !tokens.open_id.is_empty())
        .ok_or(Error::lost(call, Fault::BrokenAnswer))
}

/// Exchanges a refresh token for a new pair.
pub async fn refresh(transport: &TikTokTransport, old: &TokenSet) -> Result<TokenSet, Error> {
    let call = CallName::TOKEN_REFRESH;
    let grant = [("refresh_token", old.refresh.expose().as_str()), ("grant_type", "refresh_token")];
    let data = ask(transport, call, paths::TOKEN_REFRESH, grant).await?;
    let mut new = token_set(data, transport.clock.now()).ok_or(Error::lost(call, Fault::BrokenAnswer))?;
    // An answer must not change the id of the seller, because stored shops refer to it.
    new.open_id.clone_from(&old.open_id);
    Ok(new)
}

async fn ask(
    transport: &TikTokTransport,
    call: CallName,
    path: &str,
    grant: [(&str, &str); 2],
) -> Result<Value, Error> {
    let config = &transport.config;
    let [what, kind] = grant;
    let query =
        [("app_key", config.app_key.as_str()), ("app_secret", config.app_secret.expose()), what, kind];
    transport.call_auth_host(call, path, &query, TIMEOUT.min(transport.timeouts.read)).await
}

/// `None` where a token is missing.
fn token_set(data: Value, now: Timestamp) -> Option<TokenSet> {
    let wire: wire::token::Token = serde_json::from_value(data).ok()?;
    if wire.access_token.is_empty() || wire.refresh_token.is_empty() {
        return None;
    }
    // A pair without an expiry is still the only valid pair.
    let access_expires_at =
        wire.access_token_expire_in.unwrap_or(now.checked_add(ACCESS_LIFE).unwrap_or(now));
    Some(TokenSet {
        access: Private::new(wire.access_token),
        refresh: Private::new(wire.refresh_token),
        access_expires_at,
        refresh_expires_at: wire.refresh_token_expire_in.unwrap_or(access_expires_at),
        open_id: wire.open_id,
        seller_name: wire.seller_name,
        region: wire.seller_base_region,
        granted_scopes: wire.granted_scopes.into_iter().map(|scope| scope.0).collect(),
    })
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::consent_url;

    #[test]
    fn the_consent_url_carries_the_state() {
        let url = consent_url("https://services.us.tiktokshop.com/open/authorize?service_id=7", "a b&c");
        assert_eq!(url, "https://services.us.tiktokshop.com/open/authorize?service_id=7&state=a%20b%26c");
        assert_eq!(consent_url("https://x/authorize", "s"), "https://x/authorize?state=s");
    }
}
