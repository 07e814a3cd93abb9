//! The simulated services behave as the real ones do.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod addresses;
mod easypost_addresses;
mod easypost_labels;
mod easypost_trackers;
mod faults;
mod sandbox;
mod shapes;
mod signatures;
mod support;
mod tiktok_orders;
mod tiktok_refusals;
mod tiktok_tokens;
mod webhooks;
