//! The seller: market, shop, settings, and how the shop is polled.

pub mod market;
pub mod order_rate;
pub mod polling;
pub mod settings;
pub mod shop;
