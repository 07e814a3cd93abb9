//! TikTok's order, what is stored of it, and what a change of it means.

pub mod hold;
pub mod message;
pub mod order;
pub mod record;
pub mod sync;
