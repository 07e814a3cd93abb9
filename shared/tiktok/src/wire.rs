//! TikTok's shapes, as they travel. Only what is used; everything may be absent, null or of another type.

pub mod cancellation;
pub mod conversation;
pub mod event;
pub mod inventory;
pub mod lenient;
pub mod logistics;
pub mod order;
pub mod order_search;
pub mod product;
pub mod shop;
pub mod token;
