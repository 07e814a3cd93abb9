//! Deserializers that accept what TikTok sends in place of what it documents: numbers for strings, strings for numbers, null,
//! 0 for "no time", whitespace around strings. What cannot be parsed counts as absent.

use domain::{Timestamp, json};
use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A string, trimmed; empty where there is none. A number is taken as it is written, but not a float, which would have lost
/// digits of an id.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => String::new(),
    })
}

/// The longest line of an order that is kept. A label prints at most 60 characters, and TikTok's titles have 255: nobody needs
/// more.
const LINE_CHARS_MAX: usize = 250;
/// The longest note of an order that is kept, for people to read.
const NOTE_CHARS_MAX: usize = 1_000;

/// A string of an order, cut to [`LINE_CHARS_MAX`]: the order's record must fit into a table.
pub fn line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer).map(|text| cut(text, LINE_CHARS_MAX))
}

/// As [`line()`], for what one person wrote to another.
pub fn note<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer).map(|text| cut(text, NOTE_CHARS_MAX))
}

/// No more than the first `chars_max` characters.
pub fn cut(mut text: String, chars_max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars_max) {
        text.truncate(end);
    }
    text
}

/// A decimal number as a string. A JSON number with a fraction is written without an exponent.
pub fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text.trim().to_owned(),
        // Unlike serde_json, `Display` of a float never writes `1e-7`.
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => float.to_string(),
            None => number.to_string(),
        },
        _ => String::new(),
    })
}

/// An instant in whole seconds; `None` for 0.
pub fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(seconds(&Value::deserialize(deserializer)?).filter(|seconds| *seconds > 0).and_then(timestamp))
}

/// A flag; false where there is none.
pub fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(flag) => flag,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        Value::Number(number) => number.as_i64() == Some(1),
        _ => false,
    })
}

/// A flag that may be absent, which is not the same as false.
pub fn choice<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(if value.is_null() { None } else { flag(value).ok() })
}

/// A whole number; `None` where there is none.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(seconds(&Value::deserialize(deserializer)?))
}

/// A count; `None` where there is none.
pub fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(seconds(&Value::deserialize(deserializer)?).and_then(|count| u64::try_from(count).ok()))
}

/// A list; empty where there is none. An element that cannot be parsed becomes an empty one, so that a unit of an order does
/// not vanish.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let Value::Array(values) = Value::deserialize(deserializer)? else { return Ok(Vec::new()) };
    Ok(values.into_iter().map(|value| serde_json::from_value(value).unwrap_or_default()).collect())
}

/// An object; an empty one where there is none.
pub fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// Any JSON. JSON that is wrapped in a string is unwrapped.
pub fn unpacked<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let inner = value.as_str().and_then(|text| json::read(text.as_bytes()).ok());
    Ok(inner.unwrap_or(value))
}

/// An id in a list of ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(#[serde(deserialize_with = "text")] pub String);

fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn timestamp(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Deserialize, Default)]
    struct Thing {
        #[serde(default, deserialize_with = "super::text")]
        text: String,
        #[serde(default, deserialize_with = "super::decimal")]
        decimal: String,
        #[serde(default, deserialize_with = "super::time")]
        time: Option<Timestamp>,
        #[serde(default, deserialize_with = "super::flag")]
        flag: bool,
        #[serde(default, deserialize_with = "super::list")]
        list: Vec<Thing>,
        #[serde(default, deserialize_with = "super::object")]
        object: Box<Option<Thing>>,
    }

    fn read(value: serde_json::Value) -> Thing {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn accepts_what_is_sent_in_place_of_what_is_documented() {
        let thing = read(json!({
            "text": 5764u64, "decimal": 1.32, "time": "1619611561", "flag": "True", "list": [{"text": " x\n"}, 7]
        }));
        assert_eq!((thing.text.as_str(), thing.decimal.as_str(), thing.flag), ("5764", "1.32", true));
        let decimal = |json: &str| serde_json::from_str::<Thing>(json).unwrap().decimal;
        assert_eq!(decimal(r#"{"decimal": 0.7699999999999999}"#), "0.7699999999999999");
        assert_eq!(decimal(r#"{"decimal": 7.7e-1}"#), "0.77");
        assert_eq!(decimal(r#"{"decimal": 2E-7}"#), "0.0000002");
        assert_eq!(thing.time, Timestamp::from_second(1_619_611_561).ok());
        assert_eq!(thing.list.iter().map(|t| t.text.as_str()).collect::<Vec<_>>(), ["x", ""]);
    }

    #[test]
    fn cuts_between_characters() {
        for (text, max, expect) in
            [("", 0, ""), ("ab", 2, "ab"), ("abc", 2, "ab"), ("é🎁x", 2, "é🎁"), ("🎁", 0, "")]
        {
            assert_eq!(super::cut(text.to_owned(), max), expect, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_parsed_is_absent() {
        for value in [json!(null), json!([]), json!({"a": 1}), json!("")] {
            let thing = read(json!({
                "text": value, "decimal": value, "time": value, "flag": value, "list": value, "object": value
            }));
            assert!(thing.text.is_empty() && thing.decimal.is_empty() && thing.time.is_none() && !thing.flag);
            assert!(thing.list.is_empty());
            drop(thing.object);
        }
        assert_eq!(read(json!({"time": 0})).time, None);
        assert_eq!(read(json!({"text": 7.38e19})).text, "", "an id that lost digits is none");
    }
}
