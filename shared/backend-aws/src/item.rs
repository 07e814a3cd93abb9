//! Items of DynamoDB and their attributes.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use backend::BackendError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{RequestFailed, lacking, unreadable};

/// An item: its attributes by name.
pub(crate) type Item = HashMap<String, AttributeValue>;

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A document, as JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Result<AttributeValue, BackendError> {
    serde_json::to_string(value).map(AttributeValue::S).map_err(BackendError::unavailable)
}

/// The string in `attribute`; `what` names the item in an error.
pub(crate) fn read_text<'a>(
    item: &'a Item,
    attribute: &'static str,
    what: impl FnOnce() -> String,
) -> Result<&'a str, BackendError> {
    match item.get(attribute) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(lacking(what(), attribute)),
    }
}

/// The number in `attribute`.
pub(crate) fn read_number<T: std::str::FromStr>(
    item: &Item,
    attribute: &'static str,
    what: impl FnOnce() -> String,
) -> Result<T, BackendError> {
    let number = match item.get(attribute) {
        Some(AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| lacking(what(), attribute))
}

/// The document in `attribute`.
pub(crate) fn read_json<T: DeserializeOwned>(
    item: &Item,
    attribute: &'static str,
    what: impl Fn() -> String,
) -> Result<T, BackendError> {
    let json = read_text(item, attribute, &what)?;
    serde_json::from_str(json).map_err(|error| unreadable(what(), &error))
}

/// "A single operation can retrieve up to 16 MB of data, which can contain as many as 100 items" (BatchGetItem).
const BATCH_GET_MAX: usize = 100;
/// How often what a batch left out is requested again.
const ROUNDS_MAX: u32 = 6;
/// The pause before that; it doubles each time.
const ROUND_PAUSE: Duration = Duration::from_millis(50);

/// The items with these keys, in no particular order. A key without an item has none, and no key may occur twice.
pub(crate) async fn get_all(
    client: &Client,
    table: &str,
    keys: Vec<Item>,
) -> Result<Vec<Item>, BackendError> {
    let mut found = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(BATCH_GET_MAX) {
        let mut left = chunk.to_vec();
        let mut rounds = 0;
        while !left.is_empty() {
            pause_before(rounds, "BatchGetItem").await?;
            rounds += 1;
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut left)))
                .build()
                .map_err(BackendError::unavailable)?;
            let answer = client.batch_get_item().request_items(table, keys).send().await;
            let answer = answer.map_err(|error| RequestFailed::new("BatchGetItem", &error))?;
            found.extend(answer.responses.unwrap_or_default().remove(table).unwrap_or_default());
            left = answer
                .unprocessed_keys
                .and_then(|mut tables| tables.remove(table))
                .map(|unprocessed| unprocessed.keys)
                .unwrap_or_default();
        }
    }
    Ok(found)
}

/// Waits before the next request for the rest of a batch, or gives up.
pub(crate) async fn pause_before(rounds: u32, request: &'static str) -> Result<(), BackendError> {
    if rounds >= ROUNDS_MAX {
        return Err(RequestFailed::partly(request, "it was answered only in part, again and again").into());
    }
    if rounds > 0 {
        tokio::time::sleep(ROUND_PAUSE * 2_u32.pow(rounds - 1)).await;
    }
    Ok(())
}
