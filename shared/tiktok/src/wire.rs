//! TikTok's wire types, with only the fields that are used. Any of them may be absent, null or of another type.

pub mod cancellation;
pub mod conversation;
pub mod event;
pub mod inventory;
pub mod lenient;
pub mod logistics;
pub mod order;
pub mod order_search;
pub mod package;
pub mod product;
pub mod shop;
pub mod token;

/// The `data` of an answer that says nothing.
#[derive(serde::Deserialize)]
pub struct Nothing {}
