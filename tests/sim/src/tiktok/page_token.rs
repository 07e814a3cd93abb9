//! Pages: tokens are opaque to the caller, a position to us.

use super::reply::ApiError;
use crate::net::Request;

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

    /// The name, which ties a token to its sorting.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Update => "Update",
        }
    }

    pub(crate) fn pick(self, create_time: i64, update_time: i64) -> i64 {
        match self {
            Self::Create => create_time,
            Self::Update => update_time,
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
    /// When the caller asks for none, it is `default`, which differs from call to call.
    pub(crate) fn parse(text: Option<&str>, default: Self) -> Result<Self, ApiError> {
        match text {
            None => Ok(default),
            Some("DESC") => Ok(Self::Desc),
            Some("ASC") => Ok(Self::Asc),
            Some(_) => Err(ApiError::invalid("param sort_order is invalid")),
        }
    }
}

/// How large the pages of a call may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageSize {
    pub(crate) max: usize,
    /// `None` where the caller must say.
    pub(crate) default: Option<usize>,
}

/// The page that a caller asks for.
#[derive(Debug)]
pub(crate) struct Paging {
    size: usize,
    sorting: &'static str,
    direction: SortOrder,
    /// The last one of the page before.
    after: Option<(i64, String)>,
}

impl Paging {
    pub(crate) fn parse(
        request: &Request,
        size: PageSize,
        sorting: &'static str,
        direction: SortOrder,
    ) -> Result<Self, ApiError> {
        let wrong = || ApiError::invalid(format!("param page_size must be from 1 to {}", size.max));
        let size = match (request.param("page_size"), size.default) {
            (None, Some(default)) => default,
            (text, _) => text
                .and_then(|text| text.parse().ok())
                .filter(|wish| (1..=size.max).contains(wish))
                .ok_or_else(wrong)?,
        };
        let after = match request.param("page_token").filter(|token| !token.is_empty()) {
            Some(token) => Some(open(token, sorting, direction)?),
            None => None,
        };
        Ok(Self { size, sorting, direction, after })
    }

    /// The ids of the page, sorted, and the token of the next page, which is empty after the last. A token remembers the last
    /// id shown, not a count, so new orders do not shift the pages.
    pub(crate) fn cut<'a>(&self, mut found: Vec<(i64, &'a str)>) -> (Vec<&'a str>, String) {
        found.retain(|key| self.after.as_ref().is_none_or(|last| self.precedes(last, *key)));
        found.sort_unstable();
        if self.direction == SortOrder::Desc {
            found.reverse();
        }
        let more = found.len() > self.size;
        found.truncate(self.size);
        let next = found
            .last()
            .filter(|_| more)
            .map(|(time, id)| hex::encode(format!("{}|{:?}|{time}|{id}", self.sorting, self.direction)));
        (found.into_iter().map(|(_, id)| id).collect(), next.unwrap_or_default())
    }

    fn precedes(&self, last: &(i64, String), key: (i64, &str)) -> bool {
        let last = (last.0, last.1.as_str());
        match self.direction {
            SortOrder::Asc => key > last,
            SortOrder::Desc => key < last,
        }
    }
}

/// Reads a token of a search with the same sorting.
fn open(token: &str, sorting: &str, direction: SortOrder) -> Result<(i64, String), ApiError> {
    let read = || {
        let text = String::from_utf8(hex::decode(token).ok()?).ok()?;
        let rest = text.strip_prefix(&format!("{sorting}|{direction:?}|"))?;
        let (time, id) = rest.split_once('|')?;
        Some((time.parse().ok()?, id.to_owned()))
    };
    read().ok_or_else(|| ApiError::invalid("param page_token is invalid"))
}
