//! TikTok's shapes, as they travel. Only what is used; everything may be absent, null or of another type.

pub mod event;
pub mod lenient;
pub mod logistics;
pub mod order;
pub mod product;
pub mod shop;
pub mod token;
