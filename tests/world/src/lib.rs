//! A connected shop at a simulated TikTok, on an embedded backend, for the tests of the functions.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod clock;
mod shop;

pub use clock::TestClock;
pub use shop::{MUG, ShopWorld};
