//! Signatures of webhooks.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;

/// The header that carries a signature.
pub const HEADER: &str = "x-hmac-signature";

/// The value of [`HEADER`] for a body: the key is the secret in normal form NFKD.
pub fn webhook(secret: &str, body: &[u8]) -> String {
    let key: String = secret.nfkd().collect();
    // HMAC takes keys of any length, so the error cannot occur; an empty signature would be refused.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(body);
    format!("hmac-sha256-hex={}", hex::encode(mac.finalize().into_bytes()))
}
