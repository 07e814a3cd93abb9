//! The API key.

use super::errors::ApiError;
use crate::net::Request;

/// Takes `Bearer key` or Basic authentication with the key as the user and no password.
pub(crate) fn check(api_key: &str, request: &Request) -> Result<(), ApiError> {
    let header = request.header("authorization").ok_or_else(ApiError::unauthorized)?;
    let right = match header.split_once(' ') {
        Some(("Bearer", key)) => key == api_key,
        Some(("Basic", encoded)) => encoded == base64(format!("{api_key}:").as_bytes()),
        _ => return Err(ApiError::unauthorized()),
    };
    if right { Ok(()) } else { Err(ApiError::key_inactive()) }
}

/// Base 64 with padding. Encoding the expected value spares a decoder.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().fold(0u32, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(n >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn pads_as_others_do() {
        assert_eq!(base64(b"a:"), "YTo=");
        assert_eq!(base64(b"ab:"), "YWI6");
        assert_eq!(base64(b"abc:"), "YWJjOg==");
    }
}
