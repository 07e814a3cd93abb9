//! The position in a list at which a page ends.

use domain::record::OrderRecord;
use domain::{OrderId, ShopId};
use serde::{Deserialize, Serialize};

use system::BackendError;

/// The last order of a page. Lists are sorted by the time at which an order was first seen, then by shop and order, all
/// descending. A cursor names an order and not a number of rows, so that no order is shown twice or left out when new ones arrive
/// in between.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// When the order was first seen, in microseconds since 1970.
    pub first_seen_at: i64,
    pub shop: ShopId,
    pub order: OrderId,
}

impl Position {
    /// The position of an order.
    pub fn of(record: &OrderRecord) -> Self {
        Self {
            first_seen_at: record.first_seen_at.as_microsecond(),
            shop: record.shop.clone(),
            order: record.order.id.clone(),
        }
    }

    /// Reads a cursor.
    ///
    /// # Errors
    /// When `cursor` was not made by [`Position::to_cursor`].
    pub fn parse(cursor: &str) -> Result<Self, BackendError> {
        let corrupt = |source: Box<dyn std::error::Error + Send + Sync>| BackendError::Corrupt {
            what: "the cursor of a list".to_owned(),
            source,
        };
        let json = hex::decode(cursor).map_err(|error| corrupt(error.into()))?;
        serde_json::from_slice(&json).map_err(|error| {
            // serde's own message would quote the value.
            corrupt(format!("its JSON can't be read at column {}", error.column()).into())
        })
    }

    /// The opaque string with which callers get the next page.
    pub fn to_cursor(&self) -> String {
        // Two strings and a number can always be written as JSON.
        hex::encode(serde_json::to_vec(self).unwrap_or_default())
    }
}
