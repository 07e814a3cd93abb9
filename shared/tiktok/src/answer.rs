//! TikTok's envelope: success is `code == 0`, whatever the HTTP status.

use std::time::Duration;

use domain::json;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use serde_json::Value;

use crate::call::CallName;
use crate::codes;
use crate::error::{Error, Fault};
use crate::wire::lenient;

#[derive(Deserialize)]
struct Envelope {
    code: i64,
    #[serde(default, deserialize_with = "lenient::text")]
    message: String,
    #[serde(default, deserialize_with = "lenient::text")]
    request_id: String,
    #[serde(default)]
    data: Value,
}

/// The `data` of a successful answer. [`Error::Throttled`] carries the `Retry-After` header, or no pause at all.
pub fn data(call: CallName, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<Value, Error> {
    let throttled = || Error::Throttled { call, after: retry_after(headers) };
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(throttled());
    }
    let Ok(envelope) = json::read::<Envelope>(body) else {
        let fault = if status.is_success() { Fault::BrokenAnswer } else { Fault::Status(status.as_u16()) };
        return Err(Error::lost(call, fault));
    };
    match envelope.code {
        0 => Ok(envelope.data),
        codes::THROTTLED => Err(throttled()),
        code => Err(Error::Refused {
            call,
            code,
            request_id: request_id(envelope.request_id),
            status: status.as_u16(),
            names_app: codes::names_app(&envelope.message),
            message: Some(envelope.message)
                .filter(|words| codes::is_from_gateway(code) && is_harmless(words)),
        }),
    }
}

fn retry_after(headers: &HeaderMap) -> Duration {
    headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map_or(Duration::ZERO, Duration::from_secs)
}

/// TikTok's request ids are hex digits. Anything else is not shown.
fn request_id(id: String) -> String {
    let is_id = !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_id { id } else { "unknown".to_owned() }
}

/// Whether `words` is a sentence about a parameter that quotes no value: no long number, no long word, no address.
fn is_harmless(words: &str) -> bool {
    const LENGTH_MAX: usize = 200;
    const WORD_MAX: usize = 30;
    const DIGITS_MAX: usize = 3;
    !words.is_empty()
        && words.len() <= LENGTH_MAX
        && words.bytes().all(|b| b.is_ascii_alphanumeric() || b" .,:;_'()-".contains(&b))
        && words.split_whitespace().all(|word| word.len() <= WORD_MAX)
        && words.bytes().filter(u8::is_ascii_digit).count() <= DIGITS_MAX
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;

    use super::{data, is_harmless};
    use crate::call::CallName;

    #[test]
    fn a_name_cut_within_an_emoji_leaves_the_page_readable() {
        let body = br#"{"code":0,"data":{"orders":[{"name":"Emma \ud83d"},{"name":"Bo \ud83d\udcb8"}]}}"#;
        let data = data(CallName::ORDER_DETAIL, StatusCode::OK, &HeaderMap::new(), body).unwrap();
        assert_eq!(data["orders"][0]["name"], "Emma \u{FFFD}");
        assert_eq!(data["orders"][1]["name"], "Bo \u{1F4B8}");
    }

    #[test]
    fn shows_no_message_that_quotes_a_value() {
        for (words, expect) in [
            ("rt has expired", true),
            ("param body.address is missing", true),
            ("Unexpected identifier. The shop_cipher query parameter is not required for this request", true),
            ("token TTP_Fw8rBwAAAAAkW03FYd09DG-9INtpw361hWthei8S3fHX8iPJ5AUv is invalid", false),
            ("12345 Elm Street", false),
            ("ann@example.com", false),
            ("", false),
        ] {
            assert_eq!(is_harmless(words), expect, "{words}");
        }
    }
}
