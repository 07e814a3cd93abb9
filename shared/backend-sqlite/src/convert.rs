//! Values of the domain as SQLite holds them.

use std::time::Duration;

use backend::BackendError;
use domain::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{DocumentMismatch, SqlFault};

/// An instant as a column holds it: microseconds, so that every instant fits into 64 bits. The documents keep
/// what the clock gave.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The instant `by` later, as a column holds it.
pub(crate) fn micros_after(at: Timestamp, by: Duration) -> i64 {
    micros(at).saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
}

/// A version or count; SQLite has no unsigned numbers.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A version or count as callers know it.
pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A limit or a length; SQLite has no unsigned numbers.
pub(crate) fn limit(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A document as the JSON that is stored.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, BackendError> {
    serde_json::to_string(value).map_err(BackendError::unavailable)
}

/// Reads a document; `what` names it in the error.
pub(crate) fn from_json<T: DeserializeOwned>(
    json: &str,
    what: impl FnOnce() -> String,
) -> Result<T, SqlFault> {
    serde_json::from_str(json)
        .map_err(|error| SqlFault::Document { what: what(), source: DocumentMismatch::from(error) })
}
