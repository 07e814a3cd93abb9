//! The AWS backend against emulated services.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod contract;
mod labels;
mod queues;
mod sns;
mod support;
mod voice;
