//! Items that are replaced as a whole, under their version.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use backend::{BackendError, Committed};
use uuid::Uuid;

use crate::error::RequestFailed;
use crate::item::{Item, number, text};

/// The version of an item.
pub(crate) const VERSION: &str = "version";
/// The random id of the write that stored the item.
const WRITE: &str = "write";

/// Puts `item` if the stored one still has the version `expected` (0: there is none yet).
///
/// The SDK repeats a request whose response was lost, and the repetition finds the item as the first attempt left it. To tell
/// that from a lost race every put has a random id: when the condition fails on an item that carries our id, that item is ours,
/// and stored.
pub(crate) async fn put(
    client: &Client,
    table: &str,
    mut item: Item,
    expected: u64,
) -> Result<Committed, BackendError> {
    let version = expected.saturating_add(1);
    item.insert(VERSION.to_owned(), number(version));
    let put = client.put_item().table_name(table).expression_attribute_names("#version", VERSION);
    let put = match expected {
        0 => put.condition_expression("attribute_not_exists(#version)"),
        _ => put
            .condition_expression("#version = :expected")
            .expression_attribute_values(":expected", number(expected)),
    };
    Ok(if put_with_id(put, item).await? { Committed::Stored(version) } else { Committed::LostRace })
}

/// Puts `item` under a random id if the condition of `put` holds. Returns whether it is stored.
pub(crate) async fn put_with_id(put: PutItemFluentBuilder, mut item: Item) -> Result<bool, BackendError> {
    let write = Uuid::new_v4().simple().to_string();
    item.insert(WRITE.to_owned(), text(&write));
    let put = put
        .set_item(Some(item))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    match put.send().await {
        Ok(_) => Ok(true),
        Err(error) => match &error {
            SdkError::ServiceError(answer) => match answer.err() {
                PutItemError::ConditionalCheckFailedException(failed) => {
                    Ok(failed.item().is_some_and(|stored| has_id(stored, &write)))
                }
                _ => Err(RequestFailed::new("PutItem", &error).into()),
            },
            _ => Err(RequestFailed::new("PutItem", &error).into()),
        },
    }
}

fn has_id(stored: &Item, write: &str) -> bool {
    matches!(stored.get(WRITE), Some(AttributeValue::S(name)) if name == write)
}
