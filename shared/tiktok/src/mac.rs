//! HMAC-SHA256, which signs calls and webhooks alike.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The code of `parts`, one after the other, under `key`.
pub fn hmac_sha256(key: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = match Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes keys of any length"),
    };
    for part in parts {
        mac.update(part);
    }
    mac
}
