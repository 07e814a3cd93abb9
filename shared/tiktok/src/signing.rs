//! Signs calls (Partner Center, "Sign your API request").

use domain::Private;
use hmac::Mac;

use crate::mac::hmac_sha256;

/// The parts of a request that its signature covers.
#[derive(Clone, Copy)]
pub struct SignedParts<'a> {
    /// Without host and query.
    pub path: &'a str,
    /// The decoded values of every parameter that is sent. An array is one value, joined with commas.
    pub query: &'a [(&'a str, &'a str)],
    pub content_type: &'a str,
    /// The very bytes that are sent: TikTok signs them as they arrive, so that another rendering of the same JSON does not
    /// pass.
    pub body: &'a [u8],
}

/// The `sign` parameter of a request: lower-case hex. The parameters `sign` and `access_token` are left out of it.
pub fn sign(secret: &Private<String>, parts: &SignedParts<'_>) -> String {
    let SignedParts { path, query, content_type, body } = *parts;
    let secret = secret.expose();
    let mut query: Vec<_> =
        query.iter().filter(|(key, _)| !matches!(*key, "sign" | "access_token")).copied().collect();
    query.sort_unstable();

    let mut parts = vec![secret.as_bytes(), path.as_bytes()];
    parts.extend(query.iter().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]));
    // The header carries a boundary after the type, so only its beginning is compared.
    if !content_type.trim_start().to_ascii_lowercase().starts_with("multipart/form-data") {
        parts.push(body);
    }
    parts.push(secret.as_bytes());
    hex::encode(hmac_sha256(secret, &parts).finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::{SignedParts, sign};

    const JSON: &str = "application/json";

    #[track_caller]
    fn check(secret: &str, path: &str, query: &[(&str, &str)], body: &str, expect: &str) {
        let parts = SignedParts { path, query, content_type: JSON, body: body.as_bytes() };
        assert_eq!(sign(&secret.into(), &parts), expect, "{path}");
    }

    /// The first is derived step by step on TikTok's page. The others are tests of two independent SDKs.
    #[test]
    fn published_vectors() {
        check(
            "e59af819cc",
            "/authorization/202309/shops",
            &[("timestamp", "1623812664"), ("app_key", "29a39d")],
            "",
            "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8",
        );
        let webhooks = [
            ("app_key", "68xu9ks5p4i8"),
            ("shop_cipher", "ROW_xkMbgAAAeVAQra0eZWebFQq5aIK"),
            ("timestamp", "1696909648"),
        ];
        check(
            "e59af819cc",
            "/event/202309/webhooks",
            &webhooks,
            "",
            "ed58e1b5e59865c22a7b828c1cab65007441f43cc91a6cb2f2cdc638e0995a37",
        );
        check(
            "e59af819cc",
            "/event/202309/webhooks",
            &webhooks,
            r#"{"event_type":"PACKAGE_UPDATE","address":"https://partner.tiktokshop.com"}"#,
            "701dd6deb2389fe4c469b89bd37fc56f96a6da6afeb4d01c9077a65169752fa7",
        );
        check(
            "app_secret",
            "/test-api",
            &[("foo", "bar")],
            "",
            "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f",
        );
    }

    #[test]
    fn leaves_out_sign_token_and_multipart_bodies() {
        let sign = |query: &[(&str, &str)], content_type: &str, body: &[u8]| {
            sign(&"s".into(), &SignedParts { path: "/p", query, content_type, body })
        };
        let plain = sign(&[("a", "1")], JSON, b"");
        assert_eq!(sign(&[("sign", "x"), ("a", "1"), ("access_token", "y")], JSON, b""), plain);
        assert_eq!(sign(&[("a", "1")], "multipart/form-data; boundary=b", b"file"), plain);
        assert_ne!(sign(&[("a", "1")], JSON, b"file"), plain);
    }
}
