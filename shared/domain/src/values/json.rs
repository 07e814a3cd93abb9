//! Reads JSON that others wrote, and repairs strings that a parser rejects: cut in the middle of a character, or with control
//! characters.
//!
//! A name that ends in an emoji and is cut after a number of UTF-16 units keeps half of it: `\ud83d` without its other half.
//! JSON allows that, Unicode does not, and one such name would make a whole page of orders unreadable.

use serde::de::DeserializeOwned;

/// Replaces half a character.
const REPLACEMENT: &str = "\\ufffd";
/// The length of `\uXXXX`.
const ESCAPE: usize = 6;

/// Reads `body`, which is repaired if it can't be read as it is.
///
/// # Errors
/// When it can't be read then either. The error may quote the body: it is not shown.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(body).or_else(|_| serde_json::from_str(&mend(body)))
}

/// `body` with a replacement character for every half of a character, and a space for every control character. Everything else
/// stays as it is.
fn mend(body: &[u8]) -> String {
    // Control characters are whitespace between values, and not allowed within strings.
    let text = String::from_utf8_lossy(body).replace(|c: char| c < ' ', " ");
    let mut mended = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(at) = rest.find('\\') {
        let (before, escaped) = rest.split_at(at);
        mended.push_str(before);
        let (kept, length) = match unit(escaped) {
            Some(0xD800..=0xDBFF) => match escaped.get(ESCAPE..).and_then(unit) {
                Some(0xDC00..=0xDFFF) => (&escaped[..2 * ESCAPE], 2 * ESCAPE),
                _ => (REPLACEMENT, ESCAPE),
            },
            Some(0xDC00..=0xDFFF) => (REPLACEMENT, ESCAPE),
            // The backslash and what it escapes.
            _ => {
                let length = escaped.chars().take(2).map(char::len_utf8).sum();
                (&escaped[..length], length)
            }
        };
        mended.push_str(kept);
        rest = &escaped[length..];
    }
    mended.push_str(rest);
    mended
}

/// The UTF-16 unit of a `\uXXXX` that `text` begins with.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::mend;

    #[test]
    fn half_a_character_is_replaced_and_nothing_else() {
        let check = |body: &str, expect: &str| assert_eq!(mend(body.as_bytes()), expect, "{body}");
        check(r#"{"name":"Emma \ud83d"}"#, r#"{"name":"Emma \ufffd"}"#);
        check(r#""\ud83d\u0041""#, r#""\ufffd\u0041""#);
        check(r#""\udcb8 \uD83D\uD83D\uDCB8""#, r#""\ufffd \ufffd\uD83D\uDCB8""#);
        check(r#""\\ud83d \" \n \u00e9""#, r#""\\ud83d \" \n \u00e9""#);
        check(r#""\ud8"#, r#""\ud8"#);
        check("\"é \\", "\"é \\");
        check("{\n\t\"a\": \"b\u{1}\nc\"}", "{  \"a\": \"b  c\"}");
        assert_eq!(mend(b"\"\xED\xA0\xBD\""), "\"\u{FFFD}\u{FFFD}\u{FFFD}\"");
    }
}
