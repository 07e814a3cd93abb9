//! The SQLite backend.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod backup;
mod callers;
mod contract;
mod fair_share;
#[cfg(unix)]
mod kill;
mod opening;
mod support;
