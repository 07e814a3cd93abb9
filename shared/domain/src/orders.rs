//! Orders: TikTok's order, whether it may be shipped, what is stored about it, and what a change of it means.

pub mod combination;
pub mod hold;
pub mod message;
pub mod order;
pub mod record;
pub mod route;
pub mod sync;
