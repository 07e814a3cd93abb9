//! Page tokens: opaque to the caller, a position to us.

use super::order::Order;
use super::reply::ApiError;

/// What a search is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortField {
    Create,
    Update,
}

impl SortField {
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, ApiError> {
        match text {
            None | Some("create_time") => Ok(Self::Create),
            Some("update_time") => Ok(Self::Update),
            Some(_) => Err(ApiError::invalid("param sort_field is invalid")),
        }
    }

    pub(crate) fn of(self, order: &Order) -> i64 {
        match self {
            Self::Create => order.create_time,
            Self::Update => order.update_time,
        }
    }
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortOrder {
    Asc,
    Desc,
}

impl SortOrder {
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, ApiError> {
        match text {
            None | Some("DESC") => Ok(Self::Desc),
            Some("ASC") => Ok(Self::Asc),
            Some(_) => Err(ApiError::invalid("param sort_order is invalid")),
        }
    }
}

/// The last order of a page.
#[derive(Debug)]
pub(crate) struct Cursor {
    key: (i64, String),
    direction: SortOrder,
}

impl Cursor {
    /// The token of the page after this order.
    pub(crate) fn seal(last: &(i64, String), field: SortField, direction: SortOrder) -> String {
        hex::encode(format!("{field:?}|{direction:?}|{}|{}", last.0, last.1))
    }

    /// Reads a token of a search with the same sorting.
    pub(crate) fn open(token: &str, field: SortField, direction: SortOrder) -> Result<Self, ApiError> {
        let read = || {
            let text = String::from_utf8(hex::decode(token).ok()?).ok()?;
            let rest = text.strip_prefix(&format!("{field:?}|{direction:?}|"))?;
            let (time, id) = rest.split_once('|')?;
            Some(Self { key: (time.parse().ok()?, id.to_owned()), direction })
        };
        read().ok_or_else(|| ApiError::invalid("param page_token is invalid"))
    }

    /// Whether an order comes after the last one shown.
    pub(crate) fn precedes(&self, key: (i64, &str)) -> bool {
        let last = (self.key.0, self.key.1.as_str());
        match self.direction {
            SortOrder::Asc => key > last,
            SortOrder::Desc => key < last,
        }
    }
}
