//! The targets.

pub mod orders;
pub mod people;
pub mod rates;
pub mod webhooks;

use std::fmt::Debug;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The present instant of every target.
fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

/// Asserts that a value is read back as it was stored, and returns it.
fn back_from_storage<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> T {
    let text = serde_json::to_string(value).expect("it can be stored");
    let back: T = serde_json::from_str(&text).expect("what was stored can be read");
    assert!(back == *value, "what was stored comes back changed: {text}");
    back
}
