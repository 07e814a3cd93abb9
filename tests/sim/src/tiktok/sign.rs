//! Signatures of requests and of webhooks.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs a request as the platform expects it: `sign` and `access_token` stay out, the rest of the
/// decoded query is sorted by key, and the body follows unless it is multipart.
pub fn request(
    app_secret: &str,
    path: &str,
    query: &[(String, String)],
    content_type: Option<&str>,
    body: &[u8],
) -> String {
    let mut parameters: Vec<_> =
        query.iter().filter(|(key, _)| key != "sign" && key != "access_token").collect();
    parameters.sort();
    let mut message = Vec::with_capacity(256 + body.len());
    message.extend_from_slice(app_secret.as_bytes());
    message.extend_from_slice(path.as_bytes());
    for (key, value) in parameters {
        message.extend_from_slice(key.as_bytes());
        message.extend_from_slice(value.as_bytes());
    }
    if !content_type.is_some_and(|t| t.to_ascii_lowercase().starts_with("multipart/form-data")) {
        message.extend_from_slice(body);
    }
    message.extend_from_slice(app_secret.as_bytes());
    hmac_hex(app_secret.as_bytes(), &[&message])
}

/// Signs a webhook: the app key and the raw body under the app secret.
pub fn webhook(app_key: &str, app_secret: &str, body: &[u8]) -> String {
    hmac_hex(app_secret.as_bytes(), &[app_key.as_bytes(), body])
}

fn hmac_hex(key: &[u8], parts: &[&[u8]]) -> String {
    // HMAC takes keys of any length, so the error cannot occur; an empty signature would be refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    for part in parts {
        mac.update(part);
    }
    hex::encode(mac.finalize().into_bytes())
}
